/**
 * `holdfast check FILE...`: reads configurations as the daemon would, shows what is wrong with them, and answers
 * with the exit codes of `-t`. A single file is also held against this machine; several are taken for the
 * routers of one cluster, which are other machines, and held against each other. (configuration reference section 9)
 */
import { hostname } from 'node:os';
import { CODES } from '../../config/codes.js';
import type { Environment } from '../../config/cross-check.js';
import { type Diagnostic, type Verdict, worstExit } from '../../config/diagnostics.js';
import { type Loaded, loadCluster, loadConfiguration } from '../../config/load.js';
import { type Paint, renderDiagnostic, renderLine } from '../../config/render.js';
import type { ConfigReader } from '../../config/source.js';
import { configFiles } from '../../host/config-files.js';
import { machineFacts } from '../../host/machine-facts.js';
import { type Output, type Style, styled } from '../output.js';

export interface CheckOptions {
  /** One JSON document instead of text. */
  readonly json?: boolean;
  /** One line per finding, as compilers write it. */
  readonly brief?: boolean;
  /** False: nothing is compared with this machine. */
  readonly machine?: boolean;
  /** What `@id` lines are compared with. */
  readonly configId?: string;
  /** Every include is checked. */
  readonly allConfig?: boolean;
}

/** What the command needs of the world; tests bring their own. */
export interface CheckWorld {
  readonly reader: ConfigReader;
  readonly hostName: string;
  readonly machine: () => Environment;
  readonly variable: (name: string) => string | undefined;
}

const THIS_MACHINE: CheckWorld = {
  reader: configFiles,
  hostName: hostname(),
  machine: machineFacts,
  variable: (name) => process.env[name],
};

/** Returns the worst exit status of the files: 0, 5, 6, 4 or 2; 1 where none is named. */
export async function runCheck(
  files: readonly string[],
  options: CheckOptions,
  out: Output,
  err: Output,
  world: CheckWorld = THIS_MACHINE,
): Promise<number> {
  if (files.length === 0) {
    err.write('holdfast check: name at least one configuration file\n');
    return 1;
  }
  const configId = options.configId ?? world.hostName.split('.', 1)[0] ?? '';
  const requests = files.map((file) => ({
    path: Buffer.from(file).toString('latin1'),
    configId,
    allIncludes: options.allConfig ?? false,
    environmentVariable: world.variable,
  }));
  const [only, ...others] = requests;
  const loaded =
    only && others.length === 0
      ? [loadConfiguration(only, world.reader, options.machine === false ? {} : world.machine())]
      : loadCluster(requests, world.reader);
  const results = loaded.map((one, i) => ({ file: files[i] ?? '', loaded: one }));
  const exit = worstExit(results.map(({ loaded }) => loaded.verdict.exit));
  if (options.json) out.write(`${JSON.stringify({ exit, files: results.map(toJson) }, null, 2)}\n`);
  else for (const { file, loaded } of results) writeText(file, loaded, options.brief ?? false, out);
  return exit;
}

interface FileReport {
  readonly path: string;
  readonly files: readonly string[];
  readonly verdict: Verdict;
  readonly diagnostics: readonly Diagnostic[];
}

const toJson = ({ file, loaded }: { file: string; loaded: Loaded }): FileReport => ({
  path: file,
  files: loaded.files,
  verdict: loaded.verdict,
  diagnostics: loaded.diagnostics,
});

const STYLES: Readonly<Record<Parameters<Paint>[0], Style>> = {
  fatal: 'red',
  error: 'red',
  warning: 'yellow',
  note: 'green',
  bold: 'bold',
  dim: 'dim',
};

function writeText(file: string, loaded: Loaded, brief: boolean, out: Output): void {
  const { diagnostics, verdict } = loaded;
  const paint: Paint = (style, text) => styled(out, STYLES[style], text);
  for (const diagnostic of diagnostics) {
    out.write(brief ? `${renderLine(diagnostic)}\n` : `${renderDiagnostic(diagnostic, paint)}\n\n`);
  }
  if (brief) return;
  const counts = (['fatal', 'error', 'warning', 'note'] as const)
    .filter((severity) => verdict.counts[severity] > 0)
    .map((severity) => `${verdict.counts[severity]} ${severity}${verdict.counts[severity] === 1 ? '' : 's'}`);
  const { fatal, error, warning } = verdict.counts;
  const style: Style = fatal + error > 0 ? 'red' : warning > 0 || verdict.exit > 0 ? 'yellow' : 'green';
  const found = counts.length === 0 ? '' : `${counts.join(', ')}: `;
  out.write(`${styled(out, style, `${file}: ${found}${summary(loaded)}`)}\n`);
}

/** What the daemon does with the file. */
function summary({ configuration, diagnostics, verdict }: Loaded): string {
  if (!verdict.runnable) return verdict.exit === 2 ? 'a value is missing, it cannot run' : 'it cannot run';
  // Of this machine alone: the daemon waits for an interface, whenever it reads the file.
  const awaited = diagnostics.filter(({ severity, exit }) => severity === 'error' && exit === 4).length;
  if (verdict.counts.error > awaited)
    return 'the daemon starts without what is wrong, and refuses the file at a reload';
  if (awaited > 0) return 'it runs, and waits for what this machine does not have';
  if (configuration?.misspellings)
    return 'it runs without the words that are not known, and refuses a reload that brings them';
  if (diagnostics.some(({ code }) => code === CODES.emptyConfiguration.id))
    return 'it runs and does nothing, and refuses a reload that would empty what runs';
  if (verdict.exit === 6) return 'it runs, with remarks on who could change a script or read a key';
  return verdict.exit > 0 || verdict.counts.warning > 0 ? 'it runs, with remarks' : 'fine';
}
