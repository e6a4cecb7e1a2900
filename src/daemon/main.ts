/**
 * What a command line of the daemon leads to: an answer and an end, a test of the configuration, a launcher that
 * goes into the background, a supervising parent, or the daemon itself. It decides which of these roles this
 * process plays (DESIGN section 4) and how the process ends.
 */
import { release } from 'node:os';
import { resolve } from 'node:path';
import { errorLine } from '../base/printable.js';
import { monotonicNow } from '../host/linux/clock.js';
import { reapChild } from '../host/linux/orphans.js';
import { onRealTimeSignal } from '../host/linux/signals.js';
import { notifySocket } from '../host/linux/unix-datagram.js';
import { type DaemonOptions, parseArguments } from './args.js';
import { launchInBackground } from './background.js';
import { type EarlyWorker, isMistyped } from './early-worker.js';
import { EXIT_FATAL, EXIT_OK, EXIT_PROGRAM_ERROR } from './exit-codes.js';
import { isHeardTwice, type Journal, openJournal } from './journal.js';
import { ParentLink } from './link.js';
import { nameThisProcess } from './process-name.js';
import { DEFAULT_UMASK } from './process-settings.js';
import { type LinkedRole, startDirectory, takeRole } from './role.js';
import { connectServiceManager, type ServiceManager } from './service-manager.js';
import { REAL_TIME_REQUESTS, SIGNAL_NUMBERS, type SignalInbox } from './signals.js';
import { COMPATIBLE_WITH, helpText, holdfastVersion, versionText } from './usage.js';

