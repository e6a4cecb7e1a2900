/**
 * Where an instance stands: the link of its interface, the socket that it shares with others there, the address that
 * its adverts come from, and what of all that holds it. Read anew whenever something of it may have changed; what
 * follows is decided by the instance and its group. Runtime reference sections 7 and 8.
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { AddressSettings, InstanceSettings } from '../../config/model.js';
import type { ChannelId } from '../effects.js';
import type { House } from '../house.js';
import type { Failure } from '../inputs.js';
import { type ChannelMember, channelId } from '../net/channels.js';
import type { LinkFacts } from '../net/facts.js';
import type { LinkWish } from '../net/virtual-links.js';
import type { Tracking } from '../track/registry.js';
import { advertRoom } from './advert-room.js';
import { findHolds, NO_HOLDS, type VirtualStanding } from './holds.js';
import { receiveBufferWish } from './receive-buffer.js';
import {
  linkLocalOf,
  NO_VIRTUAL_INTERFACES,
  type VirtualInterfaces,
  virtualInterfaceOfLine,
  virtualInterfacesOf,
} from './virtual-interfaces.js';

/** What is read of the instance. */
export interface Stands extends ChannelMember {
  readonly label: string;
  readonly settings: InstanceSettings;
  readonly trackings: readonly Tracking[];
}

export class Standing {
  /** What holds the instance by itself, without its group. */
  own = NO_HOLDS;
  /** Where adverts come from; undefined: there is no address for that. */
  sourceAddress: IpAddress | undefined;
  channel: ChannelId | undefined;
  /** Of its interface, bytes. */
  mtu: number | undefined;
  #channelFailure: Failure | undefined;
  /** Its socket is open: said once, however often it is asked for again with other members. */
  #listens = false;
  #lastSource: IpAddress | undefined;
  /** What it asked of the receive buffer, bytes. */
  #receiveBuffer: number | undefined;
  #virtual: VirtualInterfaces = NO_VIRTUAL_INTERFACES;

  constructor(
    readonly instance: Stands,
    readonly house: House,
  ) {}

  /** The source address; after it was lost, what it was: for a goodbye. */
  get senderAddress(): IpAddress | undefined {
    return this.sourceAddress ?? this.#lastSource;
  }

  /** Takes on the settings: which interfaces are made for it. */
  configure(): void {
    const { settings } = this.instance;
    this.#virtual = virtualInterfacesOf(settings);
    const { own, others } = this.#virtual;
    this.house.virtualLinks.want(settings.name, [...(own ? [own] : []), ...others.values()]);
  }

  /** Its own interface, where its addresses stand. */
  get device(): string | undefined {
    const { settings } = this.instance;
    const { own } = this.#virtual;
    // An ipvlan only carries adverts.
    const key = settings.virtualMac ? own?.key : undefined;
    return (key === undefined ? undefined : this.house.virtualLinks.nameOf(key)) ?? settings.interface;
  }
  /** Where the address of a line stands. */
  deviceOf(line: AddressSettings): string | undefined {
    const { settings } = this.instance;
    const key = virtualInterfaceOfLine(settings, line);
    if (key !== undefined) return this.house.virtualLinks.nameOf(key);
    return line.device ?? settings.interface;
  }
  /** The interface that adverts leave by and arrive on; undefined: it is not there, or anyone will do. */
  get carrier(): LinkFacts | undefined {
    const { own, carriesAdverts } = this.#virtual;
    const name = this.instance.settings.interface;
    if (!own || !carriesAdverts)
      return name === undefined ? undefined : this.house.inventory.linkByName(name);
    const standing = this.house.virtualLinks.standing(own.key);
    return standing.state === 'present' ? standing.link : undefined;
  }

  get foreignSource(): boolean {
    return this.#virtual.carriesAdverts && this.instance.settings.virtualMac !== undefined;
  }

