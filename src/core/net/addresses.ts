/**
 * The addresses that instances move: asks the kernel for them, follows its answers, and tells an address that we
 * took away from one that somebody else deleted. When an instance wants its addresses is decided by its state;
 * what to ask for, by plan.ts. Announcements wait for the answers given here.
 */
import { formatPrefix, type IpPrefix, isLinkLocal } from '../../base/ip-address.js';
import { after, type Duration, formatDuration, seconds } from '../../base/time.js';
import type { AddressSettings } from '../../config/model.js';
import type { Deadline, Deadlines } from '../deadlines.js';
import type { Outbox } from '../outbox.js';
import type { AddressStatus } from '../status.js';
import { Deletions } from './deletions.js';
import type { AddressFacts, AddressOperation, AddressResult, WantedAddress } from './facts.js';
import type { Firewall } from './firewall.js';
import type { FirewallEntry } from './firewall-facts.js';
import { type AddressKey, type Inventory, keyOf } from './inventory.js';
import type { Leftovers } from './leftovers.js';
import { asFacts, asWanted, bearsOurMark, planAddresses } from './plan.js';
import { resolveAddress } from './resolve.js';

/** How long an address is left alone that the kernel refused to add or to delete. */
export const ADDRESS_RETRY: Duration = seconds(1);

/** ENODEV: an address goes with its link. */
const ENODEV = 19;
/** EEXIST: the address is there already, which is what was wanted. EADDRNOTAVAIL: it is gone already. */
const EEXIST = 17;
const EADDRNOTAVAIL = 99;

/** One VIP or eVIP of one instance. */
export class AddressSlot {
  /** absent and present as far as the kernel answered; adding and deleting while it has not. */
  state: 'absent' | 'adding' | 'present' | 'deleting' = 'absent';
  /** As it was last asked for. */
  wanted: WantedAddress | undefined;
  /** The request that decides `state`; answers to older ones no longer matter. */
  request = 0;
  /** It was deleted by somebody before the kernel's answer to our adding it reached us. */
  deletedMeanwhile = false;
  /** Somebody deleted it, and it is `no_track`: it stays away as long as its interface is there. */
  leftAlone = false;

  constructor(
    readonly owner: SlotOwner,
    readonly settings: AddressSettings,
    /** False for an eVIP. */
    readonly advertised: boolean,
  ) {}

  get text(): string {
    return formatPrefix({ address: this.settings.address, length: this.settings.prefixLength });
  }
  get device(): string | undefined {
    return this.owner.deviceOf(this.settings);
  }
}

export interface SlotOwner {
  readonly name: string;
  /** Its own interface. */
  readonly device: string | undefined;
  /** The interface that an address line means. */
  deviceOf(line: AddressSettings): string | undefined;
  /** `no_accept`: traffic to its addresses is stopped while it has them. */
  readonly noAccept: boolean;
  /** `dont_track_primary`: its interface may go and come again. */
  readonly dontTrackPrimary: boolean;
  /** IFA_PROTO of its addresses; undefined: HOLDFAST_PROTOCOL. */
  readonly addressProtocol: number | undefined;
  /** The kernel has these addresses now. */
  addressesPresent(slots: readonly AddressSlot[]): void;
  /** Somebody else deleted one. */
  addressLost(slot: AddressSlot): void;
  /** The time has come to ask again for what the kernel refused. */
  claimWaiting(): void;
}

export class Addresses {
  /** Several may want one address: it goes with the last of them. */
  readonly #claimed = new Map<AddressKey, Set<AddressSlot>>();
  readonly #requests = new Map<number, AddressOperation[]>();
  readonly #slotsOfRequest = new Map<number, Map<AddressKey, Set<AddressSlot>>>();
  /** The newest unanswered request about an address: answers to older ones say nothing of the present. */
  readonly #newest = new Map<AddressKey, number>();
  readonly #deletions = new Deletions();
  /** What the kernel refused to delete, and whose additions it refused: asked again after a while. */
  readonly #undeleted = new Map<AddressKey, AddressOperation>();
  readonly #unadded = new Set<SlotOwner>();
  /** Refusals that were said, by operation and address: asking again is quiet until the answer is another one. */
  readonly #said = new Map<string, number>();
  readonly #retry: Deadline;

  constructor(
    readonly inventory: Inventory,
    readonly outbox: Outbox,
    readonly deadlines: Deadlines,
    readonly firewall: Firewall,
  ) {
    this.#retry = { what: 'ask again for addresses', periodic: false, fire: () => this.#askAgain() };
  }

