/**
 * The same parts as in parts.ts, for a program that runs from the bundle: each is one script, with V8's code caches
 * beside it. Which cache is for which process is decided here: each runs other functions of the script (docs/adr/0022).
 */
import type { runCommand } from '../cli/main.js';
import { runScript } from './cached-script.js';
import type { main } from './main.js';
import { ROLE_VARIABLE } from './role.js';

export async function loadDaemon(supervises: boolean): Promise<{ main: typeof main }> {
  const worker = process.env[ROLE_VARIABLE] === 'lvs' ? 'balancer' : 'worker';
  return runScript('daemon', supervises ? 'supervisor' : worker) as { main: typeof main };
}

export async function loadCommands([command]: readonly string[]): Promise<{
  runCommand: typeof runCommand;
}> {
  return runScript('commands', command === 'check' ? 'check' : 'commands') as {
    runCommand: typeof runCommand;
  };
}
