/**
 * `holdfast reload`: asks the daemon to read its configuration again and shows what it answers; unlike a
 * SIGHUP it waits, and its exit code says whether the configuration was taken.
 */
import type { Health, ReloadReport } from '../../admin/report.js';
import type { Result } from '../../base/result.js';
import { ask, recognise, refusalText } from '../client.js';
import type { Output } from '../output.js';
import { socketOf, type WhereaboutsOptions } from '../whereabouts.js';

export type ReloadOptions = WhereaboutsOptions;

/** Returns the exit code: 0 applied, 1 no daemon, 2 refused. */
export async function runReload(options: ReloadOptions, out: Output, err: Output): Promise<number> {
  const socket = socketOf(options);
  const health = await healthOf(socket);
  // A large configuration takes as long as it takes, with a daemon that lives.
  const answer = health.ok ? await ask(socket, 'POST', '/reload', 0) : health;
  if (!answer.ok) {
    err.write(`${answer.error}\n`);
    return 1;
  }
  const { status, body } = answer.value;
  if (status !== 200 && status !== 422) {
    err.write(`The daemon refused: ${refusalText(body)}\n`);
    return 1;
  }
  const recognised = recognise<ReloadReport>(socket, body, ['outcome', 'diagnostics']);
  if (!recognised.ok) {
    err.write(`${recognised.error}\n`);
    return 1;
  }
  const report = recognised.value;
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

async function healthOf(socket: string): Promise<Result<Health>> {
  const answer = await ask(socket, 'GET', '/health');
  return answer.ok ? recognise<Health>(socket, answer.value.body, ['status', 'pid']) : answer;
}
