/**
 * The same parts as in parts.ts, for a program that runs from the bundle: each is one script, with V8's code caches
 * beside it. Which is for which process is decided here: each kind of process has a script of its own, and what it does
 * not need it does not read (tools/bundle.mjs, docs/adr/0022).
 */
import type { runCommand } from '../cli/main.js';
import { runScript } from './cached-script.js';
import type { main } from './main.js';
import { ROLE_VARIABLE } from './role.js';

export async function loadDaemon(supervises: boolean): Promise<{ main: typeof main }> {
  const other = process.env[ROLE_VARIABLE] === 'lvs' ? 'balancer' : 'worker';
  const name = supervises ? 'supervisor' : other;
  return runScript(name, name) as { main: typeof main };
}

export async function loadCommands([command]: readonly string[]): Promise<{
  runCommand: typeof runCommand;
}> {
  return runScript('commands', command === 'check' ? 'check' : 'commands') as {
    runCommand: typeof runCommand;
  };
}