  /** Requests that the kernel has not answered, and deletions that are to be asked for again. */
  get unanswered(): number {
    return this.#requests.size + this.#undeleted.size;
  }

  /** At the start; what an earlier life left behind is `gone` from now on. */
  cleanLeftovers({ gone, alone }: Leftovers): void {
    for (const facts of gone) this.#ask({ operation: 'delete', address: asWanted(facts) });
    // What was asked to go does not count as there: a claim in this very turn must ask for it again.
    for (const facts of gone) {
      this.inventory.addressGone(facts);
      const text = formatPrefix({ address: facts.address, length: facts.prefixLength });
      this.outbox.log('notice', `found ${text} left over from an earlier life: removed`);
    }
    for (const facts of alone) this.#leftAlone(facts);
  }

  #leftAlone({ address, prefixLength: length, interfaceIndex }: AddressFacts): void {
    const device = this.inventory.link(interfaceIndex)?.name ?? `interface ${interfaceIndex}`;
    this.outbox.log(
      'warning',
      `found ${formatPrefix({ address, length })} on ${device}: a virtual address, but not as it is configured; it is left alone, and answered whatever our state`,
    );
  }

  /** Asks for these addresses. Those that stand there already are reported present at once. */
  claim(slots: readonly AddressSlot[]): void {
    const byKey = new Map<AddressKey, AddressSlot>();
    const wanted: WantedAddress[] = [];
    for (const slot of slots) {
      const wish = this.#wish(slot);
      this.#forget(slot, wish);
      slot.wanted = wish;
      slot.leftAlone = false;
      if (!wish) {
        slot.state = 'absent';
        this.outbox.log(
          'warning',
          `(${slot.owner.name}) ${slot.text} waits for interface ${slot.device ?? '(none named)'}`,
        );
        continue;
      }
      byKey.set(keyOf(wish), slot);
      wanted.push(wish);
      this.#hold(keyOf(wish), slot);
      this.#guard(slot, wish);
    }
    const operations = planAddresses(wanted, this.#expected(byKey), () => true);
    const asked = new Set<AddressKey>();
    for (const operation of operations) {
      const key = keyOf(operation.address);
      const request = this.#ask(operation, byKey.get(key));
      const slot = byKey.get(key);
      if (!slot || operation.operation === 'delete') continue;
      asked.add(key);
      slot.state = 'adding';
      slot.deletedMeanwhile = false;
      slot.request = request;
    }
    const there: AddressSlot[] = [];
    for (const [key, slot] of byKey) {
      if (asked.has(key) || slot.state === 'adding') continue;
      if (slot.state !== 'present') this.#foundThere(key, slot);
      slot.state = 'present';
      there.push(slot);
    }
    if (there.length > 0) there[0]?.owner.addressesPresent(there);
  }

  /** A reload puts these in the place of those: an address that is among both stays where it is. */
  exchange(removed: readonly AddressSlot[], added: readonly AddressSlot[]): void {
    for (const slot of added) {
      slot.wanted = this.#wish(slot);
      if (slot.wanted) this.#hold(keyOf(slot.wanted), slot);
    }
    this.release(removed);
    this.claim(added.filter(({ state }) => state === 'absent'));
  }

  /** Where it was wanted, it is no more, unless it still is: its interface may be another one now, or none. */
  #forget(slot: AddressSlot, wish: WantedAddress | undefined): void {
    const key = slot.wanted && keyOf(slot.wanted);
    if (key === undefined || key === (wish && keyOf(wish)) || !this.#letGo(key, slot)) return;
    this.#guardFor(key);
  }

  #hold(key: AddressKey, slot: AddressSlot): void {
    const holders = this.#claimed.get(key) ?? new Set();
    // The latest to claim it is the last.
    holders.delete(slot);
    this.#claimed.set(key, holders.add(slot));
  }
  /** Whether it was among those who want it. */
  #letGo(key: AddressKey, slot: AddressSlot): boolean {
    const holders = this.#claimed.get(key);
    if (!holders?.delete(slot)) return false;
    if (holders.size === 0) this.#claimed.delete(key);
    return true;
  }
  #lastHolder(key: AddressKey): AddressSlot | undefined {
    return [...(this.#claimed.get(key) ?? [])].at(-1);
  }
  /** The rules are those of who claimed it last. */
  #guardFor(key: AddressKey): void {
    const last = this.#lastHolder(key);
    if (last?.wanted) this.#guard(last, last.wanted);
    else this.firewall.want(key, undefined);
  }

  #wish({ settings, owner, device }: AddressSlot): WantedAddress | undefined {
    const wish = resolveAddress(settings, device, this.inventory);
    return wish && owner.addressProtocol !== undefined ? { ...wish, protocol: owner.addressProtocol } : wish;
  }

  /** Takes these addresses away, whatever of them may be there or on its way. */
  release(slots: readonly AddressSlot[]): void {
    const byKey = new Map<AddressKey, AddressSlot>();
    const heirs = new Set<AddressSlot>();
    for (const slot of slots) {
      const key = slot.wanted && keyOf(slot.wanted);
      if (key === undefined || !this.#letGo(key, slot)) continue;
      const heir = this.#lastHolder(key);
      if (heir) {
        slot.state = 'absent';
        this.#guardFor(key);
        // What it had lost, or was refused, may stand there for us.
        if (heir.state === 'absent') heirs.add(heir);
        continue;
      }
      if (slot.wanted) this.#said.delete(saying({ operation: 'add', address: slot.wanted }));
      if (slot.state === 'adding' || slot.state === 'present') {
        byKey.set(key, slot);
        this.#undeleted.delete(key);
      } else {
        this.firewall.want(key, undefined);
        // The kernel took neither the addition nor the deletion before it: it may still be there.
        if (this.#undeleted.has(key)) this.#retryLater();
      }
    }
    const gone = new Set(byKey.keys());
    for (const operation of planAddresses([], this.#expected(byKey), () => true)) {
      const key = keyOf(operation.address);
      const slot = byKey.get(key);
      gone.delete(key);
      const request = this.#ask(operation, slot);
      if (!slot) continue;
      slot.state = 'deleting';
      slot.request = request;
    }
    for (const key of gone) {
      const slot = byKey.get(key);
      if (slot) slot.state = 'absent';
      this.firewall.want(key, undefined);
    }
    for (const heir of heirs) this.claim([heir]);
  }

  /**
   * Whether it has to be asked for when its interface comes. What goes with its link was taken by nobody: that counts for
   * a `no_track` one, too, and of an addition that is unanswered the answer says nothing any more.
   */
  isMissing(slot: AddressSlot): boolean {
    if (slot.wanted && !this.inventory.link(slot.wanted.interfaceIndex)) {
      slot.state = 'absent';
      slot.request = 0;
      slot.leftAlone = false;
    }
    return slot.state === 'absent' && !slot.leftAlone;
  }

  /** no_accept may have come or gone by a reload. */
  guardAgain(slots: readonly AddressSlot[]): void {
    for (const slot of slots)
      if (slot.wanted && this.#claimed.get(keyOf(slot.wanted))?.has(slot)) this.#guard(slot, slot.wanted);
  }

  /** Traffic is stopped from before the address comes until after it has gone. */
  #guard(slot: AddressSlot, wish: WantedAddress): void {
    this.firewall.want(keyOf(wish), slot.owner.noAccept ? this.#entryOf(slot, wish) : undefined);
  }

  #entryOf({ owner, device }: AddressSlot, { address, interfaceIndex }: WantedAddress): FirewallEntry {
    if (!isLinkLocal(address)) return { kind: 'address', address };
    const interfaceName = this.inventory.link(interfaceIndex)?.name ?? '';
    const byName = !this.firewall.byIndex && owner.dontTrackPrimary && device === owner.device;
    return { kind: 'link-local', address, interfaceIndex, interfaceName, byName };
  }

  applied(request: number, results: readonly AddressResult[]): void {
    const slots = this.#slotsOfRequest.get(request);
    this.#requests.delete(request);
    this.#slotsOfRequest.delete(request);
    const present = new Map<SlotOwner, AddressSlot[]>();
    const lost: AddressSlot[] = [];
    for (const { operation, errno } of results) {
      const key = keyOf(operation.address);
      const waiting = [...(slots?.get(key) ?? [])];
      const current = waiting.filter((slot) => slot.request === request);
      if (errno === undefined || harmless(operation, errno)) this.#said.delete(saying(operation));
      if (errno === undefined) {
        // What was added and then deleted by somebody, who was heard of first, is not there.
        const deleted = operation.operation === 'add' && current.some((slot) => slot.deletedMeanwhile);
        if (this.#newest.get(key) === request && !deleted) this.#remember(operation);
      } else if (operation.operation === 'delete') this.#deletions.echoed(key);
      // What was given up meanwhile (its interface vanished) nobody asks for again: then a refusal is no news.
      const unwanted = operation.operation === 'add' && waiting.length > 0 && current.length === 0;
      if (errno !== undefined && !unwanted && !harmless(operation, errno))
        this.#refused(operation, errno, current);
      else if (operation.operation === 'delete' && !this.#claimed.has(key))
        this.firewall.want(key, undefined);
      for (const slot of current) {
        if (operation.operation === 'delete') {
          if (slot.state === 'deleting') slot.state = 'absent';
          continue;
        }
        // Of one request: who gave up an address that another one takes.
        if (slot.state !== 'adding') continue;
        const there = (errno === undefined || errno === EEXIST) && !slot.deletedMeanwhile;
        slot.state = there ? 'present' : 'absent';
        if (there) this.#undeleted.delete(key);
        if (slot.deletedMeanwhile) lost.push(slot);
        else if (there) {
          if (errno === EEXIST) this.#foundThere(key, slot);
          const known = present.get(slot.owner);
          if (known) known.push(slot);
          else present.set(slot.owner, [slot]);
        }
        slot.deletedMeanwhile = false;
      }
    }
    for (const { operation } of results) {
      const key = keyOf(operation.address);
      if (this.#newest.get(key) === request) this.#newest.delete(key);
    }
    for (const [owner, slots] of present) owner.addressesPresent(slots);
    for (const slot of lost) slot.owner.addressLost(slot);
  }

  /**
   * An address went away: our own doing is forgotten, a loss is told to whose it was. What the kernel took along with one
   * that we deleted is asked for again; whether it was that is returned.
   */
  gone(facts: AddressFacts): boolean {
    const key = keyOf(facts);
    // Of what we asked for ourselves the answer tells, for many addresses at once.
    if (this.#deletions.echoed(key)) return false;
    const holders = [...(this.#claimed.get(key) ?? [])];
    if (holders.length === 0) this.firewall.want(key, undefined);
    if (holders.length > 0 && this.#deletions.tookAlong(facts)) {
      for (const slot of holders) slot.state = 'absent';
      for (const slot of holders) this.claim([slot]);
      return true;
    }
    // IPv6 addresses go with a link that goes down, after it: nobody has deleted them, and they come again with it.
    const withLink = facts.family === 'ipv6' && this.inventory.link(facts.interfaceIndex)?.up === false;
    const lost: AddressSlot[] = [];
    for (const slot of holders) {
      if (slot.state === 'adding' && !slot.settings.noTrack) slot.deletedMeanwhile = true;
      if (slot.state !== 'present') continue;
      slot.state = 'absent';
      if (!slot.settings.noTrack) lost.push(slot);
      else slot.leftAlone = !withLink;
    }
    for (const slot of lost) slot.owner.addressLost(slot);
    return false;
  }

  /** What there is of one in the kernel, for people who ask. */
  statusOf(slot: AddressSlot): AddressStatus {
    const { wanted, state, text } = slot;
    const device = (wanted && this.inventory.link(wanted.interfaceIndex)?.name) ?? slot.device;
    return {
      address: text,
      ...(device === undefined ? {} : { interface: device }),
      present: state === 'present',
      ...(wanted !== undefined && this.firewall.guards(keyOf(wanted)) ? { guarded: true } : {}),
    };
  }

  /** After an overrun echoes were lost with everything else: only unanswered deletions may still have one. */
  resynced(): void {
    this.#deletions.forget();
    for (const operations of this.#requests.values()) {
      for (const operation of operations) {
        if (operation.operation === 'delete') this.#deletions.expect(operation.address);
      }
    }
  }

  /** What is or will be there for these keys once the kernel has done what it was asked for. */
  *#expected(byKey: ReadonlyMap<AddressKey, AddressSlot>): Iterable<AddressFacts> {
    for (const [key, slot] of byKey) {
      const known = this.inventory.address(key);
      // A deletion that was refused once is asked for again: what is still there goes when it is answered.
      const going = slot.state === 'absent' && this.#deletions.has(key);
      if (slot.state === 'deleting' || going) continue;
      if (known) yield known;
      else if ((slot.state === 'adding' || slot.state === 'present') && slot.wanted)
        yield asFacts(slot.wanted);
    }
  }

  #ask(operation: AddressOperation, slot?: AddressSlot): number {
    const key = keyOf(operation.address);
    if (operation.operation === 'delete') this.#deletions.expect(operation.address);
    const request = this.outbox.address(operation);
    let operations = this.#requests.get(request);
    let slots = this.#slotsOfRequest.get(request);
    if (!operations || !slots) {
      operations = [];
      slots = new Map();
      this.#requests.set(request, operations);
      this.#slotsOfRequest.set(request, slots);
    }
    operations.push(operation);
    this.#newest.set(key, request);
    if (slot) slots.set(key, (slots.get(key) ?? new Set()).add(slot));
    return request;
  }

  /** Unless it was ourselves, somebody set it: it counts as ours, and goes when we leave it. */
  #foundThere(key: AddressKey, { owner, text, device, wanted }: AddressSlot): void {
    const known = this.inventory.address(key);
    if (known && bearsOurMark(known)) return;
    const where = `on ${device ?? 'its interface'} already`;
    const other = known || !wanted ? undefined : this.#inAnotherForm(wanted);
    this.outbox.log(
      other ? 'warning' : 'notice',
      other
        ? `(${owner.name}) ${text} cannot be added: ${formatPrefix(other)} is ${where}, and stays when we leave: remove it`
        : `(${owner.name}) ${text} is ${where}: it counts as ours from now on`,
    );
  }
  /** An interface has an IPv6 address once, with whatever prefix: our request to take it away names another one. */
  #inAnotherForm({ interfaceIndex, address }: WantedAddress): IpPrefix | undefined {
    for (const facts of this.inventory.addressesOf(interfaceIndex))
      if (facts.address === address) return { address, length: facts.prefixLength };
    return undefined;
  }

  /** The echo may come later than the answer: what was done is known from now on. */
  #remember({ operation, address }: AddressOperation): void {
    if (!this.inventory.link(address.interfaceIndex)) return;
    const facts = this.inventory.address(keyOf(address)) ?? asFacts(address);
    if (operation === 'add') this.inventory.addressPresent(facts);
    else this.inventory.addressGone(facts);
  }

  #refused(operation: AddressOperation, errno: number, slots: readonly AddressSlot[]): void {
    const { address } = operation;
    const [slot] = slots;
    const text = formatPrefix({ address: address.address, length: address.prefixLength });
    const who = slot ? `(${slot.owner.name}) ` : '';
    if (this.#said.get(saying(operation)) !== errno) {
      this.#said.set(saying(operation), errno);
      const why = MEANINGS.get(errno);
      const because = why === undefined ? `errno ${errno}` : `errno ${errno}, ${why}`;
      const again = `asking again every ${formatDuration(ADDRESS_RETRY)}, and saying no more while it stays so`;
      this.outbox.log(
        'error',
        `${who}the kernel refused to ${operation.operation} ${text}: ${because}; ${again}`,
      );
    }
    if (operation.operation === 'delete') this.#undeleted.set(keyOf(address), operation);
    else for (const { owner } of slots) this.#unadded.add(owner);
    this.#retryLater();
  }
  #retryLater(): void {
    if (this.deadlines.at(this.#retry) === undefined)
      this.deadlines.arm(this.#retry, after(this.outbox.now, ADDRESS_RETRY));
  }

  #askAgain(): void {
    for (const [key, operation] of this.#undeleted) {
      // Wanted again by now; whether it is there tells the answer to that.
      if (this.#claimed.has(key)) continue;
      this.#undeleted.delete(key);
      this.#ask(operation);
    }
    const owners = [...this.#unadded];
    this.#unadded.clear();
    for (const owner of owners) owner.claimWaiting();
  }
}

/** What a refusal means here (asm-generic/errno-base.h), for who reads the log. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [1, 'not permitted: CAP_NET_ADMIN is needed'],
  [13, 'permission denied: is IPv6 disabled on the interface?'],
  [22, 'invalid: the kernel does not take such an address'],
  [ENODEV, 'there is no such interface'],
]);

const saying = ({ operation, address }: AddressOperation): string => `${operation} ${keyOf(address)}`;

/** The kernel says no because it is so already. */
const harmless = ({ operation }: AddressOperation, errno: number): boolean =>
  operation === 'add' ? errno === EEXIST : errno === EADDRNOTAVAIL || errno === ENODEV;
