/**
 * Virtual servers as they go to the other process. Most real servers of one differ from each other in address, port and
 * weight alone: the first of a row of such is said in full, the others by that. It decides what is alike; what is done with
 * either form is handover.ts's and received.ts's. Nothing is lost: `unpack` gives what `pack` was given.
 */

import { alike } from '../../base/alike.js';
import type { IpAddress } from '../../base/ip-address.js';
import type {
  CheckerSettings,
  CheckTarget,
  RealServerSettings,
  VirtualServerSettings,
} from '../../config/model-lvs.js';

type Place = Pick<RealServerSettings, 'address' | 'port' | 'weight'>;

/** What is its server's own is left out. */
type PackedTarget = Omit<CheckTarget, 'address' | 'port'> & Partial<CheckTarget>;
type PackedChecker = Exclude<CheckerSettings, { target: CheckTarget }> | TargetedChecker<PackedTarget>;
type TargetedChecker<T> = Omit<Extract<CheckerSettings, { target: CheckTarget }>, 'target'> & {
  readonly target: T;
};

export interface PackedRow {
  readonly first: Omit<RealServerSettings, 'checkers'> & { readonly checkers: readonly PackedChecker[] };
  /** Those that follow, each as [address, port, weight]. */
  readonly others: readonly (readonly [IpAddress, number, number])[];
}
export type PackedService = Omit<VirtualServerSettings, 'realServers'> & {
  readonly realServers: readonly PackedRow[];
};

export function pack(service: VirtualServerSettings): PackedService {
  const rows: { first: PackedRow['first']; others: (readonly [IpAddress, number, number])[] }[] = [];
  let first: RealServerSettings | undefined;
  for (const server of service.realServers) {
    if (first && differOnlyInPlace(first, server)) {
      rows.at(-1)?.others.push([server.address, server.port, server.weight]);
      continue;
    }
    first = server;
    const checkers = server.checkers.map((one) => packChecker(one, server));
    rows.push({ first: { ...server, checkers }, others: [] });
  }
  return { ...service, realServers: rows };
}

export function unpack(service: PackedService): VirtualServerSettings {
  const realServers: RealServerSettings[] = [];
  for (const { first, others } of service.realServers) {
    const own = first.checkers.some((one) => 'target' in one && !isComplete(one.target));
    // Nobody changes settings: what is the same is there once.
    const checkersOf = (place: Place): readonly CheckerSettings[] =>
      own
        ? first.checkers.map((one) => unpackChecker(one, place))
        : (first.checkers as readonly CheckerSettings[]);
    realServers.push({ ...first, checkers: checkersOf(first) });
    for (const [address, port, weight] of others)
      realServers.push({ ...first, address, port, weight, checkers: checkersOf({ address, port, weight }) });
  }
  return { ...service, realServers };
}

const isComplete = ({ address, port }: PackedTarget): boolean => address !== undefined && port !== undefined;

function packChecker(checker: CheckerSettings, server: Place): PackedChecker {
  if (!('target' in checker)) return checker;
  const { address, port, ...rest } = checker.target;
  const target: PackedTarget = {
    ...(address === server.address ? {} : { address }),
    ...(port === server.port ? {} : { port }),
    ...rest,
  };
  return { ...checker, target };
}

function unpackChecker(checker: PackedChecker, { address, port }: Place): CheckerSettings {
  if (!('target' in checker)) return checker;
  return { ...checker, target: { address, port, ...checker.target } } as CheckerSettings;
}

/** Whether one can be made of the other by its address, port and weight. */
function differOnlyInPlace(a: RealServerSettings, b: RealServerSettings): boolean {
  // Not `for of`: where code is interpreted that makes an object for each step, here some hundred thousand.
  for (let n = 0; n < SETTINGS.length; n++) {
    const key = SETTINGS[n] as (typeof SETTINGS)[number];
    if (a[key] !== b[key] && !alike(a[key], b[key])) return false;
  }
  const { checkers } = b;
  return (
    a.checkers === checkers ||
    (a.checkers.length === checkers.length &&
      a.checkers.every((checker, n) => sameChecker(checker, checkers[n] as CheckerSettings, a, b)))
  );
}

/** All but what makes the place, and the checkers: whoever adds a setting is told to name it here. */
const SETTINGS = namesOf<Omit<RealServerSettings, keyof Place | 'checkers'>>({
  method: true,
  upperThreshold: true,
  lowerThreshold: true,
  inhibitOnFailure: true,
  notifyUp: true,
  notifyDown: true,
  smtpAlert: true,
  snmpName: true,
  alpha: true,
  delayLoop: true,
  slowStart: true,
});

function namesOf<T>(all: { readonly [K in keyof Required<T>]: true }): readonly (keyof T)[] {
  return Object.keys(all) as (keyof T)[];
}

function sameChecker(a: CheckerSettings, b: CheckerSettings, ofA: Place, ofB: Place): boolean {
  if (!('target' in a) || !('target' in b)) return alike(a, b);
  return (
    sameEnd(a.target.address, b.target.address, ofA.address, ofB.address) &&
    sameEnd(a.target.port, b.target.port, ofA.port, ofB.port) &&
    alikeBut(a.target, b.target, 'address', 'port') &&
    alikeBut(a, b, 'target')
  );
}

/** Both their server's own, or both the same other one. */
const sameEnd = <T>(a: T, b: T, ownA: T, ownB: T): boolean =>
  a === ownA ? b === ownB : b !== ownB && a === b;

function alikeBut<T extends object>(a: T, b: T, ...but: readonly string[]): boolean {
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  let more = 0;
  for (const key in left) {
    more++;
    if (left[key] !== right[key] && !but.includes(key) && !alike(left[key], right[key])) return false;
  }
  for (const _ in right) more--;
  return more === 0;
}
