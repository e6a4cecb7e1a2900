/**
 * The start of the process that does the work: namespace, configuration, locks and PID files, host; then the
 * daemon lives, and at the end everything is given back. It decides the order of these steps and what a person
 * is told when one of them fails (DESIGN sections 4 and 5, runtime reference sections 1 and 5).
 */
import { runDirectory } from '../admin/socket-path.js';
import { ok, type Result, refuse } from '../base/result.js';
import { seconds } from '../base/time.js';
import type { Configuration } from '../config/model.js';
import { renderDiagnostic } from '../config/render.js';
import { commandFacts } from '../host/command-facts.js';
import { forwarding } from '../host/forwarding.js';
import { createHost } from '../host/host.js';
import { enterNetworkNamespace } from '../host/linux/namespace.js';
import { effectiveCapabilities } from '../host/linux/proc.js';
import { nameFiles } from '../host/name-files.js';
import type { DaemonOptions } from './args.js';
import { asAsked } from './as-asked.js';
import { BfdPidFile } from './bfd-pid-file.js';
import {
  type ConfigurationRequest,
  configurationRequest,
  diagnosticLevel,
  diagnosticLine,
  hasNone,
  mainFileSize,
  NO_CONFIGURATION,
  readConfiguration,
  startExitCode,
} from './configuration.js';
import { Daemon } from './daemon.js';
import { EXIT_FATAL, EXIT_OK, EXIT_PERMISSION } from './exit-codes.js';
import { expectsMessages, expectsScripts } from './expected-scripts.js';
import type { Journal } from './journal.js';
import { longestRun, runLifeScript } from './life-scripts.js';
import type { ParentLink, ParentSettings } from './link.js';
import { BalancerProcess } from './lvs/balancer-process.js';
import { divide } from './lvs/handover.js';
import { defaultPidFile, PidFile, type PidFileRefusal } from './pidfile.js';
import { ProcessSettings } from './process-settings.js';
import { RunDirectory } from './run-directory.js';
import type { ServiceManager } from './service-manager.js';
import { sharedProcess } from './shared-process.js';
import type { SignalInbox } from './signals.js';
import { unoptimised } from './unoptimised.js';

export interface RunContext {
  /** What we were called by. */
  readonly programName: string;
  readonly options: DaemonOptions;
  readonly inbox: SignalInbox;
  readonly link: ParentLink | undefined;
  readonly journal: Journal;
  readonly serviceManager: ServiceManager;
  /** Tells the person at the console why there will be no daemon; used where no parent tells it. */
  complain(text: string): void;
}

/** Why a start ends before it began; `code` is the exit code. */
interface StartRefusal {
  readonly code: number;
  /** One line, for the log as well. */
  readonly text: string;
  /** More for the person at the console; the log has had it already. */
  readonly details?: string;
}

/** Runs to the end; resolves with the exit code. */
export async function run(context: RunContext): Promise<number> {
  const started = await start(context);
  if (started.ok) return started.value;
  const { code, text, details } = started.error;
  const told = details === undefined ? text : `${details}\n${text}`;
  if (code !== EXIT_OK) context.journal.main('error', text);
  else context.journal.main('info', text);
  if (context.link) await context.link.report({ kind: 'refused', code, text: told });
  else context.complain(told);
  return code;
}

/** From so many on it is worth some ten milliseconds of a start to collect what reading them left behind: 8 KiB of each. */
const MANY_INSTANCES = 250;

