/**
 * What the lab wants of this machine beyond Node. Where something is missing its tests are skipped by name; in
 * CI, which installs everything, a missing tool is a failure.
 */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { findRights, type Rights, TOOL_PATH } from '../../src/lab/rights.js';
import type { Mix, Story } from './stage.js';

const TOOLS = ['ip', 'nft', 'ping', 'killall', 'pidof', 'tcpdump', 'tshark'];

export interface Machine {
  readonly rights: Rights | undefined;
  /** Why no story at all can be played here. */
  readonly unfit: string | undefined;
  /** Why none with a Keepalived in it can. */
  readonly withoutKeepalived: string | undefined;
}

/** Where the daemons of FRR are, outside of any PATH. */
const VRRPD = '/usr/lib/frr/vrrpd';

/** Why this story cannot be played in this mix; undefined when it can. */
export function obstacle(machine: Machine, story: Story, mix: Mix): string | undefined {
  if (story.partner === 'frr' && !isExecutable(VRRPD)) return 'needs frr to play with';
  if (!Object.values(mix).includes('keepalived')) return machine.unfit;
  return machine.withoutKeepalived;
}

/** A skip that no package would mend, so that it stays one in CI too. */
export function beyondKeepalived(machine: Machine, story: Story, mix: Mix): string | undefined {
  if (story.partner === 'frr' && machine.rights?.kind === 'user') return 'FRR changes its user: needs root';
  const runsScripts = story.scripts === true && Object.values(mix).includes('keepalived');
  return runsScripts && machine.rights?.kind === 'user'
    ? 'Keepalived runs no scripts in a user namespace: needs root'
    : undefined;
}

export async function lookAround(): Promise<Machine> {
  const rights = await findRights();
  const asUser = rights.ok && rights.value.kind === 'user' ? ['dumpcap'] : [];
  const missing = [...TOOLS, ...asUser].filter((tool) => !isInstalled(tool));
  const unfit = rights.ok ? (missing.length > 0 ? `needs ${missing.join(', ')}` : undefined) : rights.error;
  return {
    rights: rights.ok ? rights.value : undefined,
    unfit,
    withoutKeepalived: unfit ?? (isInstalled('keepalived') ? undefined : 'needs keepalived to compare with'),
  };
}

/** Options for node:test: skips for this reason, or in CI lets the test run into what is missing. */
export const skipBecause = (reason: string | undefined): { skip?: string } =>
  reason !== undefined && process.env['CI'] !== 'true' ? { skip: reason } : {};

const isInstalled = (tool: string): boolean =>
  TOOL_PATH.split(':').some((folder) => isExecutable(join(folder, tool)));

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
