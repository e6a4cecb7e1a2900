/**
 * Wherever a name refers to a definition, a slip in it is one finding that asks for the nearest name; that nothing else
 * uses what was meant follows from it and is no second one. The same where the block with the name is left out, or its
 * keyword misspelt. (configuration reference section 9)
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Environment } from '../../src/config/cross-check.js';
import { address, link } from '../support/machine.js';
import { load } from './support.js';

const DEFINED = `vrrp_script check_web {\n script /bin/true\n}
track_file load_file {\n file /tmp/load\n}
vrrp_track_process web_server {\n process apache2\n}
bfd_instance neighbour {\n neighbor_ip 10.0.0.9\n}
`;
const instance = (inner: string, name = 'inside'): string =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id 7\n virtual_ipaddress {\n 10.0.0.1/24\n }\n ${inner}\n}\n`;
const sync = (inner: string, member = 'inside'): string =>
  `vrrp_sync_group both {\n group {\n ${member}\n outside\n }\n ${inner}\n}\n`;
const outside = instance('', 'outside').replace('_id 7', '_id 8');
const service = (check: string, header = '10.0.0.1 80', server = '10.0.0.7 80'): string =>
  `virtual_server ${header} {\n lvs_sched rr\n lvs_method DR\n protocol TCP\n real_server ${server} {\n ${check}\n }\n}\n`;
const group = 'virtual_server_group web_servers {\n 10.0.0.1 80\n}\n';
const all = 'check_web\n }\n track_file {\n load_file\n }\n track_process {\n web_server';

const machine: Environment = {
  links: [link(2, 'eth0')],
  addresses: [address(2, '10.0.0.2', 24)],
  nameFiles: () => () => [],
};

interface Slip {
  readonly what: string;
  readonly text: string;
  /** The one finding about it. */
  readonly code: string;
  /** The name that is asked for; absent where the finding is not about a name. */
  readonly meant?: string;
}

