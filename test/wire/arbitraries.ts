/** Generators of the values that codecs carry. */
import fc from 'fast-check';
import { type Family, type IpAddress, ipFromBytes } from '../../src/base/ip-address.js';
import { type MacAddress, macFromBytes } from '../../src/base/mac-address.js';

export const octets = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => new Uint8Array(bytes));

export const address = (family: Family): fc.Arbitrary<IpAddress> =>
  octets(family === 'ipv4' ? 4 : 16).map(ipFromBytes);

export const mac: fc.Arbitrary<MacAddress> = octets(6).map(macFromBytes);

export const byte = fc.nat(255);
export const u16 = fc.nat(0xffff);
export const u32 = fc.nat(0xffffffff);

/** Records with the ordinary prototype, which is what codecs return and deepEqual wants. */
export const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
