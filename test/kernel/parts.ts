/**
 * Where the second kernel comes from: Debian's packages user-mode-linux (a kernel that runs as a process of ours,
 * with vrf, vlan, dummy, bond, ipvlan, netem and IPVS) and busybox-static (what its first process is made of).
 * Installed ones are used; else both are fetched into a cache, once. What cannot be had is a reason, never an error.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ok, type Result, refuse } from '../../src/base/result.js';

export interface KernelParts {
  /** The kernel, an executable. */
  readonly kernel: string;
  /** `.../modules/VERSION` of that kernel. */
  readonly modules: string;
  readonly busybox: string;
}

const PACKAGES = ['user-mode-linux', 'busybox-static'];
const DOWNLOAD_PATIENCE_MS = 5 * 60_000;
const run = promisify(execFile);

export async function findParts(): Promise<Result<KernelParts>> {
  if (process.arch !== 'x64') return refuse('user-mode-linux exists for x86-64 only');
  const installed = partsBelow('/');
  if (installed) return ok(installed);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'holdfast');
  const folder = join(cache, 'kernel');
  if (!existsSync(folder)) {
    const fetched = await fetchInto(cache, folder);
    if (!fetched.ok) return fetched;
  }
  const cached = partsBelow(folder);
  return cached ? ok(cached) : refuse(`${folder} holds no kernel: remove it, and it is fetched again`);
}

function partsBelow(root: string): KernelParts | undefined {
  const kernel = join(root, 'usr/bin/linux.uml');
  const modules = join(root, 'usr/lib/uml/modules');
  const busybox = [join(root, 'bin/busybox'), join(root, 'usr/bin/busybox')].find((path) => existsSync(path));
  if (!busybox || !existsSync(kernel) || !existsSync(modules)) return undefined;
  const version = readdirSync(modules)[0];
  return version === undefined ? undefined : { kernel, modules: join(modules, version), busybox };
}

/** As any user: packages are downloaded and unpacked, not installed. */
async function fetchInto(cache: string, folder: string): Promise<Result<void>> {
  const remedy = `install ${PACKAGES.join(' and ')}`;
  if (!existsSync('/usr/bin/apt-get')) return refuse(`no second kernel: ${remedy}`);
  let work: string | undefined;
  try {
    mkdirSync(cache, { recursive: true });
    work = mkdtempSync(join(cache, 'fetch-'));
    const options = { cwd: work, timeout: DOWNLOAD_PATIENCE_MS };
    await run('apt-get', ['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...PACKAGES], options);
    const unpacked = join(work, 'unpacked');
    for (const file of readdirSync(work)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', file, unpacked], options);
    }
    renameSync(unpacked, folder);
  } catch (error) {
    // Somebody else may have been quicker.
    if (!existsSync(folder)) {
      const said = (error as { stderr?: string }).stderr?.trim().split('\n')[0];
      const why = said ? said : error instanceof Error ? error.message : String(error);
      return refuse(`no second kernel: ${remedy} (fetching them failed: ${why})`);
    }
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
  return ok(undefined);
}
