/**
 * Transcripts of the load balancer's engine: a configuration, then commands (`> ...`) each followed by exactly what it
 * makes the engine do. As test/core/transcript.ts does it for VRRP; the commands are listed in COMMANDS below.
 */
import { microseconds } from '../../../src/base/time.js';
import type { CheckVerdict } from '../../../src/core/health/check.js';
import { type Commands, performWith, replayWith } from '../replay.js';
import { type Behaviour, bad, LvsRig, REFUSED } from './rig.js';

/** `good`, `refused`, `silent`, `never`, `status=500`, `exit=1`, `weight=10`, `digest`. */
function behaviourOf(word: string): Behaviour {
  const [kind = '', value = ''] = word.split('=');
  const elapsed = microseconds(0);
  switch (kind) {
    case 'good':
      return { kind: 'good', detail: '', elapsed };
    case 'weight':
      return { kind: 'good', detail: '', weight: Number(value), elapsed };
    case 'refused':
      return REFUSED;
    case 'silent':
    case 'never':
      return kind;
    case 'status':
      return bad({ kind: 'status', status: Number(value) });
    case 'digest':
      return bad({ kind: 'digest', digest: '0'.repeat(32) });
    case 'exit':
      return bad({ kind: 'exit', code: Number(value) });
    case 'unmade':
      return { kind: 'unmade', error: { code: 'EMFILE', message: 'no descriptor is left' }, elapsed };
    default:
      throw new Error(`unknown behaviour ${word}`);
  }
}

/** `block` is what follows as `| ...` lines: the configuration of a reload. */
const COMMANDS: Commands<LvsRig> = {
  start: (rig) => rig.start(),
  wait: (rig, [time]) => rig.wait(Number(time)),
  /** `server PLACE [/path] BEHAVIOUR`: how it answers from now on. */
  server: (rig, words) => rig.behaviours.set(words.slice(0, -1).join(' '), behaviourOf(words.at(-1) ?? '')),
  /** A check that hangs is answered. */
  answer: (rig, words) =>
    rig.answer(words.slice(0, -1).join(' '), behaviourOf(words.at(-1) ?? 'good') as CheckVerdict),
  checks: (rig, [what]) => {
    rig.showChecks = what === 'shown';
  },
  table: (rig) => {
    for (const line of rig.table.show()) rig.lines.push(`  ${line}`);
  },
  'add-address': (rig, [text = '']) => rig.address('present', text),
  'delete-address': (rig, [text = '']) => rig.address('gone', text),
  file: (rig, [name = '', content = '']) => rig.file(name, `${content}\n`),
  session: (rig, [name = '', what]) => rig.handle({ kind: 'bfd-session', session: name, up: what === 'up' }),
  instance: (rig, [name = '', state]) =>
    rig.handle({ kind: 'instance-state', instance: name, state: state as 'MASTER' }),
  reload: (rig, _words, block) => rig.reload(block),
  refuse: (rig, words) => {
    const key = words.slice(0, -1).join(' ');
    if (words.at(-1) === 'no-more') rig.table.refusals.delete(key);
    else rig.table.refusals.set(key, words.at(-1) ?? '');
  },
  /** Somebody else changes a weight in the table. */
  meddle: (rig, [service = '', address = '', at = '', weight]) => {
    const destinations = rig.table.services.get(`${service} ${address}`)?.destinations;
    const known = destinations?.get(at);
    if (destinations && known && weight !== undefined)
      destinations.set(at, { ...known, weight: Number(weight) });
    else if (destinations && known) destinations.delete(at);
  },
  drain: (rig, [server = '', undo]) => {
    rig.handle({ kind: 'ask', request: 1, question: { ask: 'drain', server, undo: undo === 'undo' } });
    const answer = rig.answers.pop();
    if (answer?.ask === 'drain')
      for (const place of answer.places) rig.lines.push(`  ${place.server} of ${place.service}`);
  },
  status: (rig) => {
    rig.handle({ kind: 'ask', request: 1, question: { ask: 'status' } });
    const answer = rig.answers.pop();
    if (answer?.ask !== 'status') return;
    for (const service of answer.status.services) {
      rig.lines.push(`  ${service.name} ${service.up ? 'up' : 'down'} weight ${service.weight}`);
      for (const one of service.servers)
        rig.lines.push(
          `    ${one.name} ${one.alive ? 'alive' : 'dead'} ${one.tableWeight ?? '-'} ${one.reason}`,
        );
    }
    for (const problem of answer.status.problems) rig.lines.push(`  problem: ${problem}`);
  },
  scripts: (rig, [what]) => {
    rig.scriptsEnd = what === 'end';
  },
  respawn: (rig) => rig.respawn(),
  stop: (rig, [keep]) => rig.handle({ kind: 'stop', reason: 'SIGTERM', keep: keep === 'keep' }),
};

/** One command, without its `>`; `block` is the configuration of a reload. */
export const perform = (rig: LvsRig, line: string, block = ''): void =>
  performWith(COMMANDS, rig, line, block);

/** The transcript as it is now: its commands with what they really did. */
export const replay = (transcript: string): string =>
  replayWith(transcript, (configuration) => new LvsRig(configuration), COMMANDS);
