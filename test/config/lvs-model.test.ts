/** What services, groups and servers become in the model: entries, inheritance, families, ports. (directives-lvs) */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CODES } from '../../src/config/codes.js';
import {
  DR,
  firstChecker,
  firstServer,
  firstService,
  group,
  MARK,
  rs,
  s,
  TCP,
  TUN,
  vs,
} from './lvs-cases.js';
import { load } from './support.js';

const configuration = (text: string) => {
  const { configuration: found } = load(text);
  assert.ok(found);
  return found;
};

describe('group entries', () => {
  const entry = (line: string): unknown =>
    configuration(group(line) + vs(TUN + rs(), 'group g')).virtualServerGroups[0]?.entries[0];
  const addresses = (first: string, last: string, port = 80) => ({ kind: 'addresses', first, last, port });
  const ROWS: readonly (readonly [string, unknown])[] = [
    ['192.0.2.1 80', addresses('192.0.2.1', '192.0.2.1')],
    ['192.0.2.1', addresses('192.0.2.1', '192.0.2.1', 0)],
    ['192.0.2.1-9 80', addresses('192.0.2.1', '192.0.2.9')],
    ['2001:db8::a-ff 80', addresses('2001:db8::a', '2001:db8::ff')],
    ['2001:db8::1-1234 80', addresses('2001:db8::1', '2001:db8::1234')],
    ['192.0.2.1-192.0.3.9 80', addresses('192.0.2.1', '192.0.3.9')],
    ['2001:db8::1-2001:db8::1:5 80', addresses('2001:db8::1', '2001:db8::1:5')],
    ['192.0.2.0/24 80', addresses('192.0.2.0', '192.0.2.255')],
    ['192.0.2.4/31 80', addresses('192.0.2.4', '192.0.2.5')],
    ['2001:db8::/126 80', addresses('2001:db8::', '2001:db8::3')],
    ['192.0.2.4/32 80', addresses('192.0.2.4', '192.0.2.4')],
    ['fwmark 5', { kind: 'mark', mark: 5 }],
    ['fwmark 4294967295 inet6', { kind: 'mark', mark: 4294967295, family: 'ipv6' }],
  ];
  for (const [line, expected] of ROWS) test(line, () => assert.deepEqual(entry(line), expected));
  for (const line of [
    'host 80',
    '192.0.2.1 x',
    '192.0.2.5-2 80',
    '192.0.2.1-1 80',
    '192.0.2.1-256 80',
    '192.0.3.1-192.0.2.9 80',
    '192.0.2.1-2001:db8::1 80',
    '2001:db8::1-12345 80',
    '192.0.2.1/24 80',
    '192.0.2.0/33 80',
    '0.0.0.0/0 80',
    'fwmark x',
    'fwmark 4294967296',
    'fwmark 5 inet9',
  ]) {
    test(`refuses ${line}`, () => {
      const loaded = load(group(line));
      assert.equal(loaded.verdict.exit, 5);
      assert.equal(loaded.configuration?.virtualServerGroups.length, 0);
    });
  }
});

describe('what is wrong behind a method does not make it another one', () => {
  const ROWS: readonly (readonly [string, unknown])[] = [
    ['TUN type gue', { kind: 'TUN', tunnel: 'ipip' }],
    ['TUN type gue port 99999', { kind: 'TUN', tunnel: 'ipip' }],
    ['TUN type xyz', { kind: 'TUN', tunnel: 'ipip' }],
    ['TUN type ipip csum', { kind: 'TUN', tunnel: 'ipip' }],
    ['TUN type gre remcsum', { kind: 'TUN', tunnel: 'ipip' }],
    ['TUN port 5', { kind: 'TUN', tunnel: 'ipip' }],
    ['DR type gue', { kind: 'DR' }],
    ['DR 5', { kind: 'DR' }],
    ['NAT x', { kind: 'NAT' }],
  ];
  for (const [line, expected] of ROWS)
    test(line, () => {
      const loaded = load(vs(`${TCP}lvs_method ${line}\n${rs('10.0.0.1 80', '')}`));
      assert.equal(loaded.verdict.exit, 5);
      assert.deepEqual(loaded.configuration?.virtualServers[0]?.realServers[0]?.method, expected);
    });
});

