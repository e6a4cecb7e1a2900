/**
 * Plays a rehearsal, repeats it, and says how it went as JSON: for rehearsal.test.ts, which watches from outside.
 * Argument: the configuration's text. Waits for a line on its standard input before it begins and another before it
 * ends.
 */
import { createInterface } from 'node:readline';
import { loadConfiguration } from '../../src/config/load.js';
import { Rehearsal } from '../../src/daemon/rehearsal.js';
import { RtnlClient } from '../../src/host/linux/rtnl-client.js';
import { readSnapshot } from '../../src/host/netlink-sockets.js';

const { configuration } = loadConfiguration(
  { path: '/rehearsed.conf', configId: 'test' },
  {
    read: () => ({ kind: 'text', bytes: process.argv[2] ?? '', mode: 0o600 }),
    list: () => undefined,
    exists: () => true,
  },
);
if (!configuration) throw new Error('the configuration is not valid');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
console.log('here');
await lines.next();
let turns = 0;
// The true link and its address: whoever can plays with them.
const kernel = readSnapshot(new RtnlClient());
if (!kernel.ok) throw new Error(kernel.error.message);
const rehearsal = new Rehearsal(configuration, kernel.value, async () => {
  turns++;
  await new Promise((turned) => setImmediate(turned));
  return true;
});
await rehearsal.play();
const played = turns;
for (let n = 0; n < 3; n++) {
  rehearsal.repeat();
  await new Promise((next) => setTimeout(next, 150));
}
console.log(JSON.stringify({ played, repeated: turns - played }));
await lines.next();
await rehearsal.close();
process.exit(0);
