/**
 * Which settings count for the process that speaks VRRP and BFD. Keepalived has a process and keywords for each; where
 * both live in one, priorities are the more urgent of the two, and where VRRP's say nothing BFD's count. What the
 * settings do is decided in process-settings.ts. (directives-global section 3.2)
 */
import type { Configuration } from '../config/model.js';
import type { GlobalSettings } from '../config/model-globals.js';

type Settings = Pick<
  GlobalSettings,
  'vrrpProcessName' | 'vrrpPriority' | 'vrrpRealtimePriority' | 'vrrpRealtimeLimit' | 'vrrpCpuAffinity'
>;

/** The settings of a configuration with what its BFD keywords add under the names of VRRP's. */
export function sharedProcess({ globals, instances, bfdInstances }: Configuration): GlobalSettings {
  if (bfdInstances.length === 0) return globals;
  const { bfdProcessName, bfdPriority, bfdRealtimePriority, bfdRealtimeLimit, bfdCpuAffinity } = globals;
  const vrrp: Settings = instances.length === 0 ? {} : globals;
  return {
    ...globals,
    ...kept('vrrpProcessName', globals.vrrpProcessName ?? bfdProcessName),
    ...kept('vrrpPriority', chosen(Math.min, vrrp.vrrpPriority, bfdPriority)),
    ...kept('vrrpRealtimePriority', chosen(Math.max, vrrp.vrrpRealtimePriority, bfdRealtimePriority)),
    ...kept('vrrpRealtimeLimit', chosen(Math.max, vrrp.vrrpRealtimeLimit, bfdRealtimeLimit)),
    ...kept('vrrpCpuAffinity', vrrp.vrrpCpuAffinity ?? bfdCpuAffinity),
  };
}

function chosen<T extends number>(
  better: (...values: number[]) => number,
  one: T | undefined,
  other: T | undefined,
): T | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return better(one, other) as T;
}

const kept = <K extends keyof Settings>(
  key: K,
  value: Settings[K],
): { readonly [P in K]?: NonNullable<Settings[K]> } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: NonNullable<Settings[K]> };