test('an answer is needed where it is wrong what it has to be', () => {
  const check = 'UDP_CHECK {\nrequire_reply 01 zz\n}';
  const loaded = load(vs(`${TCP}${rs('10.0.0.1 80', check)}`));
  assert.equal(loaded.verdict.exit, 5);
  const checker = loaded.configuration?.virtualServers[0]?.realServers[0]?.checkers[0];
  assert.equal(checker?.kind === 'UDP_CHECK' ? checker.requireReply : undefined, '');
});

describe('what is inherited', () => {
  const levels = (service: string, server: string, check: string) =>
    firstChecker(
      configuration(vs(`${TCP}${service}\n${rs('10.0.0.1 80', `${server}\nTCP_CHECK {\n${check}\n}`)}`)),
    );
  const KEYS: readonly (readonly [string, (found: ReturnType<typeof levels>) => unknown])[] = [
    ['retry', (found) => (found?.kind === 'TCP_CHECK' ? found.retry : undefined)],
    ['warmup', (found) => (found?.kind === 'TCP_CHECK' ? found.warmup / 1e6 : undefined)],
    ['delay_loop', (found) => (found?.kind === 'TCP_CHECK' ? found.delayLoop / 1e6 : undefined)],
    [
      'delay_before_retry',
      (found) => (found?.kind === 'TCP_CHECK' ? found.delayBeforeRetry / 1e6 : undefined),
    ],
    [
      'connect_timeout',
      (found) => (found?.kind === 'TCP_CHECK' ? found.target.connectTimeout / 1e6 : undefined),
    ],
  ];
  for (const [keyword, value] of KEYS) {
    test(keyword, () => {
      assert.equal(value(levels(`${keyword} 11`, '', '')), 11);
      assert.equal(value(levels(`${keyword} 11`, `${keyword} 12`, '')), 12);
      assert.equal(value(levels(`${keyword} 11`, `${keyword} 12`, `${keyword} 13`)), 13);
    });
  }
  test('alpha', () => {
    const alpha = (...three: [string, string, string]) => {
      const found = levels(...three);
      return found?.kind === 'TCP_CHECK' && found.alpha;
    };
    assert.equal(alpha('alpha', '', ''), true);
    assert.equal(alpha('alpha', 'alpha off', ''), false);
    assert.equal(alpha('alpha', 'alpha off', 'alpha'), true);
  });
  test('warmup follows the delay_loop of its own level', () => {
    const found = levels('', 'delay_loop 7', '');
    assert.equal(found?.kind === 'TCP_CHECK' && found.warmup, s(7));
  });
  test('inhibit_on_failure, weight and method', () => {
    const server = firstServer(
      configuration(vs(`${DR}inhibit_on_failure\nweight 9\n${rs('10.0.0.1 80', 'inhibit_on_failure off')}`)),
    );
    assert.deepEqual([server?.inhibitOnFailure, server?.weight, server?.method], [false, 9, { kind: 'DR' }]);
  });
  test('mail settings of global_defs', () => {
    const of = (globals: string) => {
      const found = configuration(`global_defs {\n${globals}\n}\n${vs(TCP + rs())}`);
      return [firstService(found)?.smtpAlert, firstServer(found)?.smtpAlert];
    };
    assert.deepEqual(of(''), [false, true]);
    assert.deepEqual(of('smtp_alert off'), [false, false]);
    assert.deepEqual(of('smtp_alert off\nsmtp_alert_checker on'), [true, true]);
  });
  test('names of pages', () => {
    const page = (url: string, check: string, server: string, service: string) => {
      const text = `virtualhost ${server}\nSSL_GET { enable_sni\n${check}\nurl { path /\n${url}\n}\n}`;
      const found = firstChecker(
        configuration(vs(`${TCP}virtualhost ${service}\n${rs('10.0.0.1 80', text)}`)),
      );
      const first = found?.kind === 'SSL_GET' ? found.urls[0] : undefined;
      return [first?.virtualhost, first?.serverName];
    };
    assert.deepEqual(page('virtualhost u', 'virtualhost c', 'r', 'v'), ['u', 'u']);
    assert.deepEqual(page('', 'virtualhost c', 'r', 'v'), ['c', 'c']);
    assert.deepEqual(page('', '', 'r', 'v'), ['r', 'v']);
    assert.deepEqual(page('', 'sni_name n', 'r', 'v'), ['r', 'n']);
  });
});

