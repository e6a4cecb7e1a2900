/**
 * A rehearsal of what must go quickly when a server dies: an engine of its own with one virtual server of the configuration
 * and one of its servers, whose checks fail until it is taken out, and are good until it is back. It is repeated shortly
 * before a check that may have that consequence (Loop): after a second of sleep the machine's caches hold nothing of the
 * way. Nothing of it is seen from outside: no check is made, no message sent, no script run.
 */
import { Prng } from '../../base/prng.js';
import { type Instant, instant, type Moment, wallTime, ZERO } from '../../base/time.js';
import type { VirtualServerGroupSettings, VirtualServerSettings } from '../../config/model-lvs.js';
import type { CheckVerdict } from '../../core/health/check.js';
import type { LvsConfiguration } from '../../core/lvs/configuration.js';
import type { LvsEffect } from '../../core/lvs/effects.js';
import { LvsEngine } from '../../core/lvs/engine.js';
import type { LvsInput } from '../../core/lvs/inputs.js';
import { rehearse } from '../../host/balancer/rehearsal.js';

/** Checks until a server is out, or back, at most: of one with so many URLs that is no rehearsal of anything quick. */
const MOST_CHECKS = 16;

/** Of a group, each with its first address alone. */
const MOST_ENTRIES = 4;

const GOOD: CheckVerdict = { kind: 'good', detail: '', elapsed: ZERO };
const BAD: CheckVerdict = {
  kind: 'bad',
  reason: { kind: 'unreachable', error: { code: 'ECONNREFUSED', message: 'a rehearsal' } },
  elapsed: ZERO,
};

export class DeathRehearsal {
  readonly #engine: LvsEngine;
  readonly #inputs: LvsInput[] = [];
  #now: Instant = instant(0);
  #verdict = GOOD;

  /** Undefined where nothing is checked. */
  static of(configuration: LvsConfiguration): DeathRehearsal | undefined {
    for (const service of configuration.virtualServers) {
      const played = onlyServerOf(service);
      if (played) return new DeathRehearsal(configuration, played);
    }
    return undefined;
  }

  private constructor(configuration: LvsConfiguration, service: VirtualServerSettings) {
    const virtualServerGroups = configuration.virtualServerGroups.map(bounded);
    const played = { ...configuration, trackFiles: [], virtualServerGroups, virtualServers: [service] };
    this.#engine = new LvsEngine(played, new Prng(1));
    this.#hear({ kind: 'start', addresses: [] });
    this.repeat();
  }

  /** The server dies and returns. False: that would take too long. */
  repeat(): boolean {
    return [BAD, GOOD].every((verdict) => {
      this.#verdict = verdict;
      const wanted = verdict === GOOD;
      for (let n = 0; n < MOST_CHECKS && this.#alive !== wanted; n++) this.#turn();
      return this.#alive === wanted;
    });
  }

  get #alive(): boolean {
    return this.#engine.inspect()[0]?.servers[0]?.alive ?? false;
  }

  /** The next deadline, whenever it is. */
  #turn(): void {
    const { nextDeadline } = this.#engine;
    if (nextDeadline === undefined) return;
    this.#now = instant(Math.max(this.#now, nextDeadline));
    this.#hear({ kind: 'timeout' });
  }

  #hear(first: LvsInput): void {
    this.#inputs.push(first);
    for (let input = this.#inputs.shift(); input; input = this.#inputs.shift()) {
      const effects: LvsEffect[] = [];
      const moment: Moment = { now: this.#now, wall: wallTime(this.#now) };
      this.#engine.handle(moment, input, effects);
      for (const effect of effects) this.#carryOut(effect);
    }
  }

  #carryOut(effect: LvsEffect): void {
    if (effect.kind === 'read-balancer' || effect.kind === 'apply-balancer')
      this.#inputs.push(rehearse(effect));
    else if (effect.kind === 'start-check') {
      const { checker, part } = effect;
      this.#inputs.push({ kind: 'check-verdict', checker, part, verdict: this.#verdict });
    }
  }
}

/** Each of its addresses is a service: hundreds of them take longer than there is time for a rehearsal. */
const bounded = ({ entries, ...group }: VirtualServerGroupSettings): VirtualServerGroupSettings => ({
  ...group,
  entries: entries
    .slice(0, MOST_ENTRIES)
    .map((entry) => (entry.kind === 'addresses' ? { ...entry, last: entry.first } : entry)),
});

/** The virtual server with the first of its servers that is checked by asking it, and without scripts, which nobody runs. */
function onlyServerOf({
  quorumUp: _up,
  quorumDown: _down,
  sorryServer: _sorry,
  ...service
}: VirtualServerSettings): VirtualServerSettings | undefined {
  const server = service.realServers.find(({ checkers }) =>
    checkers.some(({ kind }) => kind !== 'FILE_CHECK' && kind !== 'BFD_CHECK'),
  );
  if (!server) return undefined;
  const { notifyUp: _serverUp, notifyDown: _serverDown, ...rest } = server;
  // Without retries: it is the check that decides for which it has to be quick.
  const checkers = server.checkers
    .flatMap((one) => (one.kind === 'FILE_CHECK' || one.kind === 'BFD_CHECK' ? [] : { ...one, retry: 0 }))
    .slice(0, 1);
  return { ...service, haSuspend: false, realServers: [{ ...rest, checkers }] };
}