async function start(context: RunContext): Promise<Result<number, StartRefusal>> {
  const { options, journal, link } = context;
  for (const text of options.withoutEffect) journal.main('warning', text);
  let cameFrom: number | undefined;
  if (options.namespace !== undefined) {
    const entered = enter(options.namespace);
    if (!entered.ok) return entered;
    cameFrom = entered.value;
  }
  const request = configurationRequest(options);
  const read = once(request, () => {
    const loaded = readForStart(request, context);
    return loaded.ok ? ok(divide(loaded.value)) : loaded;
  });
  if (!read.ok) return read;
  const { configuration, handover } = read.value;
  if (configuration.instances.length >= MANY_INSTANCES) {
    const { collectGarbage } = await import('./collect-garbage.js');
    collectGarbage();
  }
  const { globals } = configuration;
  const namespace = options.namespace ?? globals.netNamespace;
  if (options.namespace === undefined && namespace !== undefined) {
    const entered = enter(namespace);
    if (!entered.ok) return entered;
    cameFrom = entered.value;
  }
  journal.rename(namespace, globals.instanceName);
  if ((configuration.instances.length > 0 || handover.services.length > 0) && lacksNetworkRights())
    return refuse({
      code: EXIT_PERMISSION,
      text: 'Not permitted: VRRP and load balancing need CAP_NET_ADMIN and CAP_NET_RAW; run as root, or give them by AmbientCapabilities= in the unit',
    });
  const taken = await takePlaces(context, namespace, configuration);
  if (!taken.ok) return taken;
  const { runFiles, pidFiles, bfdPidFile } = taken.value;
  const settings = processSettings(context);
  try {
    if (link?.role !== 'successor') await lifeScript('startup_script', configuration, context);
    settings.apply(sharedProcess(configuration));
    const host = createHost({
      log: (level, text) => journal.vrrp(level, text),
      expectScripts: expectsScripts(configuration),
      expectMessages: expectsMessages(configuration),
      sysctlMemory: runFiles.sysctlMemory,
      scriptMemory: runFiles.scriptMemory,
      ...(cameFrom === undefined ? {} : { cameFrom }),
    });
    if (!host.ok)
      return refuse({
        code: host.error.code === 'EPERM' || host.error.code === 'EACCES' ? EXIT_PERMISSION : EXIT_FATAL,
        text: `The kernel refuses what is needed: ${host.error.message}`,
      });
    const balancer = balancerProcess(context, namespace, globals, runFiles);
    const daemon = new Daemon(
      context,
      request,
      configuration,
      handover,
      host.value,
      runFiles,
      settings,
      balancer,
      bfdPidFile,
    );
    const code = await daemon.live(handover);
    settings.restore();
    if (code === EXIT_OK) await lifeScript('shutdown_script', daemon.configuration, context);
    return ok(code);
  } finally {
    for (const file of pidFiles) file.remove();
    bfdPidFile.remove();
    runFiles.close();
  }
}

/** Undefined where it is not wanted (-P). */
function balancerProcess(
  { options, link, journal, serviceManager }: RunContext,
  namespace: string | undefined,
  globals: Configuration['globals'],
  runFiles: RunDirectory,
): BalancerProcess | undefined {
  if (options.withoutBalancer) return undefined;
  return new BalancerProcess({
    argv: process.argv.slice(2),
    namespace,
    runDirectory: runFiles.path,
    pidFile:
      options.checkersPidFile ??
      defaultPidFile('checkers', namespace, globals.instanceName, globals.usePidDir),
    succeeded: serviceManager.present || link?.role === 'worker' || link?.role === 'successor',
    respawn: options.respawn,
    log: (level, text) => journal.main(level, text),
  });
}

function processSettings({ programName, options, link, journal }: RunContext): ProcessSettings {
  return new ProcessSettings({
    programName,
    umask: options.umask,
    log: (level, text) => journal.main(level, text),
    ...(link && link.role !== 'daemon'
      ? { tellParent: (parent: ParentSettings) => link.tellSettings(parent) }
      : {}),
  });
}

async function lifeScript(
  what: 'startup_script' | 'shutdown_script',
  { globals }: Configuration,
  { journal, link, serviceManager }: RunContext,
): Promise<void> {
  const starts = what === 'startup_script';
  const command = starts ? globals.startupScript : globals.shutdownScript;
  if (!command) return;
  const timeout =
    (starts ? globals.startupScriptTimeout : globals.shutdownScriptTimeout) ?? LIFE_SCRIPT_TIMEOUT;
  serviceManager.askPatience(longestRun(timeout));
  if (!starts && link && link.role !== 'daemon') link.askPatience(longestRun(timeout));
  await runLifeScript(what, command, timeout, (level, text) => journal.main(level, text));
}

/** Of a longer text V8's compilers pay for themselves. Bytes; included files do not count. */
const MOST_UNOPTIMISED = 4 * 1024 * 1024;

const once = <T>(request: ConfigurationRequest, read: () => T): T =>
  mainFileSize(request) <= MOST_UNOPTIMISED ? unoptimised(read) : read();

