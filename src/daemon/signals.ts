/**
 * Which signal asks for what (runtime reference section 3), and an inbox that remembers what was asked before
 * anybody could answer. It imports nothing, so that boot.ts can install the handlers before anything else is
 * loaded; what an answer is, is decided in main.ts and run.ts.
 */

export type SignalRequest =
  | 'STOP'
  | 'RELOAD'
  | 'DATA'
  | 'STATS'
  | 'STATS_CLEAR'
  | 'JSON'
  | 'TDUMP'
  /** RLIMIT_RTTIME was used up: the kernel's last warning before it kills. */
  | 'XCPU';

/**
 * Numbers as `--signum` prints them. The real-time ones are glibc's SIGRTMIN+2, SIGRTMAX-1 and SIGRTMAX; the
 * launcher bin/holdfast ignores exactly these three until we handle them, so both lists change together.
 */
export const SIGNAL_NUMBERS: Readonly<Record<Exclude<SignalRequest, 'XCPU'>, number>> = {
  STOP: 15,
  RELOAD: 1,
  DATA: 10,
  STATS: 12,
  STATS_CLEAR: 63,
  JSON: 36,
  TDUMP: 64,
};

/** The real-time signals among them, which Node cannot handle itself. */
export const REAL_TIME_REQUESTS = ['JSON', 'STATS_CLEAR', 'TDUMP'] as const;

const NODE_SIGNALS: readonly (readonly [NodeJS.Signals, SignalRequest])[] = [
  ['SIGHUP', 'RELOAD'],
  ['SIGTERM', 'STOP'],
  ['SIGINT', 'STOP'],
  ['SIGUSR1', 'DATA'],
  ['SIGUSR2', 'STATS'],
  ['SIGXCPU', 'XCPU'],
];

export type SignalHandler = (request: SignalRequest) => void;

/**
 * Collects requests until `connect`, then passes them on as they come. Each kind is remembered once: two
 * SIGHUPs during the start ask for one reload.
 */
export class SignalInbox {
  readonly #waiting = new Set<SignalRequest>();
  #handler: SignalHandler | undefined;
  #ignoreInterrupt = false;

  /** Installs the handlers of every signal that Node can handle. */
  install(): void {
    for (const [signal, request] of NODE_SIGNALS) {
      process.on(signal, () => {
        if (signal === 'SIGINT' && this.#ignoreInterrupt) return;
        this.arrive(request);
      });
    }
    // Node ignores SIGPIPE on its own, but a handler also undoes what an embedding process may have set.
    process.on('SIGPIPE', () => {});
  }

  /** `--ignore-sigint`: debuggers use Ctrl-C for themselves. */
  ignoreInterrupt(): void {
    this.#ignoreInterrupt = true;
  }

  arrive(request: SignalRequest): void {
    if (this.#handler) this.#handler(request);
    else this.#waiting.add(request);
  }

  /** From now on `handler` gets every request; first, at once, what was remembered. STOP goes before all. */
  connect(handler: SignalHandler): void {
    this.#handler = handler;
    const remembered = [...this.#waiting];
    this.#waiting.clear();
    if (remembered.includes('STOP')) handler('STOP');
    else for (const request of remembered) handler(request);
  }

  /** Back to remembering: while one owner of the process hands over to the next. */
  disconnect(): void {
    this.#handler = undefined;
  }

  /** Whether STOP waits: a start that was called off need not go on. */
  get stopAsked(): boolean {
    return this.#waiting.has('STOP');
  }
}
