/**
 * Asks a network driver whether a link is there: by the registers of its MII, by ethtool, or by the interface's flags
 * (netdevice(7), linux/mii.h, linux/ethtool.h). Each question may wait for the kernel's network lock, so it is not
 * asked on the packet loop. Which answer counts is decided in core/net/link-states.
 */
import type { LinkbeatMethod } from '../../core/effects.js';
import * as k from './constants.js';
import { closeFd, openSocket } from './fd.js';
import { allocateArena, ioctl, putPointer } from './libc.js';

const SIOCGIFFLAGS = 0x8913;
const SIOCETHTOOL = 0x8946;
const SIOCGMIIPHY = 0x8947;
const SIOCGMIIREG = 0x8948;
const ETHTOOL_GLINK = 0x0a;
/** Basic mode status register, and its bit for the link. */
const MII_BMSR = 1;
const BMSR_LSTATUS = 0x0004;
/** What a bus without a PHY reads as. */
const NO_PHY = 0xffff;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;

/** struct ifreq: a name, then a union. */
const NAME_SIZE = 16;
const REQUEST_SIZE = 40;
/** struct ethtool_value, behind the request. */
const VALUE_AT = REQUEST_SIZE;

export interface LinkAnswer {
  readonly up: boolean;
  readonly method: LinkbeatMethod;
}

const METHODS: readonly LinkbeatMethod[] = ['MII', 'ETHTOOL', 'IOCTL'];

export class LinkStatus {
  readonly #fd: number;
  readonly #arena = allocateArena(REQUEST_SIZE + 8);

  /** Of the network namespace that the caller is in. */
  constructor() {
    this.#fd = openSocket(k.AF_INET, k.SOCK_DGRAM, 0);
  }

  /** By `method` where it works, else by the first that does; undefined: there is no such interface. */
  ask(name: string, method: LinkbeatMethod | undefined): LinkAnswer | undefined {
    const flags = this.#flags(name);
    if (flags === undefined) return undefined;
    const running = (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0;
    for (const one of new Set(method === undefined ? METHODS : [method, ...METHODS])) {
      const found = one === 'MII' ? this.#mii(name) : one === 'ETHTOOL' ? this.#ethtool(name) : true;
      if (found !== undefined) return { up: found && running, method: one };
    }
    return { up: running, method: 'IOCTL' };
  }

  close(): void {
    if (this.#fd >= 0) closeFd(this.#fd);
  }

  #request(name: string): DataView {
    const { bytes, view } = this.#arena;
    bytes.fill(0);
    for (let i = 0; i < Math.min(name.length, NAME_SIZE - 1); i++) bytes[i] = name.charCodeAt(i);
    return view;
  }

  #flags(name: string): number | undefined {
    const view = this.#request(name);
    return ioctl(this.#fd, SIOCGIFFLAGS, this.#arena.address) < 0
      ? undefined
      : view.getUint16(NAME_SIZE, true);
  }

  #mii(name: string): boolean | undefined {
    const view = this.#request(name);
    const { address } = this.#arena;
    if (ioctl(this.#fd, SIOCGMIIPHY, address) < 0) return undefined;
    const read = (): number | undefined => {
      view.setUint16(NAME_SIZE + 2, MII_BMSR, true);
      return ioctl(this.#fd, SIOCGMIIREG, address) < 0 ? undefined : view.getUint16(NAME_SIZE + 6, true);
    };
    // The bit remembers a loss until it is read: what is now is in the second answer.
    const latched = read();
    const now = latched === undefined ? undefined : read();
    return now === undefined || now === NO_PHY ? undefined : (now & BMSR_LSTATUS) !== 0;
  }

  #ethtool(name: string): boolean | undefined {
    const view = this.#request(name);
    const { address } = this.#arena;
    view.setUint32(VALUE_AT, ETHTOOL_GLINK, true);
    putPointer(this.#arena, NAME_SIZE, address + VALUE_AT);
    return ioctl(this.#fd, SIOCETHTOOL, address) < 0 ? undefined : view.getUint32(VALUE_AT + 4, true) !== 0;
  }
}
