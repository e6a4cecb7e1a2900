/**
 * `holdfast reload`: asks the daemon to read its configuration again and shows what it answers; unlike a
 * SIGHUP it waits, and its exit code says whether the configuration was taken.
 */
import type { ReloadReport } from '../../admin/report.js';
import { ask, refusalText } from '../client.js';
import type { Output } from '../output.js';
import { socketOf, type WhereaboutsOptions } from '../whereabouts.js';

export type ReloadOptions = WhereaboutsOptions;

/** Returns the exit code: 0 applied, 1 no daemon, 2 refused. */
export async function runReload(options: ReloadOptions, out: Output, err: Output): Promise<number> {
  const answer = await ask(socketOf(options), 'POST', '/reload', 0);
  if (!answer.ok) {
    err.write(`${answer.error}\n`);
    return 1;
  }
  const { status, body } = answer.value;
  if (status !== 200 && status !== 422) {
    err.write(`The daemon refused: ${refusalText(body)}\n`);
    return 1;
  }
  const report = body as ReloadReport;
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
