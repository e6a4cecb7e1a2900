/** What many sessions cost when they come, go and stop: counted in looks at their settings, which must not be squares. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Configuration } from '../../../src/config/model.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';

const neighborOf = (n: number): string => `10.0.${n >> 7}.${2 + (n & 127)}`;
const text = (sessions: number): string =>
  Array.from(
    { length: sessions },
    (_, n) => `bfd_instance s${n} {\n neighbor_ip ${neighborOf(n)}\n source_ip 10.0.0.1\n}\n`,
  ).join('');

/** The same configuration; `looks` counts how often somebody asked a session for its neighbour. */
function counted(sessions: number): { configuration: Configuration; looks: () => number } {
  let looks = 0;
  const plain = configurationOf(text(sessions));
  const bfdInstances = plain.bfdInstances.map(({ neighbor, ...settings }) =>
    Object.defineProperty({ ...settings, neighbor }, 'neighbor', {
      enumerable: true,
      get: () => {
        looks++;
        return neighbor;
      },
    }),
  );
  return {
    configuration: { ...plain, bfdInstances },
    looks: () => {
      const before = looks;
      looks = 0;
      return before;
    },
  };
}

/** Half of them up, the others never heard. */
function raisedHalf(sessions: number) {
  const { configuration, looks } = counted(sessions);
  const rig = new Rig(configuration).start();
  const start = looks();
  for (let n = 0; n < sessions; n += 2)
    rig.bfd(`s${n}`, { state: 'Init' }).bfd(`s${n}`, { state: 'Up', final: true });
  rig.take();
  looks();
  return { rig, start, looks };
}

const SOME = 60;
const MANY = 4 * SOME;

/** Four times as many may cost four times as much, and a little. */
function assertInProportion(what: string, some: number, many: number): void {
  assert.ok(many <= 5 * some, `${what}: ${some} looks for ${SOME} sessions, ${many} for ${MANY}`);
}

test('a start looks at each session some times, however many there are', () => {
  assertInProportion('a start', raisedHalf(SOME).start, raisedHalf(MANY).start);
});

test('so does a stop, until the last goodbye', () => {
  const stopped = (sessions: number): number => {
    const { rig, looks } = raisedHalf(sessions);
    rig.handle({ kind: 'stop', reason: 'test' }).wait(2);
    const lines = rig.take();
    assert.equal(lines.filter((line) => line.includes('close bfd')).length, sessions);
    assert.equal(lines.filter((line) => line.includes(' hear bfd/')).length, 0);
    assert.equal(lines.filter((line) => line.includes('hear no more')).length, 1);
    return looks();
  };
  assertInProportion('a stop', stopped(SOME), stopped(MANY));
});

test('so does a reload that removes nearly all, and their sockets are told once', () => {
  const removed = (sessions: number): number => {
    const { rig, looks } = raisedHalf(sessions);
    const [kept] = rig.configuration.bfdInstances;
    assert.ok(kept);
    rig.handle({ kind: 'reload', configuration: { ...rig.configuration, bfdInstances: [kept] } }).wait(3);
    const lines = rig.take();
    assert.equal(lines.filter((line) => line.includes('close bfd')).length, sessions - 1);
    assert.equal(lines.filter((line) => line.endsWith(`from ${neighborOf(0)}`)).length, 1);
    return looks();
  };
  assertInProportion('a reload', removed(SOME), removed(MANY));
});
