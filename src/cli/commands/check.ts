/**
 * `holdfast check FILE...`: reads configurations as the daemon would, shows what is wrong with them, and answers
 * with the exit codes of `-t`. A single file is also held against this machine; several are taken for the
 * routers of one cluster, which are other machines, and held against each other. (configuration reference section 9)
 */
import { hostname } from 'node:os';
import type { Environment } from '../../config/cross-check.js';
import { type Diagnostic, type ExitStatus, type Verdict, worstExit } from '../../config/diagnostics.js';
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

function writeText(file: string, { diagnostics, verdict }: Loaded, brief: boolean, out: Output): void {
  const paint: Paint = (style, text) => styled(out, STYLES[style], text);
  for (const diagnostic of diagnostics) {
    out.write(brief ? `${renderLine(diagnostic)}\n` : `${renderDiagnostic(diagnostic, paint)}\n\n`);
  }
  if (brief) return;
  const counts = (['fatal', 'error', 'warning', 'note'] as const)
    .filter((severity) => verdict.counts[severity] > 0)
    .map((severity) => `${verdict.counts[severity]} ${severity}${verdict.counts[severity] === 1 ? '' : 's'}`);
  const style: Style = verdict.runnable ? (verdict.exit === 0 ? 'green' : 'yellow') : 'red';
  const found = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  out.write(`${styled(out, style, `${file}: ${summary(verdict)}`)}${found}\n`);
}

const SUMMARIES: Readonly<Record<ExitStatus, string>> = {
  0: 'fine',
  5: 'runs, with remarks',
  6: 'runs, with remarks on scripts or includes',
  4: 'not as it should be for this machine',
  2: 'cannot run: a value is missing',
};

function summary({ exit, runnable }: Verdict): string {
  return runnable ? SUMMARIES[exit] : exit === 2 ? SUMMARIES[2] : 'cannot run';
}
