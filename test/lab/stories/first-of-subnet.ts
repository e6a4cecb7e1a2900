/**
 * Linux deletes the other addresses of a subnet with its first one. An instance that gives way, or a reload that takes
 * that one away, leaves the addresses and routes of others where they are.
 */
import assert from 'node:assert/strict';
import { until } from '../journal.js';
import { OURS, type Stage, type Story } from '../stage.js';

const SRV1 = '192.168.122.11';
const SRV2 = '192.168.122.12';
const [FIRST, SECOND, THIRD] = ['10.9.0.1', '10.9.0.2', '10.9.0.3'];
const TARGET = '10.77.0.0/24';

const instance = (
  name: string,
  id: number,
  priority: number,
  addresses: readonly string[],
  more = '',
): string => `
vrrp_instance ${name} {
  interface eth0
  virtual_router_id ${id}
  priority ${priority}
  down_timer_adverts 10
  ${more}
  virtual_ipaddress {
    ${addresses.map((address) => `${address}/24`).join('\n    ')}
  }
}
`;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  await stage.wire('eth0', [`${SRV1}/24`, `${SRV2}/24`]);
  const way = `virtual_routes {\n    src ${SECOND} ${TARGET} via ${SRV2} dev eth0\n  }`;
  const text = (addresses: readonly string[]): string =>
    instance('VI_1', 51, 100, [FIRST]) + instance('VI_2', 52, 50, addresses, way);
  await srv1.start(text([SECOND, THIRD]));
  await srv1.untilHolds(FIRST);
  await srv1.untilHolds(THIRD);
  const started = srv1.log.mark();
  const complete = (): Promise<true> =>
    until('srv1 has the second address and its route', async () => {
      const routes = await srv1.host.run(['ip', 'route', 'show', TARGET]);
      return (await srv1.holds(SECOND)) && routes.includes(SECOND) ? true : undefined;
    });
  await complete();

  await srv2.start(instance('VI_1', 51, 200, [FIRST]));
  await srv2.untilHolds(FIRST);
  await srv1.untilFree(FIRST);
  await complete();
  await srv1.untilHolds(THIRD);

  // Now the second is the first of those that are left.
  const applied = srv1.log.mark();
  srv1.configure(text([THIRD]).replace(way, ''));
  srv1.signal('SIGHUP');
  await srv1.waitForLog(/Reloaded/, applied);
  await srv1.untilFree(SECOND);
  await srv1.untilHolds(THIRD);
  const left = srv1.log.entries
    .slice(started)
    .filter(({ text: line }) => /\(VI_2\) Entering (BACKUP|FAULT) STATE/.test(line));
  assert.deepEqual(left, [], 'its other instance was master all the time');
}

export const firstOfSubnet: Story = {
  name: 'the first address of a subnet goes, and takes nothing of others with it',
  mixes: [OURS],
  play,
};
