/**
 * The part of a configuration that the role `lvs` runs on: what goes from the first process to the second. Plain data;
 * nothing is decided here. (DESIGN section 4)
 */
import type { Configuration } from '../../config/model.js';
import type { VirtualServerSettings } from '../../config/model-lvs.js';

export interface LvsConfiguration
  extends Pick<Configuration, 'globals' | 'virtualServerGroups' | 'virtualServers' | 'ssl' | 'hash'> {
  /** Those that checkers live on. */
  readonly trackFiles: Configuration['trackFiles'];
  /** Of each VRRP instance: the sync daemon's id is that of the instance it follows. */
  readonly virtualRouterIds: Readonly<Record<string, number>>;
}

export function lvsPartOf(configuration: Configuration): LvsConfiguration {
  const { globals, virtualServerGroups, virtualServers, ssl, hash, instances } = configuration;
  return {
    globals,
    trackFiles: usedFiles(configuration),
    virtualServerGroups,
    virtualServers,
    ...(ssl ? { ssl } : {}),
    hash,
    virtualRouterIds: Object.fromEntries(
      instances.map(({ name, virtualRouterId }) => [name, virtualRouterId]),
    ),
  };
}

function usedFiles({ trackFiles, virtualServers }: Configuration): LvsConfiguration['trackFiles'] {
  if (trackFiles.length === 0) return trackFiles;
  const used = new Set(virtualServers.flatMap(filesOf));
  return trackFiles.filter(({ name }) => used.has(name));
}

/** Of thousands a reload leaves most as they are: each is gone through once. */
const known = new WeakMap<VirtualServerSettings, readonly string[]>();

function filesOf(service: VirtualServerSettings): readonly string[] {
  const before = known.get(service);
  if (before) return before;
  const files = service.realServers.flatMap(({ checkers }) =>
    checkers.flatMap((checker) => (checker.kind === 'FILE_CHECK' ? [checker.trackFile] : [])),
  );
  known.set(service, files);
  return files;
}
