/** The texts of --help and --version, and how to find our own version. Our words, Keepalived's layout of options. */
import { readFileSync } from 'node:fs';
import { OPTIONS } from './options.js';

/** The release of Keepalived whose configuration, files and messages are followed. */
export const COMPATIBLE_WITH = '2.4.3';

/** From the nearest package.json of ours above this file: builds live at different depths. */
export function holdfastVersion(): string {
  let directory = new URL('.', import.meta.url);
  for (;;) {
    try {
      const found: unknown = JSON.parse(readFileSync(new URL('package.json', directory), 'utf8'));
      if (typeof found === 'object' && found !== null && 'name' in found && found.name === 'holdfast')
        return 'version' in found ? String(found.version) : 'unknown';
    } catch {
      // Not here: look one directory higher.
    }
    const above = new URL('..', directory);
    if (above.href === directory.href) return 'unknown';
    directory = above;
  }
}

/**
 * Installed under the name keepalived the first line is what scripts and exporters match, `Keepalived vX.Y.Z`;
 * the next one says who really answers.
 */
export function versionText(programName: string): string {
  const ours = `Holdfast v${holdfastVersion()}, compatible with Keepalived ${COMPATIBLE_WITH}`;
  const runtime = `Node.js ${process.version} on ${process.platform} ${process.arch}`;
  return programName === 'keepalived'
    ? `Keepalived v${COMPATIBLE_WITH}\n\n${ours}\n${runtime}\n`
    : `${ours}\n${runtime}\n`;
}

export function helpText(programName: string): string {
  const lines = [
    `Usage: ${programName} [OPTION...]            run the daemon`,
    `       ${programName} COMMAND [OPTION...]    check, show-config, explain; status, watch, reload, drain; completion`,
    `                                       (each: "${programName} COMMAND --help")`,
    '',
    'Without -f the configuration is /etc/holdfast/holdfast.conf, else /etc/keepalived/keepalived.conf.',
    'Options marked * are accepted and have no effect yet.',
    '',
  ];
  for (const option of OPTIONS) {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    const argument = option.argument
      ? option.argument.optional
        ? `[=${option.argument.name}]`
        : `=${option.argument.name}`
      : '';
    const left = `  ${short}--${option.long}${argument}`;
    const right = `${option.help}${option.without === undefined ? '' : ' *'}`;
    if (left.length < 32) lines.push(`${left.padEnd(32)}${right}`);
    else lines.push(left, `${' '.repeat(32)}${right}`);
  }
  return `${lines.join('\n')}\n`;
}
