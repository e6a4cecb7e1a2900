/**
 * A case says what a keyword does: a configuration with its line and one without, the same inputs for both, and
 * what is in one trace and not in the other. A trace is all that an engine asks of the world: bytes, operations
 * for the kernel, scripts with their arguments, log lines, and the answers to `counters` and `status`.
 * (DESIGN section 7.8)
 */
import type { Effect } from '../../../src/core/effects.js';
import type { LvsEffect } from '../../../src/core/lvs/effects.js';
import { loadText } from '../../support/configuration.js';
import { LvsRig } from '../lvs/rig.js';
import { perform as performLvs } from '../lvs/transcript.js';
import { Rig, type RigOptions } from '../rig.js';
import { perform } from '../transcript.js';

export interface EffectCase {
  /** Block and keyword as the reference names them; the block of the outermost level is empty. */
  readonly row: readonly [block: string, keyword: string];
  /** The word inside an entry that it is about, where it is not about the keyword. */
  readonly option?: string;
  /** The line, or block, that is taken away. */
  readonly line: string;
  /** What stands there instead, where something has to. */
  readonly instead?: string;
  /** The configuration around the line. */
  readonly around: (line: string) => string;
  /** Commands of transcripts, between semicolons. */
  readonly play: string;
  /** Matches a line of the trace with the keyword, and none without it. */
  readonly shows?: RegExp;
  /** The other way round: what the keyword prevents. */
  readonly hides?: RegExp;
  readonly rig?: RigOptions;
  /** Played with the load balancer's engine, and the commands of its transcripts. */
  readonly lvs?: true;
}

/** A test elsewhere that fails without the effect, for what happens outside of the engine. */
export interface ShownElsewhere {
  readonly row: readonly [block: string, keyword: string];
  /** Path of the test's file. */
  readonly test: string;
  /** A part of that file: the test's title, or the line of its table. */
  readonly title: string;
}

/** What an engine does, as lines: as transcripts show it, and every effect with all its bytes. */
export function traceOf(configuration: string, play: string, options: RigOptions = {}): string[] {
  const rig = new Rig(configuration, options);
  const lines: string[] = [];
  for (const command of play.split(';')) {
    perform(rig, command.trim());
    lines.push(...rig.effects.map(effectText));
    lines.push(...rig.take());
  }
  return lines;
}

/** The same of the load balancer's engine. */
export function lvsTraceOf(configuration: string, play: string): string[] {
  const rig = new LvsRig(configuration);
  const lines: string[] = [];
  for (const command of play.split(';')) {
    performLvs(rig, command.trim());
    lines.push(...rig.effects.map(effectText));
    lines.push(...rig.take());
  }
  return lines;
}

const effectText = (effect: Effect | LvsEffect): string =>
  JSON.stringify(effect, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );

/** Findings that drop something: a case that has them would prove their doing, not the keyword's. */
export const errorsIn = (configuration: string): string[] =>
  loadText(configuration)
    .diagnostics.filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ code, message }) => `${code} ${message}`);