describe('services', () => {
  test('kinds and families', () => {
    const of = (text: string) => {
      const found = firstService(configuration(text));
      return [found?.selector, found?.family, found?.protocol];
    };
    const address = { kind: 'address', address: '2001:db8::9', port: 80 };
    assert.deepEqual(of(vs(TCP + rs('2001:db8::1'), '2001:db8::9 80')), [address, 'ipv6', 'TCP']);
    const mark = { kind: 'mark', mark: 7 };
    assert.deepEqual(of(vs(MARK + rs('10.0.0.1'), 'fwmark 7')), [mark, 'ipv4', undefined]);
    assert.deepEqual(of(vs(MARK + rs('2001:db8::1'), 'fwmark 7')), [mark, 'ipv6', undefined]);
    assert.deepEqual(of(vs(`${MARK}persistence_granularity 64\n${rs('2001:db8::1')}`, 'fwmark 7')), [
      mark,
      'ipv6',
      undefined,
    ]);
    const tunnels = `lvs_sched rr\nlvs_method TUN\n${rs('2001:db8::1')}`;
    assert.deepEqual(of(vs(tunnels, 'fwmark 7')), [mark, 'ipv6', undefined]);
    assert.deepEqual(of(vs(tunnels + rs('10.0.0.1'), 'fwmark 7')), [mark, 'ipv4', undefined]);
  });

  test('ports of servers', () => {
    const port = (text: string) => firstServer(configuration(text))?.port;
    assert.equal(port(vs(TCP + rs('10.0.0.1'))), 80);
    assert.equal(port(vs(TCP + rs('10.0.0.1 81'))), 81);
    assert.equal(port(vs(DR + rs('10.0.0.1 81'))), 80);
    assert.equal(port(vs(`lvs_sched rr\nlvs_method DR\n${rs('10.0.0.1 81')}`, 'fwmark 7')), 0);
    assert.equal(port(group('192.0.2.1 80') + vs(TCP + rs('10.0.0.1'), 'group g')), 0);
  });

  test('quorum and hysteresis stay possible', () => {
    const of = (inner: string) => {
      const found = firstService(configuration(vs(`${TCP}${inner}\n${rs()}${rs('10.0.0.2 80')}`)));
      return [found?.quorum, found?.hysteresis];
    };
    assert.deepEqual(of('quorum 5'), [2, 0]);
    assert.deepEqual(of('quorum 5\nhysteresis 4'), [2, 1]);
    assert.deepEqual(of('weight 5\nquorum 6\nhysteresis 3'), [6, 3]);
  });

  test('the sorry server follows the real server that it is', () => {
    const of = (inner: string) =>
      firstService(configuration(vs(`${TCP}sorry_server 10.0.0.1 80\n${inner}\n${rs()}`)))?.sorryServer
        ?.inhibit;
    assert.equal(of('sorry_server_inhibit'), false);
    assert.equal(of('inhibit_on_failure'), true);
  });

  test('checkers keep the order of the text', () => {
    const server = rs(
      '10.0.0.1 80',
      'SMTP_CHECK { }\nTCP_CHECK { }\nHTTP_GET { url { path /\n}\n}\nTCP_CHECK { }',
    );
    assert.deepEqual(
      firstServer(configuration(vs(TCP + server)))?.checkers.map(({ kind }) => kind),
      ['SMTP_CHECK', 'TCP_CHECK', 'HTTP_GET', 'TCP_CHECK'],
    );
  });

  test('a check goes to the written port even where DR does not use it', () => {
    const found = firstChecker(
      configuration(vs(`lvs_sched rr\nlvs_method DR\n${rs('10.0.0.1 81', 'TCP_CHECK { }')}`, 'fwmark 7')),
    );
    assert.equal(found?.kind === 'TCP_CHECK' && found.target.port, 81);
  });

  test('a tracked file that only a server follows is kept', () => {
    const found = configuration(
      `track_file f { file /tmp/f\n}\n${vs(TCP + rs('10.0.0.1 80', 'FILE_CHECK { track_file f\n}'))}`,
    );
    assert.deepEqual(
      found.trackFiles.map(({ name }) => name),
      ['f'],
    );
  });

  test('a group for several services', () => {
    const of = (second: string) =>
      load(group('192.0.2.1 80', 'fwmark 5 inet') + vs(TCP + rs(), 'group g') + vs(second + rs(), 'group g'))
        .diagnostics.map(({ code }) => code)
        .filter((code) => code === CODES.serviceTwice.id).length;
    assert.equal(of(TCP), 1);
    assert.equal(of(TCP.replace('TCP', 'UDP')), 0);
  });

  test('every one of many is there', () => {
    const many = Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    const found = configuration(
      group(...many.map((address) => `${address} 80`)) +
        many.map((address) => vs(TCP + rs() + rs(`${address} 80`), `${address} 81`)).join(''),
    );
    assert.equal(found.virtualServers.length, 300);
    assert.ok(found.virtualServers.every(({ realServers }) => realServers.length === 2));
  });
});