const SLIPS: readonly Slip[] = [
  {
    what: 'a script of an instance',
    text:
      DEFINED +
      instance(
        'track_script {\n chekc_web\n }\n track_file {\n load_file\n }\n track_process {\n web_server\n }',
      ),
    code: 'HF0302',
    meant: 'check_web',
  },
  {
    what: 'a file of an instance',
    text:
      DEFINED +
      instance(
        'track_script {\n check_web\n }\n track_file {\n laod_file\n }\n track_process {\n web_server\n }',
      ),
    code: 'HF0302',
    meant: 'load_file',
  },
  {
    what: 'a process of a sync group',
    text: `${DEFINED}${outside}${instance('track_script {\n check_web\n }\n track_file {\n load_file weight 0\n }')}${sync('track_process {\n web_sever\n }')}`,
    code: 'HF0302',
    meant: 'web_server',
  },
  {
    what: 'a BFD session of an instance',
    text: DEFINED + instance(`track_script {\n ${all}\n }\n track_bfd {\n neighbor\n }`),
    code: 'HF0302',
    meant: 'neighbour',
  },
  {
    what: 'a BFD session of a checker',
    text: DEFINED + instance(`track_script {\n ${all}\n }`) + service('BFD_CHECK {\n name neighbor\n }'),
    code: 'HF0302',
    meant: 'neighbour',
  },
  {
    what: 'a file of a checker',
    text: `${DEFINED.replace(/vrrp_(?:script|track)[^}]*}/g, '')}${service('FILE_CHECK {\n track_file load_fiel\n }')}`,
    code: 'HF0302',
    meant: 'load_file',
  },
  {
    what: 'a member of a sync group',
    text: outside + instance('') + sync('', 'insied'),
    code: 'HF0302',
    meant: 'inside',
  },
  {
    what: 'a member of a track group',
    text: `${instance('')}track_group stay {\n group {\n insied\n }\n}\n`,
    code: 'HF0302',
    meant: 'inside',
  },
  {
    what: 'the track group of a static route',
    text: `${instance('')}track_group staying {\n group {\n inside\n }\n}\nstatic_routes {\n 10.3.0.0/16 dev eth0 track_group stayign\n}\n`,
    code: 'HF0302',
    meant: 'staying',
  },
  {
    what: 'the instance that the sync daemon follows',
    text: `global_defs {\n lvs_sync_daemon eth0 insied\n}\n${instance('')}`,
    code: 'HF0302',
    meant: 'inside',
  },
  {
    what: 'the group of a virtual server',
    text: group + service('', 'group web_sevrers'),
    code: 'HF0353',
    meant: 'web_servers',
  },
  {
    what: 'the interface of an instance',
    text: instance('').replace('eth0', 'ehh0'),
    code: 'HF0401',
    meant: 'eth0',
  },
  {
    what: 'an interface that is tracked',
    text: instance('track_interface {\n ehh0\n }'),
    code: 'HF0401',
    meant: 'eth0',
  },
  {
    what: 'the interface of a route',
    text: `${instance('')}static_routes {\n 10.3.0.0/16 dev ehh0\n}\n`,
    code: 'HF0335',
    meant: 'eth0',
  },
  {
    what: 'a routing table',
    text: `${instance('')}static_routes {\n 10.3.0.0/16 dev eth0 table mian\n}\n`,
    code: 'HF0338',
    meant: 'main',
  },
  {
    what: 'the group, where the keyword is misspelt',
    text: group + service('', 'group web_servers').replace('virtual_server', 'virtual_sevrer'),
    code: 'HF0102',
    meant: 'virtual_server',
  },
  {
    what: 'trackers in an instance whose keyword is misspelt',
    text: DEFINED + instance(`track_script {\n ${all}\n }`).replace('vrrp_instance', 'vrrp_instanze'),
    code: 'HF0102',
    meant: 'vrrp_instance',
  },
  {
    what: 'trackers in a list whose keyword is misspelt',
    text: DEFINED + instance(`track_script {\n ${all}\n }`).replace('track_script', 'track_scrpt'),
    code: 'HF0102',
    meant: 'track_script',
  },
  {
    what: 'trackers in an instance that is left out',
    text:
      DEFINED +
      instance(`virtual_router_id 0\n track_script {\n ${all}\n }`).replace('virtual_router_id 7', ''),
    code: 'HF0202',
  },
  {
    what: 'trackers in a second instance of one name',
    text: DEFINED + instance('') + instance(`track_script {\n ${all}\n }`),
    code: 'HF0210',
  },
  {
    what: 'trackers in a sync group that is left out',
    text: DEFINED + sync(`track_script {\n ${all}\n }`).replace(/inside\n outside/, ''),
    code: 'HF0301',
  },
  {
    what: 'a file in a virtual server that is left out',
    text: `track_file load_file {\n file /tmp/load\n}\n${service('FILE_CHECK {\n track_file load_file\n }', '10.0.0.1 http')}`,
    code: 'HF0211',
  },
];

describe('names that refer to a definition', () => {
  for (const { what, text, code, meant } of SLIPS) {
    test(what, () => {
      const found = load(text, machine).diagnostics;
      assert.deepEqual(
        found.map((one) => `${one.code} ${one.message}`).filter((line) => !line.startsWith(code)),
        [],
        'it is told, and nothing that follows from it',
      );
      assert.equal(found.length, 1);
      const [only] = found;
      if (meant !== undefined) assert.match(only?.remedy ?? '', new RegExp(`^Did you mean ${meant}\\?`));
    });
  }

  test('what nothing names is still told', () => {
    const told = load(DEFINED + group + instance(''), machine).diagnostics.map(({ message }) => message);
    assert.deepEqual(told, [
      'vrrp_script "check_web" is not used by anything',
      'track_file "load_file" is not used by anything',
      'vrrp_track_process "web_server" is not used by anything',
      'virtual_server_group "web_servers" is not used by anything',
    ]);
  });

  test('a slip makes only what it may have meant no finding', () => {
    const text = `${DEFINED}${group.replace('web_servers', 'mail')}${group}${instance('track_script {\n chekc_web\n }')}${service('', 'group web_sevrers')}`;
    assert.deepEqual(
      load(text, machine)
        .diagnostics.map(({ code, message }) => (code === 'HF0307' ? message : code))
        .sort(),
      [
        'HF0302',
        'HF0353',
        'track_file "load_file" is not used by anything',
        'virtual_server_group "mail" is not used by anything',
        'vrrp_track_process "web_server" is not used by anything',
      ].sort(),
    );
  });

  test('no sync daemon runs that follows an instance which is not there', () => {
    const { configuration } = load(`global_defs {\n lvs_sync_daemon eth0 other\n}\n${instance('')}`);
    assert.equal(configuration?.globals.lvsSyncDaemon, undefined);
  });
});
