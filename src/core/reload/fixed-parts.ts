/**
 * What a reload cannot change, because the running daemon stands on it: its namespaces and its name, the firewall's
 * tables, the place of its working copy (runtime reference section 5). A reload that would is refused as a whole.
 */
import type { GlobalSettings } from '../../config/model-globals.js';

/** Keywords by the settings that they make. */
const FIXED = {
  netNamespace: 'net_namespace',
  netNamespaceIpvs: 'net_namespace_ipvs',
  instanceName: 'instance',
  nftables: 'nftables',
  nftablesIpvs: 'nftables_ipvs',
  tmpConfigDirectory: 'tmp_config_directory',
  disableLocalIgmp: 'disable_local_igmp',
} as const satisfies Partial<Record<keyof GlobalSettings, string>>;

/** One sentence for each part that differs; none: the reload may go on. */
export function changedFixedParts(before: GlobalSettings, after: GlobalSettings): string[] {
  return (Object.keys(FIXED) as (keyof typeof FIXED)[])
    .filter((key) => before[key] !== after[key])
    .map((key) => {
      const show = (value: string | boolean | undefined): string =>
        value === undefined || value === false ? 'not set' : value === true ? 'set' : `"${value}"`;
      return `${FIXED[key]} cannot change without a restart (${show(before[key])} -> ${show(after[key])})`;
    });
}
