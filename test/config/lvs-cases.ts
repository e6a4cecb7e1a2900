/** How a case of a keyword is written: where it stands and what it decides. The cases are beside this file. */
import type { Configuration } from '../../src/config/model.js';
import type {
  CheckerSettings,
  RealServerSettings,
  VirtualServerSettings,
} from '../../src/config/model-lvs.js';

export interface KeywordCase {
  /** `virtual_server.real_server` */
  readonly block: string;
  readonly keyword: string;
  /** The configuration with this line in place. */
  readonly text: (line: string) => string;
  /** What the keyword decides. */
  readonly value: (configuration: Configuration) => unknown;
  readonly usual: unknown;
  /** What stands behind the keyword, and the value then. */
  readonly taken: readonly (readonly [string, unknown])[];
  /** What stands behind the keyword and is told; the value is then the usual one. */
  readonly refused: readonly string[];
}

export type Taken = KeywordCase['taken'];

export const SERVICE = 'lvs_sched rr\nlvs_method NAT\nprotocol TCP\n';

/** Times in the model are microseconds. */
export const s = (seconds: number): number => Math.round(seconds * 1e6);

export const firstService = ({ virtualServers: [first] }: Configuration): VirtualServerSettings | undefined =>
  first;
export const firstServer = (all: Configuration): RealServerSettings | undefined =>
  firstService(all)?.realServers[0];
export const firstChecker = (all: Configuration): CheckerSettings | undefined =>
  firstServer(all)?.checkers[0];

export const inService =
  (server = 'TCP_CHECK { }', before = SERVICE) =>
  (line: string): string =>
    `virtual_server 192.0.2.1 80 {\n${before}${line}\nreal_server 10.0.0.1 80 {\nweight 3\n${server}\n}\n}`;
export const inServer = (line: string): string =>
  `virtual_server 192.0.2.1 80 {\n${SERVICE}real_server 10.0.0.1 80 {\n${line}\nTCP_CHECK { }\n}\n}`;
export const inCheck =
  (kind: string, needed = '') =>
  (line: string): string =>
    `track_file f { file /tmp/f\nweight 2 }\nbfd_instance b { neighbor_ip 10.0.0.1 }\n${inServer('').replace('TCP_CHECK { }', `${kind} {\n${needed}\n${line}\n}`)}`;
export const inUrl =
  (kind: string, needed = 'path /') =>
  (line: string): string =>
    inCheck(kind)(`url {\n${needed}\n${line}\n}`);

export const field =
  (key: string) =>
  (found: unknown): unknown =>
    (found as Record<string, unknown> | undefined)?.[key];
export const NUMBERS = ['x', '1.5', '-1', '5s'];

export function service(
  keyword: string,
  key: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[] = [],
  text = inService(),
): KeywordCase {
  const value = (all: Configuration) => field(key)(firstService(all));
  return { block: 'virtual_server', keyword, text, value, usual, taken, refused };
}
/** A keyword that a checker inherits from the service. */
export const passedOn = (
  keyword: string,
  key: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[],
): KeywordCase => ({
  ...service(keyword, key, usual, taken, refused),
  value: (all) => field(key)(firstChecker(all)) ?? field(key)(field('target')(firstChecker(all))),
});
export function server(
  keyword: string,
  key: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[] = [],
): KeywordCase {
  const value = (all: Configuration) => field(key)(firstServer(all));
  return { block: 'virtual_server.real_server', keyword, text: inServer, value, usual, taken, refused };
}
export function check(
  kind: string,
  keyword: string,
  key: string,
  usual: unknown,
  taken: Taken,
  refused: readonly string[] = [],
  needed = '',
): KeywordCase {
  return {
    block: `virtual_server.real_server.${kind}`,
    keyword,
    text: inCheck(kind, needed),
    value: (all) => field(key)(firstChecker(all)),
    usual,
    taken,
    refused,
  };
}

export const PERIODS = ['0', '-1', 'x', '5s'];
export const WAITS = ['-1', 'x', '5s'];
const COMMAND = { argv: ['/bin/up', 'a b'], user: 'u', group: 'g' };
export const SCRIPT: Taken = [
  [`"/bin/up 'a b'" u g`, COMMAND],
  ['/bin/up', { argv: ['/bin/up'] }],
];
export const METHODS: Taken = [
  ['DR', { kind: 'DR' }],
  ['TUN', { kind: 'TUN', tunnel: 'ipip' }],
  ['TUN type gue port 6080', { kind: 'TUN', tunnel: 'gue', port: 6080, checksum: 'nocsum' }],
  ['TUN type gue port 6080 remcsum', { kind: 'TUN', tunnel: 'gue', port: 6080, checksum: 'remcsum' }],
  ['TUN type gre csum', { kind: 'TUN', tunnel: 'gre', checksum: 'csum' }],
];
export const NO_METHODS = ['nat', 'FNAT'];

/** Pieces of configurations. */
export const TCP = 'lvs_sched rr\nlvs_method NAT\nprotocol TCP\n';
export const DR = 'lvs_sched rr\nlvs_method DR\nprotocol TCP\n';
export const TUN = 'lvs_sched rr\nlvs_method TUN\nprotocol TCP\n';
export const MARK = 'lvs_sched rr\nlvs_method NAT\n';

export const rs = (address = '10.0.0.1 80', inner = ''): string => `real_server ${address} {\n${inner}\n}\n`;
export const vs = (inner: string, header = '192.0.2.1 80'): string =>
  `virtual_server ${header} {\n${inner}\n}\n`;
export const group = (...lines: string[]): string => `virtual_server_group g {\n${lines.join('\n')}\n}\n`;
