/**
 * MISC_CHECK: runs a script through the script runner, as whom it shall run. Exit status 0 is good; with misc_dynamic
 * 2 to 255 are good too and ask for a weight of two less. (directives-lvs section 6.5)
 */
import type { MiscCheckSettings } from '../../config/model-lvs.js';
import type { CheckerId } from '../../core/health/check.js';
import type { ScriptOutcome } from '../../core/inputs.js';
import type { Scripts } from '../scripts.js';
import type { Attempt, Flight, Probe } from './probe.js';

/** What this machine could not do, or lost, says nothing about the server. */
const OURS: ReadonlySet<string> = new Set(['ERUNNER', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

export class MiscProbe implements Probe {
  readonly #settings: MiscCheckSettings;
  readonly #scripts: Pick<Scripts, 'probe' | 'endProbe'>;
  readonly #key: string;

  constructor(settings: MiscCheckSettings, scripts: Pick<Scripts, 'probe' | 'endProbe'>, checker: CheckerId) {
    this.#settings = settings;
    this.#scripts = scripts;
    this.#key = `checker ${checker}`;
  }

  start(_part: number, flight: Flight): Attempt {
    const { command, timeout } = this.#settings;
    let running = true;
    this.#scripts.probe(this.#key, command, Math.ceil(timeout / 1000), (outcome) => {
      running = false;
      this.#judge(outcome, flight);
    });
    return {
      // The runner has the deadline.
      expire: () => {},
      end: () => {
        if (running) this.#scripts.endProbe(this.#key);
      },
    };
  }

  #judge(outcome: ScriptOutcome, flight: Flight): void {
    switch (outcome.kind) {
      case 'exit':
        this.#judgeExit(outcome.code, outcome.output, flight);
        break;
      case 'signal':
        flight.bad({ kind: 'signal', signal: outcome.signal, ...outputOf(outcome.output) });
        break;
      case 'timeout':
        flight.bad({ kind: 'script-timeout', ...outputOf(outcome.output) });
        break;
      default:
        if (OURS.has(outcome.error.code)) flight.unmade(outcome.error);
        else flight.bad({ kind: 'script-failed', error: outcome.error });
    }
  }

  #judgeExit(code: number, output: string | undefined, flight: Flight): void {
    const { dynamic } = this.#settings;
    if (code === 0) flight.good('exit status 0');
    else if (dynamic && code >= 2) flight.good(`exit status ${code}`, { weight: code - 2 });
    else flight.bad({ kind: 'exit', code, ...outputOf(output) });
  }
}

const outputOf = (output: string | undefined): { output?: string } =>
  output === undefined ? {} : { output };
