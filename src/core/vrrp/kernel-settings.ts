/**
 * Which settings of the kernel an instance needs while it is configured (directives-vrrp section 1.2): worked out
 * from its settings alone. How they are held and put back is decided in core/net/sysctls.ts.
 */
import type { InstanceSettings } from '../../config/model.js';
import { interfaceSysctl, type WantedSysctl } from '../net/sysctls.js';

export function kernelSettingsOf(settings: InstanceSettings): WantedSysctl[] {
  const { interface: name, promoteSecondaries, virtualMac, ipvlan } = settings;
  if (name === undefined || !promoteSecondaries || virtualMac || ipvlan) return [];
  return [{ operation: 'set', name: interfaceSysctl('ipv4', name, 'promote_secondaries'), value: 1 }];
}