/** Ends the process when it is done. `worker`: there is one already, and this process is to watch over it. */
export async function main(
  programName: string,
  argv: readonly string[],
  inbox: SignalInbox,
  worker?: EarlyWorker,
): Promise<void> {
  try {
    await flush(await play(programName, argv, inbox, worker));
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${programName}: program error: ${text}\n`);
    await flush(EXIT_PROGRAM_ERROR);
  }
}

async function play(
  programName: string,
  argv: readonly string[],
  inbox: SignalInbox,
  worker: EarlyWorker | undefined,
): Promise<number> {
  if (programName === 'genhash') return genhash(argv);
  const parsed = parseArguments(argv);
  if (!parsed.ok) {
    process.stderr.write(`${programName}: ${parsed.error}\nTry "${programName} --help".\n`);
    return EXIT_FATAL;
  }
  const request = parsed.value;
  switch (request.kind) {
    case 'version':
      process.stderr.write(versionText(programName));
      return EXIT_OK;
    case 'help':
      process.stderr.write(helpText(programName));
      return EXIT_OK;
    case 'signum':
      process.stdout.write(`${request.number}\n`);
      return EXIT_OK;
    case 'genhash':
      return genhash(argv.slice(1));
    case 'test':
      return test(withAbsolutePaths(request.options), request.logTo);
    case 'run':
      return playRole(programName, argv, withAbsolutePaths(request.options), inbox, worker);
  }
}

async function playRole(
  programName: string,
  argv: readonly string[],
  options: DaemonOptions,
  inbox: SignalInbox,
  worker: EarlyWorker | undefined,
): Promise<number> {
  const [stray] = options.strayArguments;
  if (stray !== undefined) {
    if (isMistyped(programName, options)) {
      process.stderr.write(
        `${programName}: "${stray}" is neither an option nor a command. Try "${programName} --help".\n`,
      );
      return EXIT_FATAL;
    }
    process.stderr.write(`Unexpected argument(s): ${options.strayArguments.join(' ')}\n`);
  }
  if (options.ignoreInterrupt) inbox.ignoreInterrupt();
  const role = takeRole(process.env);
  if (role === undefined && !options.foreground) {
    nameProcess(programName, argv);
    return launchInBackground(argv, inbox, (text) => process.stderr.write(`${text}\n`));
  }
  process.umask(options.umask ?? DEFAULT_UMASK);
  process.chdir('/');
  nameProcess(programName, argv);
  const serviceManager = connectServiceManager(process.env, notifySocket, monotonicNow);
  for (const name of REAL_TIME_REQUESTS) onRealTimeSignal(SIGNAL_NUMBERS[name], () => inbox.arrive(name));
  const journal = openJournal(options);
  if (role === 'lvs') return balance(programName, options, inbox, journal);
  const isFirst = role === undefined || role === 'daemon';
  if (isFirst) announce(journal, argv);
  try {
    return worker
      ? await superviseWorker(argv, options, role, inbox, journal, worker)
      : await work(programName, options, role, inbox, journal, serviceManager);
  } finally {
    if (isFirst) journal.main('info', `Stopped Holdfast v${holdfastVersion()}`);
    await journal.close();
  }
}

/** Paths on the command line are meant from where the person stood; the daemon stands in /. */
function withAbsolutePaths(options: DaemonOptions): DaemonOptions {
  const absolute: { -readonly [K in keyof DaemonOptions]: DaemonOptions[K] } = { ...options };
  const paths = [
    'configuration',
    'pidFile',
    'vrrpPidFile',
    'bfdPidFile',
    'checkersPidFile',
    'logFile',
    'runDirectory',
  ] as const;
  for (const key of paths) {
    const path = options[key];
    if (path !== undefined) absolute[key] = resolve(startDirectory, path);
  }
  return absolute;
}

/** The second process of a daemon that has virtual servers. */
async function balance(
  programName: string,
  options: DaemonOptions,
  inbox: SignalInbox,
  journal: Journal,
): Promise<number> {
  const { runLvs } = await import('./lvs/run-lvs.js');
  try {
    return await runLvs({ programName, options, inbox, journal });
  } finally {
    await journal.close();
  }
}

async function superviseWorker(
  argv: readonly string[],
  options: DaemonOptions,
  role: LinkedRole | undefined,
  inbox: SignalInbox,
  journal: Journal,
  worker: EarlyWorker,
): Promise<number> {
  const link = role === undefined ? undefined : new ParentLink(role);
  const { supervise } = await import('./supervise.js');
  return supervise(argv, inbox, worker, {
    log: (level, text) => journal.main(level, text),
    firstReport: (report) => {
      if (!report) return;
      if (link) void link.report(report);
      else if (report.kind === 'refused') complain(options, report.text);
    },
    rename: nameThisProcess,
    reap: reapChild,
  });
}

/** Only the process that works loads the engine: a launcher or a supervising parent stays small. */
async function work(
  programName: string,
  options: DaemonOptions,
  role: LinkedRole | undefined,
  inbox: SignalInbox,
  journal: Journal,
  serviceManager: ServiceManager,
): Promise<number> {
  const link = role === undefined ? undefined : new ParentLink(role);
  const { run } = await import('./run.js');
  try {
    return await run({
      programName,
      options,
      inbox,
      link,
      journal,
      serviceManager,
      complain: (text) => complain(options, text),
    });
  } catch (error) {
    const text = `Program error: ${errorLine(error)}`;
    journal.main('error', text);
    await link?.report({ kind: 'refused', code: EXIT_PROGRAM_ERROR, text });
    throw error;
  }
}

/**
 * `ps` shows the name with its arguments, `pidof` and `killall` find the name alone. The kernel's own name is
 * set last, because setting the title sets it too, cut to fifteen letters of all that.
 */
function nameProcess(programName: string, argv: readonly string[]): void {
  process.title = [programName, ...argv].join(' ');
  nameThisProcess(programName);
}

function announce(journal: Journal, argv: readonly string[]): void {
  journal.main(
    'info',
    `Starting Holdfast v${holdfastVersion()}, compatible with Keepalived ${COMPATIBLE_WITH}`,
  );
  journal.main('info', `Node.js ${process.version}, Linux ${release()}`);
  journal.main('info', `Command line: ${argv.map((word) => `'${word}'`).join(' ')}`);
}

/** On the console, unless the log has said it there already. */
function complain(options: DaemonOptions, text: string): void {
  if (isHeardTwice(options) || (options.foreground && options.logConsole)) return;
  process.stderr.write(`${text}\n`);
}

async function test(options: DaemonOptions, logTo: string | undefined): Promise<number> {
  const { testConfiguration } = await import('./config-test.js');
  return testConfiguration(options, logTo);
}

async function genhash(argv: readonly string[]): Promise<number> {
  const { genhash: run } = await import('./genhash.js');
  return run(
    argv,
    (text) => process.stdout.write(text),
    (text) => process.stderr.write(text),
  );
}

/** exit() would cut off what a pipe has not taken yet. */
async function flush(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr])
    if (stream.writableLength > 0) await new Promise((done) => stream.write('', done));
  process.exit(code);
}
