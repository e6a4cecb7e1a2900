/** A daemon that is careless with no_accept is noticed: too late, not at all, or for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Configuration } from '../../src/config/model.js';
import type { Effect } from '../../src/core/effects.js';
import { Engine } from '../../src/core/engine.js';
import type { Machine } from '../../src/core/machine.js';
import type { MachineFactory } from '../../src/sim/router.js';
import { BrokenInvariant } from '../../src/sim/watched.js';
import { World } from '../../src/sim/world.js';

type Wall = Extract<Effect, { kind: 'apply-firewall' }>;

/** An engine whose effects are spoilt on their way to the world. */
function careless(spoil: (effects: Effect[]) => Effect[]): MachineFactory {
  return (configuration: Configuration): Machine => {
    const engine = new Engine(configuration);
    const spoilt = {
      get nextDeadline() {
        return engine.nextDeadline;
      },
      status: () => engine.status(),
      handle: (...[moment, input, effects]: Parameters<Machine['handle']>) => {
        const own: Effect[] = [];
        engine.handle(moment, input, own);
        effects.push(...spoil(own));
      },
    };
    return spoilt;
  };
}
const isWall = (effect: Effect): effect is Wall => effect.kind === 'apply-firewall';
const only = (effect: Effect, verb: 'add' | 'delete'): Effect =>
  isWall(effect)
    ? { ...effect, operations: effect.operations.filter(({ operation }) => operation === verb) }
    : effect;

/** Worlds until it is noticed; more than these, and the invariant would be an ornament. */
const BOUND = 150;
function noticed(factory: MachineFactory): string {
  for (let seed = 1; seed <= BOUND; seed++) {
    try {
      new World(seed, { factory }).run();
    } catch (error) {
      if (error instanceof BrokenInvariant) return error.invariant;
      throw error;
    }
  }
  return 'nothing';
}

test('rules that come after the address', () => {
  const late = careless((effects) => [
    ...effects.filter((one) => !isWall(one) && one.kind !== 'stopped'),
    ...effects.filter(isWall),
    ...effects.filter((one) => one.kind === 'stopped'),
  ]);
  assert.equal(noticed(late), 'no-accept-first');
});

test('rules that never come', () => {
  assert.equal(noticed(careless((effects) => effects.map((one) => only(one, 'delete')))), 'no-accept-first');
});

test('rules that are taken away while the address is there', () => {
  let count = 0;
  const forgetful = careless((effects) =>
    effects.map((one) => {
      // Every third request forgets what stood there before.
      if (!isWall(one) || one.operations.length === 0 || ++count % 3 !== 0) return one;
      return { ...one, fresh: true, operations: one.operations.slice(0, -1) };
    }),
  );
  assert.match(noticed(forgetful), /^no-accept-(first|kept)$/);
});

test('rules that outlive their address', () => {
  assert.equal(noticed(careless((effects) => effects.map((one) => only(one, 'add')))), 'no-accept-ends');
});
