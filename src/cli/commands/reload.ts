/**
 * `holdfast reload`: asks the daemon to read its configuration again and shows what it answers; unlike a
 * SIGHUP it waits, and its exit code says whether the configuration was taken.
 */
import type { Health, ReloadReport } from '../../admin/report.js';
import { askFor } from '../client.js';
import type { Output } from '../output.js';
import { socketOf, type WhereaboutsOptions } from '../whereabouts.js';

export type ReloadOptions = WhereaboutsOptions;

/** Returns the exit code: 0 applied, 1 no daemon, 2 refused. */
export async function runReload(options: ReloadOptions, out: Output, err: Output): Promise<number> {
  const socket = socketOf(options);
  const health = await askFor<Health>(socket, 'GET', '/health', ['status', 'pid']);
  // A large configuration takes as long as it takes, with a daemon that lives; 422 has the reasons of a refusal.
  const answer = health.ok
    ? await askFor<ReloadReport>(socket, 'POST', '/reload', ['outcome', 'diagnostics'], {
        fine: 422,
        patienceMs: 0,
      })
    : health;
  if (!answer.ok) {
    err.write(`${answer.error}\n`);
    return 1;
  }
  const report = answer.value;
  if (report.diagnostics !== '') err.write(`${report.diagnostics}\n`);
  switch (report.outcome) {
    case 'applied':
      out.write('The new configuration is in use.\n');
      return 0;
    case 'unchanged':
      out.write('The configuration is the same as before.\n');
      return 0;
    case 'stopping':
      err.write('The daemon is stopping.\n');
      return 1;
    case 'refused':
      err.write('The reload was refused: the configuration before it is still in use.\n');
      return 2;
  }
}
