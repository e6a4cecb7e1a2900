/** The rig's part of BFD: packets of neighbours, sockets that open at once, effects as short lines. */
import type { BfdEffect, ReceivedBfd } from '../../src/core/bfd/facts.js';
import type { Effect } from '../../src/core/effects.js';
import type { Failure, Input } from '../../src/core/inputs.js';
import { type BfdControl, decodeBfdControl, encodeBfdControl } from '../../src/wire/bfd-control.js';
import { ip } from '../base/values.js';
import type { Rig } from './rig.js';

/** How a BFD packet reaches us. */
interface BfdArrival {
  readonly source?: string;
  readonly destination?: string;
  readonly hopLimit?: number;
  readonly port?: number;
  readonly device?: string;
  /** Changes the finished packet. */
  readonly spoil?: (packet: Uint8Array) => Uint8Array;
}

export type BfdChanges = Partial<BfdControl> & BfdArrival;

/** What a neighbour sends that is down and whose own number is 77. */
export const neighborPacket = (yourDiscriminator: number, changes: Partial<BfdControl>): BfdControl => ({
  diagnostic: 0,
  state: 'Down',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  multipoint: false,
  detectMultiplier: 3,
  myDiscriminator: 77,
  yourDiscriminator,
  desiredMinTx: 10_000,
  requiredMinRx: 10_000,
  requiredMinEchoRx: 0,
  ...changes,
});

export function receivedBfd(rig: Rig, name: string, changes: BfdChanges): ReceivedBfd {
  const { source, destination, hopLimit, port, device = 'eth0', spoil, ...fields } = changes;
  const session = rig.engine.status().bfd?.sessions.find((one) => one.name === name);
  if (!session) throw new Error(`no session ${name}`);
  const packet = neighborPacket(session.discriminator, {
    desiredMinTx: fields.state === 'Up' ? 10_000 : 1_000_000,
    ...fields,
  });
  const bytes = encodeBfdControl(packet);
  return {
    family: session.neighbor.includes(':') ? 'ipv6' : 'ipv4',
    port: port ?? (session.multihop ? 4784 : 3784),
    interfaceIndex: rig.links.get(device)?.index ?? 0,
    source: ip(source ?? session.neighbor),
    destination: ip(destination ?? session.source ?? '10.0.0.1'),
    hopLimit: hopLimit ?? 255,
    bytes: spoil ? spoil(bytes) : bytes,
  };
}

export function answerBfd(
  effect: Effect,
  refusal: ((sourcePort: number) => Failure | undefined) | undefined,
): Input | undefined {
  if (effect.kind === 'listen-bfd') return { kind: 'bfd-listening', listener: effect.listener.id };
  if (effect.kind !== 'open-bfd') return undefined;
  const { session, sourcePort } = effect.path;
  const error = refusal?.(sourcePort);
  return { kind: 'bfd-opened', session, ...(error ? { error } : {}) };
}

/** Undefined: of what may wait to be read nothing can be seen from outside. */
export function describeBfdEffect(effect: BfdEffect, nameOf: (index: number) => string): string | undefined {
  switch (effect.kind) {
    case 'await-bfd':
      return undefined;
    case 'listen-bfd':
      return `hear ${effect.listener.id} from ${effect.listener.neighbors.join(',')}`;
    case 'unlisten-bfd':
      return `hear no more ${effect.listener}`;
    case 'open-bfd': {
      const { neighbor, port, source, hopLimit, interfaceIndex } = effect.path;
      const device = interfaceIndex === undefined ? '' : ` dev ${nameOf(interfaceIndex)}`;
      return `open bfd ${source ?? 'any'} > ${neighbor} port ${port} ttl ${hopLimit}${device}`;
    }
    case 'close-bfd':
      return `close bfd ${effect.session.split('/')[0]}`;
    case 'send-bfd':
      return `bfd ${effect.session.split('/')[0]} ${describeBfd(effect.bytes)}`;
  }
}

/** `Up P mult 3 tx 10 rx 10 knows`: state, flags, intervals in milliseconds, whether it names the neighbour's discriminator. */
function describeBfd(bytes: Uint8Array): string {
  const read = decodeBfdControl(bytes);
  if (!read.ok) return read.error;
  const { state, poll, final, diagnostic, detectMultiplier, desiredMinTx, requiredMinRx } = read.value;
  return [
    state,
    poll ? 'P' : '',
    final ? 'F' : '',
    diagnostic === 0 ? '' : `diag ${diagnostic}`,
    `mult ${detectMultiplier} tx ${desiredMinTx / 1000} rx ${requiredMinRx / 1000}`,
    read.value.yourDiscriminator === 0 ? '' : 'knows',
    read.value.authentication ? `auth ${read.value.authentication.type}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const SPOILS: Readonly<Record<string, (packet: Uint8Array) => Uint8Array>> = {
  version: (packet) => packet.with(0, (packet[0] ?? 0) & 0x1f),
  short: (packet) => packet.subarray(0, packet.length - 1),
  length: (packet) => packet.with(3, packet.length - 1),
  longer: (packet) => packet.with(3, packet.length + 1),
  padded: (packet) => Uint8Array.of(...packet, 0, 0, 0, 0),
  authenticated: (packet) => packet.with(1, (packet[1] ?? 0) | 4),
};

/** The words of a transcript's command. Times in milliseconds. */
export function bfdOptions(options: ReadonlyMap<string, string>): BfdChanges {
  const number = (key: string, factor = 1): number | undefined =>
    options.has(key) ? Number(options.get(key)) * factor : undefined;
  const [keyId = '', password = ''] = (options.get('key') ?? '').split(':');
  const found = {
    state: options.get('state'),
    source: options.get('from'),
    hopLimit: number('hop'),
    diagnostic: number('diag'),
    myDiscriminator: number('my'),
    demand: options.has('demand') || undefined,
    multipoint: options.has('multipoint') || undefined,
    requiredMinEchoRx: number('echo', 1000),
    spoil: SPOILS[options.get('spoil') ?? ''],
    desiredMinTx: number('tx', 1000),
    requiredMinRx: number('rx', 1000),
    detectMultiplier: number('mult'),
    poll: options.has('poll') || undefined,
    final: options.has('final') || undefined,
    yourDiscriminator: options.has('new') ? 0 : number('your'),
    authentication:
      keyId === ''
        ? undefined
        : { type: 'simple-password', keyId: Number(keyId), password: new TextEncoder().encode(password) },
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
