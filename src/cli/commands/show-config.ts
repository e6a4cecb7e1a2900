/**
 * `holdfast show-config FILE`: the configuration as it takes effect, and where each value comes from: a line, a
 * line of global_defs or of a block around it, a default. Passwords are masked. What is wrong with the file is
 * `holdfast check`'s to say; here only what could not be read is told.
 */
import { hostname } from 'node:os';
import { printable } from '../../base/printable.js';
import { effectiveSettings, type Setting } from '../../config/effective.js';
import { buildText } from '../../config/load.js';
import { printConfiguration } from '../../config/print.js';
import { renderLine } from '../../config/render.js';
import { type ConfigReader, decodeBytes } from '../../config/source.js';
import { configFiles } from '../../host/config-files.js';
import { type Output, styled } from '../output.js';

export interface ShowConfigOptions {
  /** One JSON document instead of text. */
  readonly json?: boolean;
  /** False: no values that nobody set. */
  readonly defaults?: boolean;
  /** False: no comments that say where values come from; what is printed then is a plain configuration. */
  readonly origins?: boolean;
  /** What `@id` lines are compared with. */
  readonly configId?: string;
  /** Every include is checked. */
  readonly allConfig?: boolean;
}

/** What the command needs of the world; tests bring their own. */
export interface ShowConfigWorld {
  readonly reader: ConfigReader;
  readonly hostName: string;
  readonly variable: (name: string) => string | undefined;
}

const THIS_MACHINE: ShowConfigWorld = {
  reader: configFiles,
  hostName: hostname(),
  variable: (name) => process.env[name],
};

/** The JSON document. `settings` nest as blocks do. */
interface Document {
  readonly path: string;
  readonly files: readonly string[];
  readonly settings: readonly Setting[];
}

/** Findings about files, structure and values; what values mean together is not asked here. */
const OF_THE_TEXT = /^HF0[0-2]/;

/** Returns 0, or what `-t` would answer where no text could be read. */
export function runShowConfig(
  file: string,
  options: ShowConfigOptions,
  out: Output,
  err: Output,
  world: ShowConfigWorld = THIS_MACHINE,
): number {
  const bound = buildText(
    {
      path: Buffer.from(file).toString('latin1'),
      configId: options.configId ?? world.hostName.split('.', 1)[0] ?? '',
      allIncludes: options.allConfig ?? false,
      environmentVariable: world.variable,
    },
    world.reader,
  );
  const defaults = options.defaults ?? true;
  const findings = bound.diagnostics
    .finish()
    .filter(({ severity, code }) => severity !== 'note' && OF_THE_TEXT.test(code));
  for (const finding of findings) err.write(`${renderLine(finding)}\n`);
  if (bound.sources.all.length === 0) return bound.diagnostics.verdict().exit;
  if (options.json) {
    const document: Document = {
      path: Buffer.from(file).toString('latin1'),
      files: bound.sources.all.map(({ path }) => path),
      settings: effectiveSettings(bound, defaults),
    };
    out.write(`${decodeBytes(JSON.stringify(document, null, 2))}\n`);
    return 0;
  }
  const text = printConfiguration(bound, { origins: options.origins ?? true, defaults });
  for (const line of text.trimEnd().split('\n')) out.write(`${dimmed(out, printable(decodeBytes(line)))}\n`);
  return 0;
}

/** The comment behind a line steps back on a terminal. */
function dimmed(out: Output, line: string): string {
  const at = line.lastIndexOf('  # ');
  return at < 0 ? line : `${line.slice(0, at)}${styled(out, 'dim', line.slice(at))}`;
}
