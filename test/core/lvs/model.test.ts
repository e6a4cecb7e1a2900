/**
 * Quorum, hysteresis, alpha, omega, inhibit and weights, enumerated against a small model: for every service of the family
 * below servers come and go in every order of four moves, and after each the table, the quorum and what was told must be
 * what the model says. (directives-lvs section 7)
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '../../../src/base/time.js';
import { LvsRig, REFUSED } from './rig.js';

interface Family {
  readonly weights: readonly number[];
  readonly quorum: number;
  readonly hysteresis: number;
  readonly alpha: boolean;
  readonly inhibit: boolean;
  readonly sorry: 'none' | 'plain' | 'inhibited';
  readonly omega: boolean;
}

const GOOD = { kind: 'good', detail: '', elapsed: seconds(0) } as const;

const text = ({ weights, quorum, hysteresis, alpha, inhibit, sorry, omega }: Family): string => `
global_defs {
  lvs_notify_fifo /run/f
}
virtual_server 192.0.2.1 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  delay_loop 1
  warmup 0
  quorum ${quorum}
  hysteresis ${hysteresis}
  ${alpha ? 'alpha' : ''}
  ${inhibit ? 'inhibit_on_failure' : ''}
  ${omega ? 'omega' : ''}
  ${sorry === 'none' ? '' : 'sorry_server 10.9.9.9 80'}
  ${sorry === 'inhibited' ? 'sorry_server_inhibit' : ''}
${weights
  .map(
    (weight, n) => `  real_server 10.1.0.${n + 1} 80 {
    weight ${weight}
    TCP_CHECK {
      retry 0
    }
  }`,
  )
  .join('\n')}
}
`;

/** The reference's words, as directly as they can be written. */
class Model {
  up: boolean;
  sorryServes = false;
  readonly alive: boolean[];
  told: string[] = [];

  constructor(readonly family: Family) {
    this.alive = family.weights.map(() => !family.alpha);
    this.up = this.sum >= family.quorum + family.hysteresis;
    if (this.up) this.told.push('VS UP');
    else if (family.sorry !== 'none') {
      this.sorryServes = true;
      this.told.push('VS DOWN');
    }
  }

  get sum(): number {
    return this.family.weights.reduce((sum, weight, n) => sum + (this.alive[n] ? weight : 0), 0);
  }

  turn(n: number, up: boolean, first: boolean): void {
    if (this.alive[n] === up) {
      // One that counted as down from the beginning is told of at its first failure.
      if (first && !up) this.told.push(`RS ${n + 1} DOWN`);
      return;
    }
    this.alive[n] = up;
    this.told.push(`RS ${n + 1} ${up ? 'UP' : 'DOWN'}`);
    const { quorum, hysteresis, sorry } = this.family;
    if (this.up && (this.sum === 0 || this.sum < quorum - hysteresis)) {
      this.up = false;
      this.sorryServes = sorry !== 'none';
      this.told.push('VS DOWN');
    } else if (!this.up && this.sum >= quorum + hysteresis) {
      this.up = true;
      this.sorryServes = false;
      this.told.push('VS UP');
    }
  }

  table(): Record<string, number> {
    const { inhibit, sorry, weights } = this.family;
    const found: Record<string, number> = {};
    for (const [n, weight] of weights.entries()) {
      const serves = this.alive[n] === true && !this.sorryServes;
      if (serves) found[`10.1.0.${n + 1}:80`] = weight;
      else if (inhibit) found[`10.1.0.${n + 1}:80`] = 0;
    }
    if (this.sorryServes) found['10.9.9.9:80'] = 1;
    else if (sorry === 'inhibited') found['10.9.9.9:80'] = 0;
    return found;
  }

  stop(): string[] {
    if (!this.family.omega) return [];
    return [...this.alive.flatMap((alive, n) => (alive ? [`RS ${n + 1} DOWN`] : [])), 'VS DOWN'];
  }
}

const tableOf = (rig: LvsRig): Record<string, number> =>
  Object.fromEntries(
    [...(rig.table.services.get('tcp 192.0.2.1:80')?.destinations ?? [])].map(([key, { weight }]) => [
      key,
      weight,
    ]),
  );
const toldBy = (rig: LvsRig): string[] =>
  rig.take().flatMap((line) => {
    const server = / fifo lvs RS \[10\.1\.0\.(\d)\]:tcp:80 \S+ (UP|DOWN)$/.exec(line);
    if (server) return [`RS ${server[1]} ${server[2]}`];
    const service = / fifo lvs VS \S+ (UP|DOWN)$/.exec(line);
    return service ? [`VS ${service[1]}`] : [];
  });

function* families(): Generator<Family> {
  const all = [
    { weights: [1, 1], quorum: 1, hysteresis: 0 },
    { weights: [1, 1], quorum: 2, hysteresis: 0 },
    { weights: [1, 1], quorum: 2, hysteresis: 1 },
    { weights: [3, 1], quorum: 2, hysteresis: 1 },
    { weights: [2, 0], quorum: 1, hysteresis: 0 },
    { weights: [1, 1, 1], quorum: 2, hysteresis: 1 },
  ];
  for (const numbers of all)
    for (const alpha of [false, true])
      for (const inhibit of [false, true])
        for (const omega of [false, true])
          for (const sorry of ['none', 'plain', 'inhibited'] as const)
            yield { ...numbers, alpha, inhibit, omega, sorry };
}

/** Four moves, each of which turns one server: every sequence of them. */
function* sequences(servers: number, length: number): Generator<number[]> {
  if (length === 0) yield [];
  else
    for (const rest of sequences(servers, length - 1)) for (let n = 0; n < servers; n++) yield [n, ...rest];
}

for (const family of families()) {
  const { weights, quorum, hysteresis, alpha, inhibit, omega, sorry } = family;
  const title = `weights ${weights.join(' ')}, quorum ${quorum} +- ${hysteresis}, sorry ${sorry}${alpha ? ', alpha' : ''}${inhibit ? ', inhibit' : ''}${omega ? ', omega' : ''}`;
  test(title, () => {
    for (const moves of sequences(weights.length, weights.length === 2 ? 4 : 3)) {
      const rig = new LvsRig(text(family));
      const model = new Model(family);
      const good = weights.map(() => true);
      const where = (): string => `moves ${moves.join(' ')}, ${JSON.stringify(good)}`;
      rig.start();
      assert.deepEqual(tableOf(rig), model.table(), `start, ${where()}`);
      let first = true;
      for (const n of moves) {
        good[n] = !good[n];
        rig.behaviours.set(`10.1.0.${n + 1}:80`, good[n] ? GOOD : REFUSED);
        rig.wait(1);
        for (const [server, is] of good.entries()) model.turn(server, is, first);
        first = false;
        assert.deepEqual(tableOf(rig), model.table(), where());
        assert.deepEqual(toldBy(rig), model.told.splice(0), where());
      }
      rig.handle({ kind: 'stop', reason: 'the end', keep: false });
      assert.deepEqual(tableOf(rig), {}, where());
      assert.deepEqual(toldBy(rig), model.stop(), where());
    }
  });
}
