/** `encap` of a route and of its next hops. (directives-vrrp section 7) */
import { familyOf, type IpAddress } from '../../base/ip-address.js';
import type { Encapsulation } from '../model-net.js';
import { decodeBytes } from '../source.js';
import { type Argument, address, type Reading } from './arguments.js';
import { numberOf, unsigned } from './options.js';

interface Part {
  readonly key: string;
  readonly argument: Argument<unknown>;
}
const common: Readonly<Record<string, Part>> = {
  id: { key: 'id', argument: unsigned(Number.MAX_SAFE_INTEGER) },
  dst: { key: 'destination', argument: address() },
  src: { key: 'source', argument: address() },
  flags: { key: 'flags', argument: unsigned(65535) },
};
const TUNNELS = {
  ip: {
    ...common,
    tos: { key: 'trafficClass', argument: unsigned(255) },
    ttl: { key: 'hopLimit', argument: unsigned(255) },
  },
  ip6: {
    ...common,
    tc: { key: 'trafficClass', argument: unsigned(255) },
    hoplimit: { key: 'hopLimit', argument: unsigned(255) },
  },
} as const satisfies Record<string, Readonly<Record<string, Part>>>;

/** Undefined after a finding; stops at the first word that is none of its own. */
export function readEncapsulation(at: Reading): Encapsulation | undefined {
  const kind = at.take();
  if (!kind) return at.missing('ip, ip6, mpls or ila');
  switch (kind.text) {
    case 'ip':
    case 'ip6':
      return readTunnel(at, kind.text);
    case 'mpls': {
      const found = at.take();
      if (!found) return at.missing('LABELS');
      const labels = found.text.split('/').map((label) => numberOf(label, 1048575));
      if (labels.some((label) => label === undefined))
        return at.report('entryInvalid', found, `"${decodeBytes(found.text)}" are no labels such as 100/200`);
      return { kind: 'mpls', labels: labels.filter((label) => label !== undefined) };
    }
    case 'ila': {
      const found = at.take();
      if (!found) return at.missing('LOCATOR');
      if (!/^([0-9a-f]{1,4}:){3}[0-9a-f]{1,4}$/i.test(found.text))
        return at.report(
          'entryInvalid',
          found,
          `"${decodeBytes(found.text)}" is no locator such as 2001:db8:1:2`,
        );
      return { kind: 'ila', locator: found.text.toLowerCase() };
    }
    default:
      return at.report('entryInvalid', kind, `"${decodeBytes(kind.text)}" is none of ip, ip6, mpls, ila`);
  }
}

function readTunnel(at: Reading, kind: 'ip' | 'ip6'): Encapsulation | undefined {
  const parts: Readonly<Record<string, Part>> = TUNNELS[kind];
  const values: Record<string, unknown> = {};
  const family = kind === 'ip' ? 'ipv4' : 'ipv6';
  for (let here = at.peek(); here; here = at.peek()) {
    const part = parts[here.text];
    if (!part) break;
    at.take();
    const value = part.argument.read(at);
    if (value === undefined) return undefined;
    const isAddress = part.key === 'destination' || part.key === 'source';
    if (isAddress && familyOf(value as IpAddress) !== family)
      return at.report('entryInvalid', here, `encap ${kind} takes no address of the other family`);
    values[part.key] = value;
  }
  if (values['id'] === undefined && values['destination'] === undefined) return at.missing('dst or id');
  return { kind, ...values };
}

export function showEncapsulation(encapsulation: Encapsulation): string {
  if (encapsulation.kind === 'mpls') return `mpls ${encapsulation.labels.join('/')}`;
  if (encapsulation.kind === 'ila') return `ila ${encapsulation.locator}`;
  const { kind, ...values } = encapsulation;
  const shown = Object.entries<Part>(TUNNELS[kind]).flatMap(([word, { key }]) => {
    const value = (values as Readonly<Record<string, unknown>>)[key];
    return value === undefined ? [] : [`${word} ${value}`];
  });
  return [kind, ...shown].join(' ');
}
