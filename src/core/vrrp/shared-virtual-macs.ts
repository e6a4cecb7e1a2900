/**
 * Two instances whose addresses stand on one virtual MAC: they must be MASTER on one machine, or two machines send
 * from one MAC address, and switches send to one of them only. So they are members of one sync group, or the second in
 * the configuration is in FAULT. As with Keepalived that is looked at for instances of one virtual router id and family.
 */
import type { Configuration, InstanceSettings } from '../../config/model.js';
import type { LinkWish } from '../net/virtual-links.js';
import { virtualInterfacesOf } from './virtual-interfaces.js';

export interface SharedVirtualMac {
  /** The instance that was there first. */
  readonly owner: string;
  /** The interface that the virtual MAC stands on. */
  readonly base: string;
}

export class SharedVirtualMacs {
  #conflicts: ReadonlyMap<string, SharedVirtualMac> = new Map();

  configure({ instances, syncGroups }: Pick<Configuration, 'instances' | 'syncGroups'>): void {
    const groups = new Map(
      syncGroups.flatMap(({ name, members }) => members.map((member) => [member, name] as const)),
    );
    const claims = new Map<string, string[]>();
    const conflicts = new Map<string, SharedVirtualMac>();
    for (const settings of instances) {
      const { name } = settings;
      const group = groups.get(name);
      const together = (other: string): boolean => group !== undefined && groups.get(other) === group;
      for (const { key, base, family } of virtualMacsOf(settings)) {
        const claim = `${key} ${settings.virtualRouterId} ${family}`;
        const earlier = claims.get(claim) ?? [];
        const owner = earlier.find((other) => !together(other));
        if (owner !== undefined && !conflicts.has(name)) conflicts.set(name, { owner, base });
        claims.set(claim, [...earlier, name]);
      }
    }
    this.#conflicts = conflicts;
  }

  conflictOf(name: string): SharedVirtualMac | undefined {
    return this.#conflicts.get(name);
  }
}

function virtualMacsOf(settings: InstanceSettings): LinkWish[] {
  const { own, others } = virtualInterfacesOf(settings);
  return [...(own ? [own] : []), ...others.values()].filter(({ identity }) => identity.kind === 'macvlan');
}
