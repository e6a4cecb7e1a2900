/**
 * Interfaces that a router's engine has made: what rtnetlink answers, and what comes to stand in the kernel. Names are
 * unique, a macvlan needs its parent, and goes with it. Which are wanted is the engine's affair.
 */
import type { MacAddress } from '../base/mac-address.js';
import type { LinkOperation, LinkResult, WantedLink } from '../core/net/virtual-link-facts.js';
import type { Kernel } from './kernel.js';

const refusal = (operation: LinkOperation, code: string): LinkResult => ({
  operation,
  error: { code, message: `refused by the simulation: ${code}` },
});

export class LinkMaker {
  /** 0..1: how often making or removing one is refused. */
  refusal = 0;
  readonly #kernel: Kernel;
  readonly #chance: (probability: number) => boolean;

  constructor(kernel: Kernel, chance: (probability: number) => boolean) {
    this.#kernel = kernel;
    this.#chance = chance;
  }

  apply(operations: readonly LinkOperation[]): LinkResult[] {
    return operations.map((operation) => this.#one(operation));
  }

  #one(operation: LinkOperation): LinkResult {
    if (this.refusal > 0 && this.#chance(this.refusal)) return refusal(operation, 'EBUSY');
    const name = 'link' in operation ? operation.link.name : operation.name;
    const there = this.#kernel.linkOf(name);
    switch (operation.operation) {
      case 'create':
        if (there) return refusal(operation, 'EEXIST');
        return this.#create(operation, operation.link);
      case 'delete':
        if (!there) return refusal(operation, 'ENODEV');
        this.#kernel.removeInterface(name);
        return { operation };
      case 'adopt':
        if (!there) return refusal(operation, 'ENODEV');
        this.#kernel.setLink(name, { admin: true });
        return { operation };
      case 'touch':
        return there ? { operation } : refusal(operation, 'ENODEV');
    }
  }

  /** Told of twice, as by the kernel: when it is made, and when it comes up. */
  #create(operation: LinkOperation, { name, parent, identity, alias, group }: WantedLink): LinkResult {
    const segment = this.#kernel.segmentOf(parent);
    if (segment === undefined) return refusal(operation, 'ENODEV');
    const mac = identity.kind === 'macvlan' ? identity.mac : ('02:00:00:00:00:ff' as MacAddress);
    const mode =
      identity.kind === 'macvlan'
        ? { macvlanMode: 'private' }
        : { ipvlanMode: 'l2', ipvlanIsolation: identity.isolation };
    const marks = { alias, ...(group === 0 ? {} : { group }) };
    this.#kernel.addInterface(name, segment, mac, { kind: identity.kind, parent, ...mode, ...marks });
    return { operation };
  }
}
