/**
 * The corners of the interop matrix that there are not: authentication with version 3, AH over IPv6, version 2 over
 * IPv6. The installed keepalived and we judge each such file in the same way, and both take the instance without it
 * (which the matrix itself shows on the wire).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadConfiguration } from '../../src/config/load.js';
import { commandFacts } from '../../src/host/command-facts.js';
import { configFiles } from '../../src/host/config-files.js';
import { TOOL_PATH, unshareSwitch } from '../../src/lab/rights.js';
import { lookAround, skipBecause } from './needs.js';

interface Corner {
  readonly version: 2 | 3;
  readonly family: 'ipv4' | 'ipv6';
  readonly auth: 'none' | 'PASS' | 'AH';
  /** What of it is not taken. */
  readonly says: RegExp;
}

const CORNERS: readonly Corner[] = [
  { version: 3, family: 'ipv4', auth: 'PASS', says: /authentication/ },
  { version: 3, family: 'ipv4', auth: 'AH', says: /authentication/ },
  { version: 3, family: 'ipv6', auth: 'PASS', says: /authentication/ },
  { version: 3, family: 'ipv6', auth: 'AH', says: /authentication|AH/ },
  { version: 2, family: 'ipv6', auth: 'none', says: /version 2|authentication|AH/ },
  { version: 2, family: 'ipv6', auth: 'PASS', says: /version 2|authentication|AH/ },
  { version: 2, family: 'ipv6', auth: 'AH', says: /version 2|authentication|AH/ },
];

const text = ({ version, family, auth }: Corner): string => `global_defs {
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  ${auth === 'none' ? '' : `authentication {\n    auth_type ${auth}\n    auth_pass secret\n  }`}
  virtual_ipaddress {
    ${family === 'ipv4' ? '192.0.2.100' : 'fe80::100'}
  }
  version ${version}
}
`;

const IN_NAMESPACE = `ip link add eth0 type veth peer name eth1 && ip link set eth0 up || exit 99
exec keepalived -t -f "$1"`;

const { rights, withoutKeepalived } = await lookAround();
const [unshare = '', ...within] = unshareSwitch(rights ?? { kind: 'user' });

describe('corners that the matrix does not have', { ...skipBecause(withoutKeepalived) }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-corners-'));
  after(() => rmSync(directory, { recursive: true }));
  for (const corner of CORNERS) {
    const name = `version ${corner.version}, ${corner.family}, ${corner.auth}`;
    test(name, () => {
      const path = join(directory, `${name}.conf`);
      writeFileSync(path, text(corner), { mode: 0o600 });
      const theirs = spawnSync(unshare, [...within, 'sh', '-c', IN_NAMESPACE, 'sh', path], {
        encoding: 'utf8',
        env: { PATH: TOOL_PATH },
      });
      const { verdict, diagnostics, configuration } = loadConfiguration(
        { path, configId: 'node1' },
        configFiles,
        {
          commands: commandFacts,
        },
      );
      const said = diagnostics.map(({ message }) => message).join('\n');
      assert.match(theirs.stderr, corner.says);
      assert.match(said, corner.says);
      assert.equal(verdict.exit, theirs.status, `${theirs.stderr}\n${said}`);
      const instance = configuration?.instances[0];
      assert.equal(instance?.version, 3);
      assert.equal(instance.authentication.type, 'none');
    });
  }
});
