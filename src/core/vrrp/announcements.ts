/**
 * When a master announces its addresses: a burst as soon as the kernel has an address, a second one after a delay, a
 * refresh from time to time, and one frame for each foreign interface now and then (runtime reference section 6.5).
 * Where the hardware address of an interface changes its addresses are announced again.
 * Only addresses that the kernel acknowledged are announced. How a frame looks and how fast frames leave is decided in
 * core/net/announcer, what a rival causes in rival-announcements.
 */
import type { IpAddress } from '../../base/ip-address.js';
import { after, type Duration, type Instant, ZERO } from '../../base/time.js';
import type { InstanceSettings } from '../../config/model.js';
import { type Deadline, type DeadlineKind, nextPeriod, OwnedDeadline } from '../deadlines.js';
import type { House } from '../house.js';
import type { AddressSlot } from '../net/addresses.js';
import type { LinkFacts } from '../net/facts.js';
import { RivalAnnouncements, type RivalNews } from './rival-announcements.js';

/** What is read of the instance. */
export interface Announces {
  readonly label: string;
  readonly settings: InstanceSettings;
  /** VIPs, then eVIPs. */
  readonly holdings: { readonly addresses: readonly AddressSlot[] };
  /** The interface that adverts leave by. */
  readonly carrier: LinkFacts | undefined;
}

export class Announcements {
  static readonly #SECOND: DeadlineKind<Announcements> = {
    what: 'second announcement',
    periodic: false,
    fire: (owner) => owner.#burst(owner.#garp.masterRepeat),
  };
  static readonly #REFRESH: DeadlineKind<Announcements> = {
    what: 'announcement refresh',
    periodic: true,
    fire: (owner, due) => {
      owner.#burst(owner.#garp.masterRefreshRepeat);
      owner.#again(owner.#refresh, due, owner.#garp.masterRefresh);
    },
  };
  static readonly #EXTRA: DeadlineKind<Announcements> = {
    what: 'announcements on other interfaces',
    periodic: true,
    fire: (owner, due) => {
      owner.house.announcer.announce(owner.#foreign(), 1);
      owner.#again(owner.#extra, due, owner.#extraInterval);
    },
  };

  readonly #second = new OwnedDeadline(Announcements.#SECOND, this);
  readonly #refresh = new OwnedDeadline(Announcements.#REFRESH, this);
  readonly #extra = new OwnedDeadline(Announcements.#EXTRA, this);
  /** Made for the first one: most never hear of another master. */
  #rival: RivalAnnouncements | undefined;
  #begun = false;

  constructor(
    readonly instance: Announces,
    readonly house: House,
  ) {}

  get #garp(): InstanceSettings['garp'] {
    return this.instance.settings.garp;
  }
  get #extraInterval(): Duration {
    return this.instance.settings.garpExtraInterface?.interval ?? ZERO;
  }

  /** The schedule of a new master; its first burst follows the kernel's answers. */
  begin(): void {
    const { deadlines, outbox } = this.house;
    const { masterDelay } = this.#garp;
    this.#begun = true;
    if (masterDelay > 0) deadlines.arm(this.#second, after(outbox.now, masterDelay));
    this.#schedule(masterDelay);
  }

  /** These addresses are in the kernel now. */
  present(slots: readonly AddressSlot[]): void {
    this.house.announcer.announce(slots, this.#garp.masterRepeat);
  }

  /** Where a unicast instance can be reached again. */
  source(address: IpAddress | undefined): void {
    const link = this.house.inventory.linkByName(this.instance.settings.interface ?? '');
    if (address === undefined || !link) return;
    this.house.announcer.announce([{ state: 'present', wanted: { interfaceIndex: link.index, address } }], 1);
  }

  /** We are master and stay it beside this one. */
  beside(news: RivalNews): void {
    this.#rival ??= new RivalAnnouncements(this.instance, this.house);
    this.#rival.hear(news);
  }

  /** A reload left a master in its place: it announces when it has new addresses, or refreshes (runtime 5). */
  reloaded(hasNew: boolean): void {
    if (!this.#begun) return;
    const { masterRefresh, masterRepeat } = this.#garp;
    if (hasNew || masterRefresh > 0) this.#burst(masterRepeat);
    this.#schedule(ZERO);
  }

  /** Neighbours know our addresses on this interface by a hardware address that it has no more; of who is no master none. */
  readdressed(name: string): void {
    const link = this.house.inventory.linkByName(name);
    if (!this.#begun || !link?.mac) return;
    const { label, holdings } = this.instance;
    const there = holdings.addresses.filter(
      ({ state, wanted }) => state === 'present' && wanted?.interfaceIndex === link.index,
    );
    if (there.length === 0) return;
    this.house.outbox.log(
      'notice',
      `${label} ${name} has another MAC address, ${link.mac}: announces its addresses there again`,
    );
    this.house.announcer.announce(there, this.#garp.masterRepeat);
  }

  end(): void {
    this.#begun = false;
    for (const deadline of [this.#second, this.#refresh, this.#extra]) this.house.deadlines.disarm(deadline);
    this.#rival?.end();
    this.house.announcer.forget(this.instance.holdings.addresses);
  }

  /** Arms, or disarms, what repeats; the first time `delay` later than usual. */
  #schedule(delay: Duration): void {
    const { deadlines, outbox } = this.house;
    const first = (deadline: Deadline, every: Duration): void => {
      if (every > 0) deadlines.arm(deadline, after(outbox.now, (delay + every) as Duration));
      else deadlines.disarm(deadline);
    };
    first(this.#refresh, this.#garp.masterRefresh);
    first(this.#extra, this.#extraInterval);
  }

  #again(deadline: Deadline, due: Instant, every: Duration): void {
    this.house.deadlines.arm(deadline, nextPeriod(due, every, this.house.outbox.now).at);
  }

  #burst(rounds: number): void {
    this.house.announcer.announce(this.instance.holdings.addresses, rounds);
  }

  /** One address for each interface that carries no adverts; without `all` only where that is a virtual MAC. */
  #foreign(): AddressSlot[] {
    const own = this.instance.carrier?.index;
    const all = this.instance.settings.garpExtraInterface?.all ?? false;
    const found = new Map<number, AddressSlot>();
    for (const slot of this.instance.holdings.addresses) {
      const index = slot.wanted?.interfaceIndex;
      if (index === undefined || index === own || found.has(index) || slot.state !== 'present') continue;
      if (all || this.house.virtualLinks.isOurs(index)) found.set(index, slot);
    }
    return [...found.values()];
  }
}
