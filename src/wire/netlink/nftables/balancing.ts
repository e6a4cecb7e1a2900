/**
 * Expressions with which nf_tables spreads connections: counting through, chance, hashes, entries that a rule makes
 * itself, and the rewriting of destinations. linux/netfilter/nf_tables.h. Written only: nobody here reads them back. Which
 * of them a rule needs is decided in host/balancer/nftables. Registers are the 4-byte ones, 8 to 23.
 */
import { ByteWriter } from '../../../base/bytes.js';
import { writeTextAttribute, writeU32NetworkAttribute, writeU64NetworkAttribute } from '../attributes.js';
import type { Expression } from './expression.js';

/** The n-th 4-byte register, from 0 to 15. */
export const register32 = (n: number): number => 8 + n;

/** 0 to modulus - 1, one after the other or by chance. */
export const numgen = (into: number, modulus: number, how: 'incremental' | 'random'): Expression =>
  other('numgen', (writer) => {
    number(writer, 1, into);
    number(writer, 2, modulus);
    number(writer, 3, how === 'random' ? 1 : 0);
  });

/** Jenkins' hash of `length` bytes from a register on, 0 to modulus - 1; the same on every machine with this seed. */
export const jhash = (
  from: number,
  length: number,
  into: number,
  modulus: number,
  seed: number,
): Expression =>
  other('hash', (writer) => {
    number(writer, 1, from);
    number(writer, 2, into);
    number(writer, 3, length);
    number(writer, 4, modulus);
    number(writer, 5, seed);
  });

/** Rewrites the destination, of a packet and of all that follow it; without a port register the port stays. */
export const destinationNat = (family: 'ip' | 'ip6', address: number, port?: number): Expression =>
  other('nat', (writer) => {
    number(writer, 1, NFT_NAT_DNAT);
    number(writer, 2, family === 'ip' ? NFPROTO_IPV4 : NFPROTO_IPV6);
    number(writer, 3, address);
    if (port !== undefined) number(writer, 5, port);
  });

/**
 * Puts an element into a dynamic map, or gives the one that is there its time anew; or takes it away. `timeout` in
 * milliseconds.
 */
export const setElement = (
  verb: 'update' | 'delete',
  set: string,
  key: number,
  data?: number,
  timeout?: number,
): Expression =>
  other('dynset', (writer) => {
    writeTextAttribute(writer, 1, set);
    number(writer, 3, verb === 'update' ? 1 : 2);
    number(writer, 4, key);
    if (data !== undefined) number(writer, 5, data);
    if (timeout !== undefined) writeU64NetworkAttribute(writer, 6, BigInt(timeout));
  });

/** The state of the packet's connection: a rule that asks for it makes the kernel follow connections. */
export const connectionState = (into: number): Expression =>
  other('ct', (writer) => {
    number(writer, 1, into);
    number(writer, 2, NFT_CT_STATE);
  });

const NFT_CT_STATE = 0;
const NFT_NAT_DNAT = 1;
const NFPROTO_IPV4 = 2;
const NFPROTO_IPV6 = 10;

const number = (writer: ByteWriter, type: number, value: number): void =>
  writeU32NetworkAttribute(writer, type, value);

function other(name: string, write: (writer: ByteWriter) => void): Expression {
  const writer = new ByteWriter(64);
  write(writer);
  return { kind: 'other', name, data: writer.finish() };
}
