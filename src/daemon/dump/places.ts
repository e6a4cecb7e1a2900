/**
 * Where dumps go: `state_dump_file`, `stats_dump_file`, `json_dump_file`, `data_use_instance`, TMPDIR. A path that
 * ends with `/` is a directory, an absolute one names directory and file, another one the file in the directory for
 * temporary files. Runtime reference section 4. What is written there is decided by whoever writes.
 */
import type { GlobalSettings } from '../../config/model.js';

export interface DumpPlaces {
  /** keepalived.data */
  readonly state: string;
  readonly stats: string;
  readonly json: string;
  /** keepalived_check.data */
  readonly check: string;
}

const USUAL_DIRECTORY = '/tmp';

/** `temporary` is the value of TMPDIR; `namespace` the network namespace that the daemon runs in. */
export function dumpPlaces(
  globals: GlobalSettings,
  temporary: string | undefined,
  namespace = globals.netNamespace,
): DumpPlaces {
  const directory = temporary?.startsWith('/') ? temporary : USUAL_DIRECTORY;
  const owner = globals.dataUseInstance
    ? [namespace, globals.instanceName].filter((name) => name !== undefined).join('_')
    : '';
  return {
    state: place(globals.stateDumpFile, 'keepalived.data', directory, owner),
    stats: place(globals.statsDumpFile, 'keepalived.stats', directory, ''),
    json: place(globals.jsonDumpFile, 'keepalived.json', directory, ''),
    check: beforeExtension(place(globals.stateDumpFile, 'keepalived.data', directory, owner), '_check'),
  };
}

function place(configured: string | undefined, usual: string, directory: string, owner: string): string {
  const path = configured ?? '';
  const slash = path.lastIndexOf('/');
  const where = path.startsWith('/') ? path.slice(0, slash) : directory;
  const name = path === '' || path.endsWith('/') ? usual : path.slice(slash + 1);
  return `${where}/${owner === '' ? name : beforeExtension(name, `.${owner}`)}`;
}

/** `keepalived.data` becomes `keepalived.NS_NAME.data`. */
function beforeExtension(name: string, what: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? `${name}${what}` : `${name.slice(0, dot)}${what}${name.slice(dot)}`;
}
