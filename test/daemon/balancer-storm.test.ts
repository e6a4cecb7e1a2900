/**
 * Hundreds of servers of the real daemon fail in the same second: their scripts all run, few at a time, the log sums up,
 * and the daemon answers meanwhile. The table is nftables', which every kernel has. What is summed up how is tested in
 * test/core/lvs/storm.test.ts.
 */
import assert from 'node:assert/strict';
import { MAX_LVS_LINES_PER_SECOND, MAX_LVS_NOTIFY_RUNS } from '../../src/base/limits.js';
import { until } from '../lab/journal.js';
import { inHabitat } from './habitat.js';

const SERVICES = 30;
const SERVERS = 10;
const NOTES = '/run/notes';
/** One line when it begins and one when it ends, each written at once. */
const SCRIPT = `#!/bin/sh
echo "begins $1" >>${NOTES}
sleep 0.3
echo "ends $1" >>${NOTES}
`;

const text = `global_defs {
  router_id LB
  balancer nftables
  script_user root
}
${Array.from(
  { length: SERVICES },
  (_, i) => `virtual_server 10.0.0.${100 + i} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 60
  warmup 0
${Array.from(
  { length: SERVERS },
  (_, j) => `  real_server 10.0.0.1 ${1000 + i * SERVERS + j} {
    notify_down "/run/down ${i}.${j}"
    TCP_CHECK {
      retry 0
    }
  }`,
).join('\n')}
}`,
).join('\n')}
`;

inHabitat('a storm: every script runs, few at a time, and the log sums up', async (habitat) => {
  await habitat.configure(SCRIPT, 'down');
  await habitat.host.run(['chmod', '755', '/run/down']);
  const daemon = await habitat.start(['-n', '-l', '-R', '-f', await habitat.configure(text)]);
  const lines = await until('every script has ended', async () => {
    const noted = (habitat.host.read(NOTES) ?? '').split('\n');
    const ended = noted.filter((line) => line.startsWith('ends')).length;
    return ended >= SERVICES * SERVERS ? noted : undefined;
  });
  let running = 0;
  let most = 0;
  for (const line of lines) {
    if (line.startsWith('begins')) running++;
    else if (line.startsWith('ends')) running--;
    most = Math.max(most, running);
  }
  assert.ok(most > 1 && most <= MAX_LVS_NOTIFY_RUNS, `${most} at once`);
  assert.equal(new Set(lines.filter((line) => line.startsWith('begins'))).size, SERVICES * SERVERS);
  assert.match(daemon.output, /64 notify scripts run at once: further ones wait until some have ended/);
  await until('the rest is counted', () =>
    /and \d+ more lines like these within a second/.test(daemon.output),
  );
  const logged = daemon.output.split('\n');
  const removed = logged.filter((line) => line.includes('Removing service'));
  // Where the checks take more than a second, each of the seconds has its lines.
  const seconds = logged.filter((line) => /and \d+ more lines like these within a second/.test(line)).length;
  assert.ok(removed.length <= (seconds + 1) * MAX_LVS_LINES_PER_SECOND, `${removed.length} in ${seconds} s`);
  const status = await habitat.status();
  assert.ok(status?.balancer?.services.every(({ servers }) => servers.every(({ alive }) => !alive)));
  const listing = await habitat.host.run(['nft', 'list', 'ruleset']);
  assert.equal(JSON.stringify(listing).includes('dnat'), false, 'nobody is left in the table');
  await daemon.stop();
});
