/**
 * When a master announces its addresses: a burst as soon as the kernel has an address, a second one after a delay, a
 * refresh from time to time, and one frame for each foreign interface now and then (runtime reference section 6.5).
 * Only addresses that the kernel acknowledged are announced. How a frame looks and how fast frames leave is decided in
 * core/net/announcer, what a rival causes in rival-announcements.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { after, type Duration, ZERO } from '../../base/time.js';
import type { InstanceSettings } from '../../config/model.js';
import { type Deadline, nextPeriod } from '../deadlines.js';
import type { House } from '../house.js';
import type { AddressSlot } from '../net/addresses.js';
import type { LinkFacts } from '../net/facts.js';
import { RivalAnnouncements } from './rival-announcements.js';

export class Announcements {
  readonly rival: RivalAnnouncements;
  readonly #second: Deadline;
  readonly #refresh: Deadline;
  readonly #extra: Deadline;
  #begun = false;

  constructor(
    subject: string,
    readonly house: House,
    readonly settings: () => InstanceSettings,
    /** VIPs, then eVIPs. */
    readonly slots: () => readonly AddressSlot[],
    /** The interface that adverts leave by. */
    readonly carrier: () => LinkFacts | undefined,
  ) {
    this.rival = new RivalAnnouncements(subject, house, () => settings().garp, slots);
    this.#second = {
      what: `${subject} second announcement`,
      periodic: false,
      fire: () => this.#burst(this.settings().garp.masterRepeat),
    };
    this.#refresh = this.#repeating(`${subject} announcement refresh`, {
      every: () => this.settings().garp.masterRefresh,
      send: () => this.#burst(this.settings().garp.masterRefreshRepeat),
    });
    this.#extra = this.#repeating(`${subject} announcements on other interfaces`, {
      every: () => this.settings().garpExtraInterface?.interval ?? ZERO,
      send: () => this.house.announcer.announce(this.#foreign(), 1),
    });
  }

  /** The schedule of a new master; its first burst follows the kernel's answers. */
  begin(): void {
    const { deadlines, outbox } = this.house;
    const { masterDelay } = this.settings().garp;
    this.#begun = true;
    if (masterDelay > 0) deadlines.arm(this.#second, after(outbox.now, masterDelay));
    this.#schedule(masterDelay);
  }

  /** These addresses are in the kernel now. */
  present(slots: readonly AddressSlot[]): void {
    this.house.announcer.announce(slots, this.settings().garp.masterRepeat);
  }

  /** Where a unicast instance can be reached again. */
  source(address: IpAddress | undefined): void {
    const link = this.house.inventory.linkByName(this.settings().interface ?? '');
    if (address === undefined || !link) return;
    this.house.announcer.announce([{ state: 'present', wanted: { interfaceIndex: link.index, address } }], 1);
  }

  /** A reload left a master in its place: it announces when it has new addresses, or refreshes (runtime 5). */
  reloaded(hasNew: boolean): void {
    if (!this.#begun) return;
    const { masterRefresh, masterRepeat } = this.settings().garp;
    if (hasNew || masterRefresh > 0) this.#burst(masterRepeat);
    this.#schedule(ZERO);
  }

  end(): void {
    this.#begun = false;
    for (const deadline of [this.#second, this.#refresh, this.#extra]) this.house.deadlines.disarm(deadline);
    this.rival.end();
    this.house.announcer.forget(this.slots());
  }

  /** Arms, or disarms, what repeats; the first time `delay` later than usual. */
  #schedule(delay: Duration): void {
    const { deadlines, outbox } = this.house;
    const { garp, garpExtraInterface } = this.settings();
    const first = (deadline: Deadline, every: Duration): void => {
      if (every > 0) deadlines.arm(deadline, after(outbox.now, (delay + every) as Duration));
      else deadlines.disarm(deadline);
    };
    first(this.#refresh, garp.masterRefresh);
    first(this.#extra, garpExtraInterface?.interval ?? ZERO);
  }

  #repeating(what: string, work: { every: () => Duration; send: () => void }): Deadline {
    const deadline: Deadline = {
      what,
      periodic: true,
      fire: (due) => {
        work.send();
        this.house.deadlines.arm(deadline, nextPeriod(due, work.every(), this.house.outbox.now).at);
      },
    };
    return deadline;
  }

  #burst(rounds: number): void {
    this.house.announcer.announce(this.slots(), rounds);
  }

  /** One address for each interface that carries no adverts; without `all` only where that is a virtual MAC. */
  #foreign(): AddressSlot[] {
    const own = this.carrier()?.index;
    const all = this.settings().garpExtraInterface?.all ?? false;
    const found = new Map<number, AddressSlot>();
    for (const slot of this.slots()) {
      const index = slot.wanted?.interfaceIndex;
      if (index === undefined || index === own || found.has(index) || slot.state !== 'present') continue;
      if (all || this.house.virtualLinks.isOurs(index)) found.set(index, slot);
    }
    return [...found.values()];
  }
}
