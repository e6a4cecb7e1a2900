/**
 * Reads the files of test/fixtures, wherever the tests were compiled to, and classic pcap files among them.
 * Test support only: the product's own captures are written elsewhere.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const projectRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('no package.json above the tests');
  return findRoot(above);
}

/** The bytes of test/fixtures/`path`. */
export function fixtureBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(projectRoot, 'test', 'fixtures', path)));
}

export interface Frame {
  readonly etherType: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Behind the Ethernet header, with its padding if any. */
  readonly payload: Uint8Array;
}

/** The Ethernet frames of a classic little-endian pcap file. */
export function readPcap(bytes: Uint8Array): Frame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0xa1b2c3d4) throw new Error('not a little-endian classic pcap');
  // Above the link type stands the length of a frame check sequence.
  if ((view.getUint32(20, true) & 0x0fffffff) !== 1) throw new Error('not Ethernet');
  const frames: Frame[] = [];
  for (let at = 24; at < bytes.length; ) {
    const captured = view.getUint32(at + 8, true);
    const frame = bytes.slice(at + 16, at + 16 + captured);
    frames.push({
      destination: frame.slice(0, 6),
      source: frame.slice(6, 12),
      etherType: ((frame[12] ?? 0) << 8) | (frame[13] ?? 0),
      payload: frame.slice(14),
    });
    at += 16 + captured;
  }
  return frames;
}
