/**
 * Where an instance stands: the link of its interface, the socket that it shares with others there, the address that
 * its adverts come from, and what of all that holds it. Read anew whenever something of it may have changed; what
 * follows is decided by the instance and its group. Runtime reference sections 7 and 8.
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { InstanceSettings } from '../../config/model.js';
import type { ChannelId } from '../effects.js';
import type { House } from '../house.js';
import type { Failure } from '../inputs.js';
import { type ChannelMember, channelId } from '../net/channels.js';
import type { Tracking } from '../track/registry.js';
import { findHolds, type Holds } from './holds.js';

/** What is read of the instance. */
export interface Stands extends ChannelMember {
  readonly label: string;
  readonly settings: InstanceSettings;
  readonly trackings: readonly Tracking[];
}

export class Standing {
  /** What holds the instance by itself, without its group. */
  own: Holds = { faults: [], pending: [] };
  /** Where adverts come from; undefined: there is no address for that. */
  sourceAddress: IpAddress | undefined;
  channel: ChannelId | undefined;
  /** Of its interface, bytes. */
  mtu: number | undefined;
  #channelFailure: Failure | undefined;
  #lastSource: IpAddress | undefined;

  constructor(
    readonly instance: Stands,
    readonly house: House,
  ) {}

  /** The source address; after it was lost, what it was: for a goodbye. */
  get senderAddress(): IpAddress | undefined {
    return this.sourceAddress ?? this.#lastSource;
  }

  measure(): void {
    const { inventory, channels, links, virtualRouterIds } = this.house;
    const { settings, trackings } = this.instance;
    const { interface: name, sourceAddress: configured, family, vrf } = settings;
    const link = name === undefined ? undefined : inventory.linkByName(name);
    this.mtu = link?.mtu;
    // Without an interface its socket is bound to the VRF device, or to nothing.
    const index = name !== undefined ? link?.index : vrf === undefined ? 0 : inventory.linkByName(vrf)?.index;
    const channel = index === undefined ? undefined : channelId(index, this.instance);
    if (channel !== this.channel) {
      this.#leaveChannel();
      this.#channelFailure = undefined;
      this.channel = index === undefined ? undefined : channels.join(this.instance, index);
    }
    this.sourceAddress =
      configured ??
      (link && inventory.primaryAddress(link.index, family, (address) => this.house.isVirtual(address)));
    this.#noteSource();
    this.own = findHolds({
      settings,
      inventory,
      links,
      duplicate: virtualRouterIds.claim(this.instance, link?.index)?.name,
      trackings,
      sourceAddress: this.sourceAddress,
      channelFailure: this.#channelFailure,
    });
  }

  /** Whether that is news. */
  channelFailed(failure: Failure | undefined): boolean {
    const news = failure !== undefined || this.#channelFailure !== undefined;
    this.#channelFailure = failure;
    return news;
  }

  /** It stands nowhere any more. */
  leave(): void {
    this.#leaveChannel();
    this.channel = undefined;
    this.house.virtualRouterIds.claim(this.instance, undefined);
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