  measure(): void {
    const { inventory, channels, links, sharedVirtualMacs, virtualRouterIds } = this.house;
    const { settings, trackings } = this.instance;
    const { interface: name, sourceAddress: configured, vrf } = settings;
    const link = name === undefined ? undefined : inventory.linkByName(name);
    this.mtu = link?.mtu;
    // Without an interface its socket is bound to the VRF device, or to nothing.
    const index =
      name !== undefined ? this.carrier?.index : vrf === undefined ? 0 : inventory.linkByName(vrf)?.index;
    const channel = index === undefined ? undefined : channelId(index, this.instance);
    if (channel !== this.channel) {
      this.#leaveChannel();
      this.#channelFailure = undefined;
      this.#listens = false;
      this.channel = index === undefined ? undefined : channels.join(this.instance, index);
    }
    this.sourceAddress = configured ?? settings.ipvlan?.address?.address ?? (link && this.#sourceOn(link));
    this.#measureBuffer();
    this.#noteSource();
    this.own = findHolds({
      settings,
      inventory,
      links,
      virtual: this.#virtualStandings(),
      duplicate: virtualRouterIds.claim(this.instance, link?.index)?.name,
      sharedMac: sharedVirtualMacs.conflictOf(settings.name),
      trackings,
      sourceAddress: this.sourceAddress,
      channelFailure: this.#channelFailure,
    });
  }

  /** Also by a virtual MAC adverts come from the address of the interface underneath. */
  #sourceOn(link: LinkFacts): IpAddress | undefined {
    const { family, virtualMac } = this.instance.settings;
    const moves = (address: IpAddress): boolean => this.house.isVirtual(address);
    const address = this.house.inventory.primaryAddress(link.index, family, moves);
    // The link-local address of IPv6 need not be there for that, and may still be checked for duplicates.
    if (address !== undefined || family === 'ipv4' || !virtualMac || !this.#virtual.carriesAdverts)
      return address;
    return link.mac && linkLocalOf(link.mac);
  }

  #virtualStandings(): VirtualStanding[] {
    const { own, others } = this.#virtual;
    const { virtualLinks, links } = this.house;
    const of = (wish: LinkWish, tracked: boolean): VirtualStanding => {
      const standing = virtualLinks.standing(wish.key);
      const isUp = standing.state !== 'present' || links.isUp(standing.link.name);
      return { wish, name: virtualLinks.nameOf(wish.key) ?? wish.key, standing, tracked, isUp };
    };
    const tracksOwn = !this.instance.settings.dontTrackPrimary;
    const found = own ? [of(own, tracksOwn)] : [];
    for (const wish of others.values()) found.push(of(wish, this.#virtual.tracked.has(wish.key)));
    return found;
  }

  /** Whether that is news. */
  channelFailed(failure: Failure): void {
    this.#channelFailure = failure;
    this.#listens = false;
  }
  /** Whether it was closed before, and whether it had been refused. */
  channelOpened(): { readonly listens: boolean; readonly mended: boolean } {
    const [listens, mended] = [!this.#listens, this.#channelFailure !== undefined];
    this.#listens = true;
    this.#channelFailure = undefined;
    return { listens, mended };
  }

  /** It stands nowhere any more. */
  leave(): void {
    this.#leaveChannel();
    this.channel = undefined;
    this.house.virtualRouterIds.claim(this.instance, undefined);
  }

  #measureBuffer(): void {
    const { settings } = this.instance;
    const wish = receiveBufferWish(settings, advertRoom(settings, this.mtu), this.mtu);
    if (wish === this.#receiveBuffer) return;
    this.#receiveBuffer = wish;
    this.house.channels.sizeBuffer(this.instance, this.channel, wish);
  }

  #leaveChannel(): void {
    if (this.channel !== undefined) this.house.channels.leave(this.instance, this.channel);
  }

  #noteSource(): void {
    const { sourceAddress: now, instance } = this;
    if (now === undefined || now === this.#lastSource) return;
    if (this.#lastSource !== undefined) {
      const text = `adverts come from ${now} from now on, ${this.#lastSource} is gone`;
      this.house.outbox.log('notice', `${instance.label} ${text}`);
    }
    this.#lastSource = now;
  }
}
