/**
 * The part of a configuration that the role `lvs` runs on: what goes from the first process to the second. Plain data;
 * nothing is decided here. (DESIGN section 4)
 */
import type { Configuration } from '../../config/model.js';

export interface LvsConfiguration
  extends Pick<
    Configuration,
    'globals' | 'trackFiles' | 'virtualServerGroups' | 'virtualServers' | 'ssl' | 'hash'
  > {
  /** Of each VRRP instance: the sync daemon's id is that of the instance it follows. */
  readonly virtualRouterIds: Readonly<Record<string, number>>;
}

export function lvsPartOf(configuration: Configuration): LvsConfiguration {
  const { globals, trackFiles, virtualServerGroups, virtualServers, ssl, hash, instances } = configuration;
  return {
    globals,
    trackFiles,
    virtualServerGroups,
    virtualServers,
    ...(ssl ? { ssl } : {}),
    hash,
    virtualRouterIds: Object.fromEntries(
      instances.map(({ name, virtualRouterId }) => [name, virtualRouterId]),
    ),
  };
}
