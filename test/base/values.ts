/** Shorthand for values in tests; wrong text fails the test that wrote it. */
import { type IpAddress, parseIpAddress } from '../../src/base/ip-address.js';
import { type MacAddress, parseMacAddress } from '../../src/base/mac-address.js';

export function ip(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function mac(text: string): MacAddress {
  const parsed = parseMacAddress(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}
