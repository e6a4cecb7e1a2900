/**
 * Which of the kernel's sync daemons run: the backup while the followed VRRP instance is not MASTER, the master while it
 * is, both where no instance is named. (directives-global section 3.6; directives-lvs section 8)
 */
import type { SyncDaemonSettings } from '../../config/model-globals.js';
import type { BalancerOperation } from './plan.js';
import type { SyncDaemon } from './table.js';

export class SyncDaemons {
  #settings: SyncDaemonSettings | undefined;
  #virtualRouterIds: Readonly<Record<string, number>> = {};
  readonly #states = new Map<string, string>();
  /** As asked for. */
  readonly #running = new Map<SyncDaemon['state'], SyncDaemon>();
  #ended = false;
  #began = false;

  constructor(readonly ask: (operation: BalancerOperation) => void) {}

  /** What runs at the start: ours of an earlier life, or somebody's. */
  found(daemons: readonly SyncDaemon[]): void {
    for (const daemon of daemons) this.#running.set(daemon.state, daemon);
    this.#began = true;
    this.#settle();
  }
  /** What runs now, when nothing is on its way. */
  seen(daemons: readonly SyncDaemon[]): void {
    if (!this.#settings) return;
    this.#running.clear();
    this.found(daemons);
  }

  configure(
    settings: SyncDaemonSettings | undefined,
    virtualRouterIds: Readonly<Record<string, number>>,
  ): void {
    const removed = this.#settings !== undefined && settings === undefined;
    this.#settings = settings;
    this.#virtualRouterIds = virtualRouterIds;
    if (removed) this.#stopAll();
    this.#settle();
  }

  instanceTurned(instance: string, state: string): void {
    this.#states.set(instance, state);
    this.#settle();
  }

  /** `succeeded`: they are left to another life. */
  end(succeeded: boolean): void {
    this.#ended = true;
    if (this.#settings && !succeeded) this.#stopAll();
  }

  #stopAll(): void {
    for (const state of this.#running.keys()) this.ask({ operation: 'stop-daemon', daemon: { state } });
    this.#running.clear();
  }

  #wanted(): SyncDaemon[] {
    const settings = this.#settings;
    if (!settings) return [];
    const { interface: device, instance, id, maxLength, port, ttl, group } = settings;
    const states: SyncDaemon['state'][] =
      instance === undefined
        ? ['master', 'backup']
        : [this.#states.get(instance) === 'MASTER' ? 'master' : 'backup'];
    return states.map((state) => ({
      state,
      interface: device,
      id: id ?? (instance === undefined ? 0 : (this.#virtualRouterIds[instance] ?? 0)),
      ...(maxLength === undefined ? {} : { maxLength }),
      ...(port === undefined ? {} : { port }),
      ...(ttl === undefined ? {} : { ttl }),
      ...(group === undefined ? {} : { group }),
    }));
  }

  #settle(): void {
    if (!this.#settings || this.#ended || !this.#began) return;
    const wanted = this.#wanted();
    for (const [state, running] of this.#running) {
      const wish = wanted.find((one) => one.state === state);
      if (wish && fits(wish, running)) continue;
      this.ask({ operation: 'stop-daemon', daemon: { state } });
      this.#running.delete(state);
    }
    for (const daemon of wanted) {
      if (this.#running.has(daemon.state)) continue;
      this.ask({ operation: 'start-daemon', daemon });
      this.#running.set(daemon.state, daemon);
    }
  }
}

/** What was left to the kernel is whatever it chose. */
const fits = (wish: SyncDaemon, running: SyncDaemon): boolean =>
  wish.interface === running.interface &&
  wish.id === running.id &&
  (['maxLength', 'port', 'ttl', 'group'] as const).every(
    (key) => wish[key] === undefined || wish[key] === running[key],
  );
