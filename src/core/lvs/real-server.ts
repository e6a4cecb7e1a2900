/**
 * One real server: alive as long as none of its checkers has failed, with the weight that its settings and checkers come
 * to. What follows for the table and the quorum is virtual-server's to decide. (directives-lvs sections 6 and 7)
 */

import { alike } from '../../base/alike.js';
import { MAX_SERVER_WEIGHT } from '../../base/limits.js';
import { after, type Duration, microseconds, type WallTime } from '../../base/time.js';
import type { CheckerSettings, RealServerSettings } from '../../config/model-lvs.js';
import type { Deadline } from '../deadlines.js';
import type { CheckVerdict, ProbeSettings } from '../health/check.js';
import type { Step } from '../health/course.js';
import { Monitor, type MonitorOwner } from '../health/monitor.js';
import { downLine, failureLine, goodLines, mailedWords, oddLine, verdictWords } from './check-words.js';
import type { LvsHouse } from './house.js';
import { BfdCheck, type Check, FileCheck, ProbeCheck } from './server-checks.js';

/** A slow start takes that many steps, or as many as there are weights between. */
const SLOW_STEPS = 20;

/** The virtual server, as one of its servers sees it. */
export interface ServiceOfServer {
  readonly name: string;
  readonly protocol: string | undefined;
  readonly suspended: boolean;
  serverTurned(server: RealServer, up: boolean, why: string): void;
  /** It counted as down from the beginning and its first check failed. */
  serverStillDown(server: RealServer, why: string): void;
  weightChanged(server: RealServer, before: number): void;
}

/** What was known of a server when an earlier life ended, or before a reload. */
export interface ServerOrigin {
  /** Added by a reload: failures of the first check may be tried again. */
  readonly reloaded: boolean;
  readonly remembered?: { readonly alive?: boolean; readonly drained: boolean } | undefined;
}

export class RealServer implements MonitorOwner {
  settings: RealServerSettings;
  readonly checks: Check[] = [];
  /** Its probes are still to be made, for a server of which this is known. */
  #unmade: { readonly alive: boolean | undefined } | undefined;
  /** Whether it gets connections as far as its checkers are concerned. */
  alive = false;
  drained = false;
  since: WallTime | undefined;
  reason = 'no check has failed';
  #failed = 0;
  #contributions = 0;
  /** While it climbs: when it began. */
  #climbing: { readonly from: number } | undefined;
  /** Made when it is first needed: most servers never climb. */
  #climb: Deadline | undefined;

  constructor(
    readonly name: string,
    settings: RealServerSettings,
    readonly service: ServiceOfServer,
    readonly house: LvsHouse,
  ) {
    this.settings = settings;
  }

  get suspended(): boolean {
    return this.service.suspended;
  }
  get idleInterval(): Duration {
    return this.settings.delayLoop;
  }
  get failed(): number {
    return this.#failed;
  }

  /** Whether it is alive, and a start would count it as down. */
  get kept(): boolean {
    return this.alive && this.settings.checkers.some(alphaOf);
  }

  /** May be far beyond what the kernel can hold; a sum of 0 or less gets no connections. */
  get effectiveWeight(): number {
    return this.settings.weight + this.#contributions;
  }
  /** What it counts for the quorum while it is alive. */
  get weight(): number {
    return this.drained ? 0 : clamp(this.effectiveWeight);
  }
  /** What it has in the table while it is alive. */
  get tableWeight(): number {
    const { weight } = this;
    const { slowStart } = this.settings;
    if (!this.#climbing || !slowStart || weight <= 1) return weight;
    const part = (this.house.now - this.#climbing.from) / slowStart;
    return Math.max(1, Math.min(weight, Math.floor(weight * part)));
  }

  /**
   * For the first time. Whether it is alive then is told by `alive`, and nobody else is told. After a start nothing is
   * looked at before `beginChecks`; added by a reload, it is looked at from now on.
   */
  begin({ reloaded, remembered }: ServerOrigin): void {
    this.drained = remembered?.drained ?? false;
    // Who was dead stays so until a check is good, and who was alive until one is bad, with alpha, too.
    const alive = remembered?.alive;
    if (!reloaded) this.#unmade = { alive };
    for (const settings of this.settings.checkers) {
      const up = alive ?? !alphaOf(settings);
      if (reloaded || !isProbe(settings)) this.#add(settings, { up, reloaded });
      else {
        if (!up) this.#failed++;
        this.#tellActivation();
      }
    }
    this.alive = this.#failed === 0;
    // A file or a session has said why.
    if (!this.alive && this.since === undefined)
      this.reason =
        alive === false
          ? 'it was down when the process before this one ended'
          : 'no check was good yet (alpha)';
  }

  beginChecks(): void {
    if (!this.#unmade) return;
    const { alive } = this.#unmade;
    this.#unmade = undefined;
    for (const [place, settings] of this.settings.checkers.entries()) {
      if (!isProbe(settings)) continue;
      const up = alive ?? !alphaOf(settings);
      if (!up) this.#failed--;
      this.#take(this.#probe(settings, { up, reloaded: false }), place);
    }
  }

  #add(settings: CheckerSettings, start: { readonly up: boolean; readonly reloaded: boolean }): void {
    const { house } = this;
    switch (settings.kind) {
      case 'FILE_CHECK':
        this.#take(new FileCheck(settings, this, house));
        return;
      case 'BFD_CHECK':
        this.#take(new BfdCheck(settings, start.up, this, house));
        return;
      default:
        this.#take(this.#probe(settings, start));
        this.#tellActivation();
    }
  }

  #probe(
    settings: ProbeSettings,
    { up, reloaded }: { readonly up: boolean; readonly reloaded: boolean },
  ): ProbeCheck {
    const { house } = this;
    const id = house.nextChecker();
    const monitor = new Monitor(id, settings, { up, patient: reloaded }, house, this);
    const { ssl } = house;
    house.check({
      kind: 'define-checker',
      checker: id,
      settings,
      ...(settings.kind === 'SSL_GET' && ssl ? { tls: ssl } : {}),
    });
    house.monitors.set(id, monitor);
    monitor.begin();
    return new ProbeCheck(monitor);
  }

  #tellActivation(): void {
    this.house.notices.log('info', () => {
      const verb = this.suspended ? 'Suspend' : 'Activat';
      return `${verb}ing healthchecker for service ${this.name} for VS ${this.service.name}`;
    });
  }

