/**
 * Commands that were written for a shell: a pipe, a redirection, && and the like reach the program as arguments. Advice,
 * since Keepalived starts them in the same way, without a word. (configuration reference section 11)
 */
import type { Report } from '../diagnostics.js';
import type { RootValues } from '../settings/context.js';
import { argumentSpan } from '../tree.js';
import { visitCommands } from './commands.js';

/** A word that is one of these signs, with a file or a descriptor behind it; one that ends with ; or begins with $(. */
const SIGN = /^(\|\|?|&&?|;|[0-9&]?>{1,2}\S*|<\S*|\S+;)$|^\$\(/;

export function checkShellSigns(values: RootValues, report: Report): void {
  visitCommands(values, ({ command: { argv }, statement }) => {
    const [program, ...rest] = argv;
    const sign = rest.find((word) => SIGN.test(word));
    // Behind find's -exec a lone ; is meant as it stands.
    if (sign === undefined || (sign === ';' && rest.includes('-exec'))) return;
    report('shellSign', argumentSpan(statement), `"${sign}" is passed to ${program} as an argument`);
  });
}