describe('what is said twice, as Keepalived has it', () => {
  const tracked = (...names: readonly string[]): unknown[] =>
    configuration(
      `track_file f { file /tmp/f\n}\ntrack_file g { file /tmp/g\n}\n${vs(
        TCP + rs('10.0.0.1 80', `FILE_CHECK {\n${names.map((name) => `track_file ${name}`).join('\n')}\n}`),
      )}`,
    ).virtualServers[0]?.realServers[0]?.checkers.map((one) =>
      one.kind === 'FILE_CHECK' ? one.trackFile : one.kind,
    ) ?? [];

  test('of tracked files the last one that there is counts', () => {
    assert.deepEqual(tracked('f', 'g'), ['g']);
    assert.deepEqual(tracked('f', 'none'), ['f']);
    assert.deepEqual(tracked('none', 'f'), ['f']);
    assert.deepEqual(tracked('f', 'none', 'no'), ['f']);
    assert.deepEqual(tracked('none', 'no'), []);
  });

  test('a sorry server that another one replaces takes what was said of it along', () => {
    const sorry = (...lines: readonly string[]) =>
      configuration(vs(`${TCP}${lines.join('\n')}\n${rs()}`)).virtualServers[0]?.sorryServer;
    const [first, inhibit, method] = [
      'sorry_server 10.0.0.8 80',
      'sorry_server_inhibit',
      'sorry_server_lvs_method DR',
    ];
    assert.equal(sorry(first, inhibit)?.inhibit, true);
    const replaced = sorry(first, inhibit, method, 'sorry_server 10.0.0.9 80');
    assert.deepEqual(
      [replaced?.address, replaced?.inhibit, replaced?.method],
      ['10.0.0.9', false, { kind: 'NAT' }],
    );
    assert.equal(sorry(first, 'sorry_server 10.0.0.9 80', inhibit)?.inhibit, true);
    // One that is no address replaces nothing.
    assert.equal(sorry(first, inhibit, 'sorry_server 10.0.0 80')?.inhibit, true);
  });
});
