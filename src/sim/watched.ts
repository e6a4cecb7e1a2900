/**
 * What the invariants remember of one instance on one router, learnt only from its effects; and the error that
 * a broken invariant is. Judging is the affair of invariants.ts, the judge-* files and settlement.ts.
 */
import type { IpAddress } from '../base/ip-address.js';
import type { AddressSettings, Configuration, InstanceSettings, SyncGroupSettings } from '../config/model.js';
import type { InstanceState, Reason } from '../core/effects.js';
import type { DelayRecord } from './delay-record.js';
import type { Expectation } from './expectation.js';
import type { NotifyRecord } from './notify-record.js';
import { ProofRecord } from './proof-record.js';
import type { RivalRecord } from './rival-record.js';
import type { Router } from './router.js';

export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
  constructor(
    /** Stable name of the invariant. */
    readonly invariant: string,
    /** World time, microseconds. */
    readonly at: number,
    readonly subject: string,
    detail: string,
  ) {
    super(`${invariant}: ${subject} at ${(at / 1e6).toFixed(6)} s: ${detail}`);
  }
}

/** One transition as the engine reported it. */
export interface Step {
  readonly from: InstanceState;
  readonly to: InstanceState | 'STOP' | 'DELETED';
  readonly reason: Reason;
}

export class Watched {
  state: InstanceState = 'INIT';
  /** World time of the last transition. */
  since = 0;
  /** Effective priority as last reported. */
  priority: number;
  /** While BACKUP. */
  expectation: Expectation | undefined;
  /** World time of the last advert of its own that was not a goodbye. */
  lastAdvert = Number.NEGATIVE_INFINITY;
  /** It became MASTER because nobody was heard: a split is possible. */
  bySilence = false;
  /** While MASTER: when it last heard another one (advert or goodbye), and until when it owes an announcement. */
  rivalAt = Number.NEGATIVE_INFINITY;
  owesAnnouncementBy = Number.POSITIVE_INFINITY;
  /** World time of its last announcement. */
  lastFrame = Number.NEGATIVE_INFINITY;
  /** While it is MASTER as owner of the addresses and another one claims to be. */
  rival: RivalRecord | undefined;
  /** Whether it had a generic notify script until the reload in hand. */
  toldBefore = false;
  /** Whom an owner yielded to with priority 254, until it has 255 again. */
  yieldedTo: IpAddress | undefined;
  /** Where its last advert came from. */
  source: IpAddress | undefined;
  /** VIPs not yet announced since it became MASTER. */
  unannounced = new Set<IpAddress>();
  // What one handle() did, valid while `serial` is the current one.
  serial = 0;
  stateBefore: InstanceState = 'INIT';
  priorityBefore = 0;
  adverts = 0;
  goodbyes = 0;
  sourceAnnounced = false;
  frames = 0;
  wasMaster = false;
  /** The rival that it had as MASTER, where it is that no more. */
  rivalBefore: RivalRecord | undefined;
  steps: Step[] = [];
  readonly proofs = new ProofRecord();

  constructor(
    public settings: InstanceSettings,
    public group: SyncGroupSettings | undefined,
  ) {
    this.priority = settings.priority;
  }

  /** Opens the record of handle number `serial`. */
  open(serial: number): void {
    if (this.serial === serial) return;
    this.serial = serial;
    this.stateBefore = this.state;
    this.priorityBefore = this.priority;
    this.adverts = 0;
    this.goodbyes = 0;
    this.sourceAnnounced = false;
    this.frames = 0;
    this.wasMaster = this.state === 'MASTER';
    this.rivalBefore = undefined;
    this.steps = [];
  }
}

/** What is remembered of one daemon from its start to its end. */
export interface Daemon {
  readonly instances: Map<string, Watched>;
  readonly notify: NotifyRecord;
  readonly delay: DelayRecord;
  configuration: Configuration;
  /** Sync groups that had a generic notify script until the reload in hand. */
  groupsToldBefore: ReadonlySet<string>;
  /** The kernel's state that was last judged. */
  version: number;
  dirty: boolean;
  started: boolean;
}

/** VIPs, then eVIPs. */
export const addressesOf = ({ settings }: Watched): readonly AddressSettings[] =>
  settings.excludedAddresses.length === 0
    ? settings.virtualAddresses
    : settings.virtualAddresses.concat(settings.excludedAddresses);

/** Where an address stands: on the instance's virtual MAC unless it names an interface. */
export const deviceOf = ({ settings }: { settings: InstanceSettings }, { device }: AddressSettings): string =>
  device ?? settings.virtualMac?.name ?? settings.interface ?? '';

/** The interface that adverts leave by and arrive on. */
export const carrierOf = ({ interface: name = '', virtualMac }: InstanceSettings): string =>
  (virtualMac && !virtualMac.transmitBase ? virtualMac.name : undefined) ?? name;

export function broken(invariant: string, router: Router, watched: Watched, detail: string): never {
  throw new BrokenInvariant(invariant, router.now, `${router.name} ${watched.settings.name}`, detail);
}
