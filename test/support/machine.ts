/** Interfaces and addresses of machines that tests make up. */
import type { MacAddress } from '../../src/base/mac-address.js';
import type { AddressFacts, LinkFacts } from '../../src/core/net/facts.js';
import { ip } from '../base/values.js';

export const link = (index: number, name: string, changes: Partial<LinkFacts> = {}): LinkFacts => ({
  index,
  name,
  up: true,
  running: true,
  loopback: false,
  noArp: false,
  multicast: true,
  mac: `02:00:00:00:00:0${index}` as MacAddress,
  mtu: 1500,
  ...changes,
});

export const address = (
  interfaceIndex: number,
  text: string,
  prefixLength: number,
  changes: Partial<AddressFacts> = {},
): AddressFacts => ({
  interfaceIndex,
  family: text.includes(':') ? 'ipv6' : 'ipv4',
  address: ip(text),
  prefixLength,
  scope: 0,
  flags: 0x80,
  ...changes,
});
