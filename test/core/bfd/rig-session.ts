/** One session on the rig, for the tests of BFD. */
import type { BfdSessionStatus } from '../../../src/core/bfd/session-status.js';
import { Rig, type RigOptions } from '../rig.js';

export const BLOCK = 'bfd_instance b {\n neighbor_ip 10.0.0.2\n source_ip 10.0.0.1\n multiplier 3\n%\n}\n';
export const withLines = (lines: string): string => BLOCK.replace('%', lines);

/** Started; `lines` stand in the block of the session `b`. */
export const started = (lines = '', options: RigOptions = {}): Rig =>
  new Rig(withLines(lines), options).start();

export function sessionOf(rig: Rig, name = 'b'): BfdSessionStatus {
  const found = rig.engine.status().bfd?.sessions.find((one) => one.name === name);
  if (!found) throw new Error(`no session ${name}`);
  return found;
}

/** Up, with the neighbour's 10 ms and multiplier 3; what was said on the way is taken. */
export function raised(lines = '', options: RigOptions = {}): Rig {
  const rig = started(lines, options);
  rig.bfd('b', { state: 'Init' }).bfd('b', { state: 'Up', final: true });
  rig.take();
  return rig;
}

/** Packets that the neighbour sends every 10 ms, for so many seconds. */
export function keepAlive(rig: Rig, seconds: number, name = 'b'): Rig {
  for (let n = 0; n < seconds * 100; n++) rig.wait(0.01).bfd(name, { state: 'Up' });
  return rig;
}

/** The packets sent since the last take, as lines without their time. */
export const packets = (rig: Rig): string[] =>
  rig.lines.filter((line) => /^\S+ bfd /.test(line)).map((line) => line.replace(/^\S+ bfd \S+ /, ''));
