/**
 * Which rehearsal is played when: all of them after a start and after a reload, and shortly before something is due the
 * one of just that, once more. What each of them plays is decided in rehearsal.ts and bfd-rehearsal.ts, when something is
 * due in loop.ts.
 */
import type { Configuration } from '../config/model.js';
import { BfdRehearsal } from './bfd-rehearsal.js';
import { Rehearsal, type Surroundings } from './rehearsal.js';
import type { Pause } from './stage.js';

export class Rehearsals {
  #loss: BfdRehearsal | undefined;
  #takeover: Rehearsal | undefined;
  /** Some instance takes over when it loses a neighbour. */
  #lossIsTakeover = false;
  /** How often somebody asked for them: who comes later is the one to play. */
  #asked = 0;

  /** Those of an earlier configuration end. Throws SystemError: no sockets left. */
  async play(configuration: Configuration, surroundings: Surroundings, pause: Pause): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.#lossIsTakeover = followsItsMaster(configuration);
    await this.#end();
    if (asked !== this.#asked) return;
    const loss = new BfdRehearsal(configuration, surroundings, pause);
    const takeover = new Rehearsal(configuration, surroundings, pause);
    [this.#loss, this.#takeover] = [loss, takeover];
    await loss.play();
    await takeover.play();
  }

  /** Once, at once. `nextIsLoss`: what is due next is that a BFD neighbour counts as lost. */
  repeat({ nextIsLoss }: { readonly nextIsLoss: boolean }): void {
    if (nextIsLoss) this.#loss?.repeat();
    if (!nextIsLoss || this.#lossIsTakeover) this.#takeover?.repeat();
  }

  /** Who is about to play does not begin any more. */
  close(): Promise<void> {
    this.#asked += 1;
    return this.#end();
  }

  async #end(): Promise<void> {
    await this.#loss?.close();
    await this.#takeover?.close();
  }
}

const followsItsMaster = ({ instances, syncGroups }: Configuration): boolean =>
  [...instances, ...syncGroups].some(({ trackBfd = [] }) =>
    trackBfd.some(({ fastTakeover }) => fastTakeover === true),
  );
