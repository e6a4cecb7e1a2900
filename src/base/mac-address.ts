/** Ethernet addresses as branded lower-case text `00:00:5e:00:01:33`. */
import { ok, type Result, refuse } from './result.js';

declare const macBrand: unique symbol;
export type MacAddress = string & { readonly [macBrand]: true };

export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff' as MacAddress;

export function parseMacAddress(text: string): Result<MacAddress> {
  return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)
    ? ok(text.toLowerCase() as MacAddress)
    : refuse(`"${text}" is not an Ethernet address of six hexadecimal octets`);
}

export const macFromBytes = (bytes: Uint8Array): MacAddress =>
  Array.from(bytes.subarray(0, 6), (b) => b.toString(16).padStart(2, '0')).join(':') as MacAddress;

export function macToBytes(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(6);
  for (let i = 0; i < 6; i++) bytes[i] = (nibble(mac, 3 * i) << 4) | nibble(mac, 3 * i + 1);
  return bytes;
}

/** The value of a lower-case hexadecimal digit: a thousand announcements have two thousand of these addresses. */
function nibble(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
