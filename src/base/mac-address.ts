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

export const macToBytes = (mac: MacAddress): Uint8Array =>
  Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16));
