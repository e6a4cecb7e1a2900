/**
 * rtnetlink messages about the settings of an interface's protocols: RTM_NEWNETCONF for IPv6, from which we want one
 * thing, whether the interface forwards. linux/netconf.h. What it means is decided in core/net.
 */
import { ByteReader } from '../../base/bytes.js';
import { ok, type Result, refuse } from '../../base/result.js';
import { readAttributes, u32Of } from './attributes.js';

export const RTM_NEWNETCONF = 80;

const AF_INET6 = 10;
/** struct netconfmsg, padded. */
const HEADER = 4;
const NETCONFA_IFINDEX = 1;
const NETCONFA_FORWARDING = 2;
/** The pseudo-interfaces `all` and `default` have the numbers -1 and -2. */
const LARGEST_INDEX = 0x7fff_ffff;

export interface ForwardingFacts {
  readonly interfaceIndex: number;
  readonly forwards: boolean;
}

/** `other`: of another family, of no interface, or about something else than forwarding. */
export type NetconfRefusal = 'short' | 'attributes' | 'other';

/** Reads the payload of RTM_NEWNETCONF. */
export function decodeForwarding(payload: Uint8Array): Result<ForwardingFacts, NetconfRefusal> {
  const reader = new ByteReader(payload);
  const family = reader.u8();
  reader.skip(HEADER - 1);
  if (reader.overrun) return refuse('short');
  if (family !== AF_INET6) return refuse('other');
  const attributes = readAttributes(reader.take(reader.remaining));
  if (!attributes) return refuse('attributes');
  const interfaceIndex = u32Of(attributes.get(NETCONFA_IFINDEX));
  const forwarding = u32Of(attributes.get(NETCONFA_FORWARDING));
  if (interfaceIndex === undefined || interfaceIndex > LARGEST_INDEX || forwarding === undefined)
    return refuse('other');
  return ok({ interfaceIndex, forwards: forwarding !== 0 });
}
