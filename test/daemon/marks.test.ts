/** Our mark on addresses (IFA_PROTO, DESIGN section 4), as somebody else's reader of netlink sees it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { until } from '../lab/journal.js';
import { Habitat, skip } from './habitat.js';

/** Asks the kernel for all addresses and prints `ADDRESS PROTO` of each, as IFA_PROTO (11) says: not our codec. */
const FOREIGN_OBSERVER = `
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
s.send(struct.pack("=IHHII8s", 24, 22, 0x301, 1, 0, bytes(8)))
end = False
while not end:
    data = s.recv(1 << 16)
    while data:
        size, kind = struct.unpack_from("=IH", data)
        body, data = data[16:size], data[(size + 3) & ~3:]
        if kind == 3: end = True; break
        family, attributes, found = body[0], body[8:], {}
        while len(attributes) >= 4:
            length, type = struct.unpack_from("=HH", attributes)
            found[type] = attributes[4:length]
            attributes = attributes[(length + 3) & ~3:]
        print(socket.inet_ntop(family, found.get(2, found.get(1))), found.get(11, b"?").hex())
`;
const withoutPython = spawnSync('python3', ['--version']).status === 0 ? skip : 'there is no python3';

test('addresses carry our marks, as a foreign reader of netlink sees them', { skip: withoutPython }, () =>
  Habitat.with(async (habitat) => {
    const text = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 255
  virtual_ipaddress { 10.0.0.9/24 }
  virtual_ipaddress_excluded { 2001:db8::9/64 }
}
static_ipaddress {
  10.0.0.77/24 dev eth0
}
`;
    const daemon = await habitat.start(['-n', '-R', '-f', await habitat.configure(text)]);
    await habitat.ready();
    const marks = async (): Promise<Map<string, string>> => {
      const shown = await habitat.host.run(['python3', '-c', FOREIGN_OBSERVER]);
      return new Map(shown.split('\n').map((line) => line.split(' ') as [string, string]));
    };
    const seen = await until('they are there', async () => {
      const found = await marks();
      return ['10.0.0.9', '2001:db8::9', '10.0.0.77'].every((address) => found.has(address)) && found;
    });
    assert.equal(seen.get('10.0.0.9'), '48');
    assert.equal(seen.get('2001:db8::9'), '48');
    assert.equal(seen.get('10.0.0.77'), '49');
    assert.notEqual(seen.get('10.0.0.1'), '48', 'what others set is not marked');
    await daemon.stop();
    const left = await marks();
    assert.deepEqual(
      [...left].filter(([, mark]) => mark === '48' || mark === '49'),
      [],
    );
  }),
);
