/** One random checker, and the switch it looks at. What a listener says to each of them is decided in fuzz-listen.ts. */
import { createHash } from 'node:crypto';
import type { Prng } from '../../src/base/prng.js';
import { ADDRESSES, type Checker, type Family, FILES, PEERS, PORTS } from './fuzz-world.js';

const SMTP_PORT = 8025;
/** What a good server's page holds. */
export const PAGE = 'page\n';
const DIGEST = createHash('md5').update(PAGE).digest('hex');
/** Of `/a` the status turns, of `/p` the page, of `/s` the status is an error as long as all is well. */
const URLS = [
  'path /a',
  'path /a',
  'path /a\nstatus_code 200',
  'path /a\nstatus_code 200-299 301',
  `path /a\ndigest ${DIGEST}`,
  `path /p\ndigest ${DIGEST}`,
  `path /p\ndigest ${DIGEST}\nstatus_code 200`,
  'path /s\nstatus_code 404',
  'path /s\nstatus_code 301\nstatus_code 400-499',
];

/** A script that asks for a weight, and has not run when a reload comes, makes it 0 there. */
export const untouched = (checker: Checker, suspended: boolean): boolean =>
  !suspended || !checker.lines.includes('misc_dynamic');

/** What it looks at is brought, and no server may have it twice. */
export const isTracked = ({ kind }: Checker): boolean => kind === 'FILE_CHECK' || kind === 'BFD_CHECK';

/** `port`: the server's own; 0 where it has none. `sessions`: of BFD. */
export function randomChecker(
  chance: Prng,
  address: string,
  family: Family,
  port: number,
  sessions: readonly string[],
): Checker {
  if (sessions.length > 0 && chance.chance(0.3)) {
    const name = chance.pick(sessions);
    const lines = [`name ${name}`, ...(chance.chance(0.3) ? ['alpha'] : [])];
    return { kind: 'BFD_CHECK', at: `bfd ${PEERS[name]}`, lines };
  }
  const kind = chance.pick([
    ...(['TCP_CHECK', 'TCP_CHECK', 'TCP_CHECK', 'HTTP_GET', 'HTTP_GET', 'SMTP_CHECK', 'UDP_CHECK'] as const),
    ...(['DNS_CHECK', 'PING_CHECK', 'MISC_CHECK', 'MISC_CHECK', 'FILE_CHECK', 'FILE_CHECK'] as const),
  ]);
  const elsewhere = chance.chance(0.2) ? chance.pick(ADDRESSES[family]) : address;
  const place = port === 0 || !PORTS.includes(port) || chance.chance(0.2) ? chance.pick(PORTS) : port;
  const lines = [
    ...(elsewhere === address ? [] : [`connect_ip ${elsewhere}`]),
    ...(place === port && kind !== 'SMTP_CHECK'
      ? []
      : [`connect_port ${kind === 'SMTP_CHECK' ? SMTP_PORT : place}`]),
    ...(chance.chance(0.15) ? [chance.pick(['retry 0', 'retry 1', 'retry 2'])] : []),
    ...(chance.chance(0.1) ? ['alpha'] : []),
  ];
  switch (kind) {
    case 'TCP_CHECK':
      return { kind, at: `tcp ${elsewhere} ${place}`, lines };
    case 'HTTP_GET': {
      const urls = Array.from(
        { length: chance.pick([1, 1, 1, 2, 3]) },
        () => `url {\n${chance.pick(URLS)}\n}`,
      );
      const more = [
        ...(chance.chance(0.3) ? ['fast_recovery'] : []),
        ...(chance.chance(0.2) ? [`http_protocol ${chance.pick(['1.0', '1.0C', '1.1'])}`] : []),
        ...(chance.chance(0.2) ? ['virtualhost web.example'] : []),
      ];
      return { kind, at: `tcp ${elsewhere} ${place}`, lines: [...lines, ...urls, ...more] };
    }
    case 'SMTP_CHECK':
      return {
        kind,
        at: `smtp ${elsewhere} ${SMTP_PORT}`,
        lines: chance.chance(0.3) ? [...lines, 'helo_name probe.example'] : lines,
      };
    case 'UDP_CHECK': {
      // A good answer has 8180 in the place of the third and fourth byte, a bad one 8182.
      const wanted = chance.pick([
        ['require_reply'],
        ['require_reply xxxx8180'],
        ['require_reply xxXX818x', 'max_reply_length 40'],
        ['payload 0102 03 04 05', 'require_reply 01 02 81 80', 'min_reply_length 5'],
        ['connect_timeout 1'],
      ]);
      return { kind, at: `udp ${elsewhere} ${place}`, lines: [...lines, ...wanted] };
    }
    case 'DNS_CHECK':
      return {
        kind,
        at: `udp ${elsewhere} ${place}`,
        lines: [
          ...lines,
          ...chance.pick([['name example.com', 'type A'], ['type SOA'], ['name a.b.', 'type AAAA'], []]),
        ],
      };
    case 'PING_CHECK':
      return {
        kind,
        at: `ping ${elsewhere}`,
        lines: lines.filter((line) => !line.startsWith('connect_port')),
      };
    case 'MISC_CHECK': {
      const dynamic = chance.chance(0.5);
      const name = `${dynamic ? 'd' : 'm'}${chance.integer(0, 2)}`;
      const path = [`misc_path "@/look ${name}"`, 'misc_timeout 30'];
      return { kind, at: `file ${name}`, lines: dynamic ? [...path, 'misc_dynamic'] : path };
    }
    case 'FILE_CHECK': {
      const name = chance.pick(FILES);
      // At the start Keepalived takes the reversed for down where it is up: that file is 0 then.
      const weights =
        name === 'f3' ? ['0 reverse', '0', '1 reverse'] : ['0', '0', '1', '2', '-1', '1 reverse', '1000000'];
      return {
        kind,
        at: `file ${name}`,
        lines: [`track_file ${name}`, ...(chance.chance(0.6) ? [`weight ${chance.pick(weights)}`] : [])],
      };
    }
  }
}