  #take(check: Check, place = this.checks.length): void {
    this.checks.splice(place, 0, check);
    if (!check.up) this.#failed++;
    this.#contributions += check.contribution;
  }

  /**
   * Other settings of the same server: unchanged checkers keep their rhythm and what they know, changed ones what they
   * know, others begin anew. The weight is told to the virtual server, whether it is alive is not.
   */
  reconfigure(settings: RealServerSettings): void {
    this.beginChecks();
    const before = this.weight;
    const wasKept = this.kept;
    // A script asked for a weight, not for a difference.
    for (const check of this.checks)
      if (check.settings.kind === 'MISC_CHECK' && check.contribution !== 0)
        check.contribution += this.settings.weight - settings.weight;
    this.settings = settings;
    const left = [...this.checks];
    const take = (fits: (check: Check) => boolean): Check | undefined => {
      const at = left.findIndex(fits);
      return at < 0 ? undefined : left.splice(at, 1)[0];
    };
    // Exact ones first, so that a changed one does not take the place of an unchanged one.
    const exact = settings.checkers.map((wanted) => take((check) => alike(check.settings, wanted)));
    const kept = settings.checkers.map((wanted, i) => {
      const known = exact[i];
      if (known) return known;
      if (wanted.kind === 'FILE_CHECK' || wanted.kind === 'BFD_CHECK') return undefined;
      const other = take((check) => check instanceof ProbeCheck && check.settings.kind === wanted.kind);
      if (!(other instanceof ProbeCheck)) return undefined;
      other.monitor.reconfigure(wanted);
      if (wanted.kind === 'MISC_CHECK' && !wanted.dynamic) other.contribution = 0;
      this.#define(other.monitor);
      return other;
    });
    for (const check of left) this.#end(check);
    this.checks.length = 0;
    this.#failed = 0;
    this.#contributions = 0;
    for (const [i, wanted] of settings.checkers.entries()) {
      const known = kept[i];
      if (known) this.#take(known);
      else this.#add(wanted, { up: !alphaOf(wanted), reloaded: true });
    }
    if (this.weight !== before) this.service.weightChanged(this, before);
    if (this.kept !== wasKept)
      this.house.notices.note({
        server: this.name,
        service: this.service.name,
        up: this.alive,
        reason: 'its checkers were changed by a reload',
        kept: this.kept,
      });
  }

  #define(monitor: Monitor): void {
    const { ssl } = this.house;
    this.house.check({
      kind: 'define-checker',
      checker: monitor.id,
      settings: monitor.settings,
      ...(monitor.settings.kind === 'SSL_GET' && ssl ? { tls: ssl } : {}),
    });
  }

  /** The client's side of TLS is another one now. */
  redefine(): void {
    for (const check of this.checks)
      if (check instanceof ProbeCheck && check.settings.kind === 'SSL_GET') this.#define(check.monitor);
  }

  /** Nothing is checked any more. */
  end(): void {
    this.#endChecks();
    if (this.#climb) this.house.deadlines.disarm(this.#climb);
  }

  #endChecks(): void {
    for (const check of this.checks) this.#end(check);
    this.checks.length = 0;
    this.#unmade = undefined;
    this.#failed = 0;
    this.#contributions = 0;
  }

  #end(check: Check): void {
    check.end();
    if (!(check instanceof ProbeCheck)) return;
    this.house.monitors.delete(check.monitor.id);
    this.house.check({ kind: 'forget-checker', checker: check.monitor.id });
  }

  judged(monitor: Monitor, verdict: CheckVerdict, step: Step): void {
    const check = this.checks.find((one) => one instanceof ProbeCheck && one.monitor === monitor);
    if (!(check instanceof ProbeCheck)) return;
    const { change, retries } = step;
    const { settings } = monitor;
    const why = verdictWords(verdict, settings, check.asked);
    const context = {
      settings,
      server: this.name,
      service: this.service.name,
      protocol: this.service.protocol,
      part: check.asked,
    };
    check.asked = monitor.part;
    const { notices } = this.house;
    if (verdict.kind === 'unmade') {
      // Said once: while descriptors are short, every check would repeat it.
      if (check.unmade !== why)
        notices.log('warning', `${settings.kind} of ${this.name} for VS ${this.service.name} ${why}`);
      check.unmade = why;
      return;
    }
    check.unmade = undefined;
    if (verdict.kind === 'good') {
      if (settings.kind === 'MISC_CHECK' && settings.dynamic)
        this.#contribute(check, verdict.weight === undefined ? 0 : verdict.weight - this.settings.weight);
      for (const line of goodLines(context, check.wasUp, change)) notices.log('info', line);
      const { odd } = verdict;
      if (odd !== undefined && !check.odd?.has(context.part)) notices.log('info', oddLine(context, odd));
      check.noteOdd(context.part, odd !== undefined);
    } else if (change) notices.log('info', downLine(context, retries, why));
    else if (settings.logAllFailures || this.house.notices.globals?.checkerLogAllFailures)
      notices.log('info', failureLine(context, why));
    check.wasUp = monitor.up;
    this.#turned(check, settings, change, why);
  }

  #turned(check: Check, settings: CheckerSettings, change: Step['change'], why: string): void {
    const wasAlive = this.alive;
    switch (change) {
      case 'up':
        this.#failed--;
        if (this.#failed === 0) this.service.serverTurned(this, true, why);
        break;
      case 'down':
        this.#failed++;
        if (check.contribution !== 0 && settings.kind === 'MISC_CHECK') this.#contribute(check, 0);
        if (this.alive) this.service.serverTurned(this, false, why);
        break;
      case 'still-down':
        this.service.serverStillDown(this, why);
        return;
      case 'confirmed':
        if (settings.kind !== 'MISC_CHECK') return;
        break;
      case undefined:
        return;
    }
    if (!this.settings.smtpAlert) return;
    if (this.house.notices.globals?.noCheckerEmails && wasAlive === this.alive) return;
    this.house.notices.mail(
      `Realserver ${this.name} of virtual server ${this.service.name} - ${this.alive ? 'UP' : 'DOWN'}`,
      mailedWords(settings.kind, change !== 'down'),
      why,
    );
  }

  /** A fact that a checker lives on is another one. */
  factTurned(check: FileCheck | BfdCheck, change: Step['change'], contribution: number, why: string): void {
    if (change !== 'down') this.#contribute(check, contribution);
    this.#turned(check, check.settings, change, why);
    this.#contribute(check, contribution);
  }

  #contribute(check: Check, contribution: number): void {
    if (check.contribution === contribution) return;
    const before = this.weight;
    this.#contributions += contribution - check.contribution;
    check.contribution = contribution;
    if (this.weight !== before) this.service.weightChanged(this, before);
  }

  /** It came back: its weight climbs, where that is wanted. */
  beginClimb(): void {
    const { slowStart } = this.settings;
    if (!slowStart) return;
    this.#climbing = { from: this.house.now };
    this.#climbLater(slowStart);
  }
  endClimb(): void {
    this.#climbing = undefined;
    if (this.#climb) this.house.deadlines.disarm(this.#climb);
  }

  #climbOn(): void {
    const { slowStart } = this.settings;
    const began = this.#climbing?.from;
    if (began === undefined) return;
    if (!slowStart || this.house.now - began >= slowStart) this.#climbing = undefined;
    else this.#climbLater(slowStart);
    this.house.upkeep.serverChanged(this);
  }
  #climbLater(slowStart: Duration): void {
    const steps = Math.max(1, Math.min(SLOW_STEPS, this.weight));
    this.#climb ??= { what: `${this.name} climbs`, periodic: false, fire: () => this.#climbOn() };
    this.house.deadlines.arm(this.#climb, after(this.house.now, microseconds(slowStart / steps)));
  }
}

const clamp = (weight: number): number => Math.min(MAX_SERVER_WEIGHT, Math.max(0, weight));

/** Of the others the facts are brought. */
const isProbe = (settings: CheckerSettings): settings is ProbeSettings =>
  settings.kind !== 'FILE_CHECK' && settings.kind !== 'BFD_CHECK';

const alphaOf = (settings: CheckerSettings): boolean => settings.kind !== 'FILE_CHECK' && settings.alpha;
