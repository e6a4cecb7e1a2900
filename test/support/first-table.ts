/**
 * The table of a configuration at its start, before any check has run, as the engine asks for it where there is nothing
 * yet. directives-lvs sections 1 to 4 and 7.
 */
import assert from 'node:assert/strict';
import { Prng } from '../../src/base/prng.js';
import type { Instant, WallTime } from '../../src/base/time.js';
import type { Configuration } from '../../src/config/model.js';
import { lvsPartOf } from '../../src/core/lvs/configuration.js';
import type { LvsEffect } from '../../src/core/lvs/effects.js';
import { LvsEngine } from '../../src/core/lvs/engine.js';
import type { LvsInput } from '../../src/core/lvs/inputs.js';
import type { Table } from '../../src/core/lvs/table.js';
import { applyTo, type MutableTable } from '../core/lvs/apply.js';

export function firstTable(configuration: Configuration): Table {
  const table: MutableTable = new Map();
  const engine = new LvsEngine(lvsPartOf(configuration), new Prng(1));
  const inputs: LvsInput[] = [{ kind: 'start', addresses: [] }];
  let now = 0 as Instant;
  let made = false;
  // Servers are made some at a time: the engine wants another turn until all are there.
  const next = (): LvsInput | undefined => {
    const input = inputs.shift();
    if (input || made || engine.nextDeadline === undefined) return input;
    now = engine.nextDeadline;
    return { kind: 'timeout' };
  };
  for (let input = next(); input; input = next()) {
    const effects: LvsEffect[] = [];
    engine.handle({ now, wall: 0 as WallTime }, input, effects);
    made ||= effects.some(
      (effect) => effect.kind === 'log' && effect.text.startsWith('Load balancing starts'),
    );
    for (const effect of effects)
      if (effect.kind === 'read-balancer')
        inputs.push({
          kind: 'balancer-table',
          request: effect.request,
          table: { services: [], daemons: [], timeouts: {}, ours: [] },
        });
      else if (effect.kind === 'watch-file')
        inputs.push({ kind: 'file-content', tracker: effect.tracker, content: '0' });
      else if (effect.kind === 'apply-balancer')
        for (const operation of effect.operations) assert.equal(applyTo(table, operation), undefined);
  }
  return table;
}
