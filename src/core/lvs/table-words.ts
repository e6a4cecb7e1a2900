/** What is different in a service that was found in the table, in words for the log. It decides nothing. */
import { sameDestination, sameService } from './plan.js';
import type { TableService } from './table.js';

/** `adopting`: missing servers are no surprise then; what is there but wrong is. */
export function foundDifferent(wanted: TableService, there: TableService, adopting: boolean): string[] {
  const found: string[] = [];
  if (!sameService(wanted.service, there.service)) {
    const [is, shall] = [there.service, wanted.service];
    found.push(
      is.scheduler === shall.scheduler
        ? 'its options are others than configured'
        : `its scheduler is ${is.scheduler} instead of ${shall.scheduler}`,
    );
  }
  for (const [key, destination] of wanted.destinations) {
    const known = there.destinations.get(key);
    if (!known) {
      if (!adopting) found.push(`server ${key} is missing`);
    } else if (known.weight !== destination.weight)
      found.push(`server ${key} has weight ${known.weight} instead of ${destination.weight}`);
    else if (!sameDestination(known, destination)) found.push(`server ${key} is set up differently`);
  }
  for (const key of there.destinations.keys())
    if (!wanted.destinations.has(key)) found.push(`server ${key} is not configured, or is down`);
  return found;
}
