/**
 * Tests that want a kernel with more in it than this machine's may have: written as cases, played one after the
 * other inside of a guest that is booted once for the whole suite, reported here as tests of node:test. Where no
 * such kernel can be had they are skipped, each by its name and with the reason.
 */
import assert from 'node:assert/strict';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipBecause } from '../lab/needs.js';
import { projectRoot } from '../wire/fixtures.js';
import { Guest } from './guest.js';
import { findParts } from './parts.js';

export interface KernelCase {
  readonly name: string;
  /**
   * Runs inside of the guest, as root, in its initial namespaces; what it makes there it need not remove. What it
   * resolves with, as JSON has it, is for who asked.
   */
  readonly run: () => Promise<unknown>;
  /** Why it cannot be played on this machine: then it is skipped, or, in CI, runs into what is missing. */
  readonly obstacle?: string | undefined;
  /** How long it may take at most, where that is more than usual. */
  readonly timeout?: number | undefined;
}

/** What the guest's program answers to the number of a case. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly message: string; readonly stack: string };
}

const CASE_TIMEOUT_MS = 8 * 60_000;
const INSIDE = fileURLToPath(new URL('./inside.js', import.meta.url));
/** Logs and captures of stories that fail in there stay where they do out here, if this user may write there. */
const ARTIFACTS = join(projectRoot, 'artifacts');

/** `module` exports these `cases`: they are imported here for their names, and in there for the work. */
export async function kernelSuite(title: string, module: URL, cases: readonly KernelCase[]): Promise<void> {
  const parts = await findParts();
  const skipping = skipBecause(parts.ok ? undefined : parts.error);
  describe(title, skipping, () => {
    let guest: Guest | undefined;
    before(() => {
      assert.ok(parts.ok, parts.ok ? '' : parts.error);
      guest = new Guest(parts.value, {
        command: [process.execPath, '--enable-source-maps', INSIDE, fileURLToPath(module)],
        directory: projectRoot,
        environment: inherited(),
        shared: canBeMade(ARTIFACTS) ? [ARTIFACTS] : [],
      });
    });
    after(() => guest?.close());
    for (const [number, { name, obstacle, timeout = CASE_TIMEOUT_MS }] of cases.entries()) {
      test(name, { ...skipping, ...skipBecause(obstacle), timeout }, async () => {
        assert.ok(guest);
        const { error } = JSON.parse(await guest.ask(String(number))) as Outcome;
        if (error) throw Object.assign(new Error(error.message), { stack: error.stack });
      });
    }
  });
}

function inherited(): Record<string, string> {
  const kept: Record<string, string> = { HOME: '/root' };
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && (['PATH', 'CI', 'NO_COLOR'].includes(name) || name.startsWith('FUZZ_')))
      kept[name] = value;
  }
  return kept;
}

function canBeMade(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