/** What startup_script_timeout and shutdown_script_timeout are where nobody says it. */
const LIFE_SCRIPT_TIMEOUT = seconds(10);

/** CAP_NET_ADMIN and CAP_NET_RAW of capabilities(7). */
const NETWORK_RIGHTS = (1n << 12n) | (1n << 13n);

function lacksNetworkRights(): boolean {
  const rights = effectiveCapabilities();
  return rights !== undefined && (rights & NETWORK_RIGHTS) !== NETWORK_RIGHTS;
}

function enter(name: string): Result<number, StartRefusal> {
  const entered = enterNetworkNamespace(name);
  return entered.ok
    ? entered
    : refuse({
        code: EXIT_FATAL,
        text: `The network namespace "${name}" cannot be entered: ${entered.error.message}`,
      });
}

function readForStart(
  request: ConfigurationRequest,
  { journal, options }: RunContext,
): Result<Configuration, StartRefusal> {
  journal.main('info', `Configuration file ${request.path}`);
  const loaded = readConfiguration(request, { commands: commandFacts, nameFiles, forwarding });
  for (const diagnostic of loaded.diagnostics)
    journal.main(diagnosticLevel(diagnostic), diagnosticLine(diagnostic));
  const { configuration } = loaded;
  if (!configuration || !loaded.verdict.runnable) {
    const findings = loaded.diagnostics.filter(({ severity }) => severity === 'fatal');
    return refuse({
      code: startExitCode(loaded),
      text: hasNone(options) ? NO_CONFIGURATION : `The configuration ${request.path} cannot be run`,
      details: findings.map((finding) => renderDiagnostic(finding)).join('\n\n'),
    });
  }
  return ok(asAsked(configuration, options));
}

const PLACE_EXIT_CODES: Readonly<Record<PidFileRefusal['kind'], number>> = {
  running: EXIT_OK,
  forbidden: EXIT_PERMISSION,
  failed: EXIT_FATAL,
};

/** The locks and PID files: whoever has them is the daemon here. */
async function takePlaces(
  { options, link, journal }: RunContext,
  namespace: string | undefined,
  configuration: Configuration,
): Promise<Result<{ runFiles: RunDirectory; pidFiles: PidFile[]; bfdPidFile: BfdPidFile }, StartRefusal>> {
  const { instanceName: instance, usePidDir } = configuration.globals;
  const refusal = ({ kind, text }: PidFileRefusal): Result<never, StartRefusal> =>
    refuse({ code: PLACE_EXIT_CODES[kind], text });
  const mainPath = options.pidFile ?? defaultPidFile('keepalived', namespace, instance, usePidDir);
  const paths = [options.vrrpPidFile ?? defaultPidFile('vrrp', namespace, instance, usePidDir)];
  const bfdPath = options.bfdPidFile ?? defaultPidFile('bfd', namespace, instance, usePidDir);
  const bfdPidFile = new BfdPidFile(
    [mainPath, ...paths].includes(bfdPath) ? undefined : bfdPath,
    (level, text) => journal.main(level, text),
  );
  const pidFiles: PidFile[] = [];
  if (link && link.role !== 'daemon') {
    const answer = await link.requestPidFile(mainPath);
    if (answer.kind === 'refused') return refusal({ kind: answer.why, text: answer.text });
  } else {
    const main = PidFile.acquire(mainPath, process.pid);
    if (!main.ok) return refusal(main.error);
    pidFiles.push(main.value);
  }
  const giveUp = (why: PidFileRefusal): Result<never, StartRefusal> => {
    for (const file of pidFiles) file.remove();
    bfdPidFile.remove();
    return refusal(why);
  };
  for (const path of new Set(paths)) {
    if (path === mainPath) continue;
    const file = PidFile.acquire(path, process.pid);
    if (!file.ok) return giveUp(file.error);
    pidFiles.push(file.value);
  }
  const begun = bfdPidFile.begin(configuration);
  if (!begun.ok) return giveUp(begun.error);
  const runFiles = RunDirectory.open(
    runDirectory({
      ...(options.runDirectory === undefined ? {} : { runDirectory: options.runDirectory }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(instance === undefined ? {} : { instance }),
    }),
  );
  return runFiles.ok ? ok({ runFiles: runFiles.value, pidFiles, bfdPidFile }) : giveUp(runFiles.error);
}
