/**
 * The first file that Node runs. Before anything else is loaded it installs handlers for every signal that
 * would otherwise end the process or, worse, open Node's inspector (SIGUSR1); what arrives is remembered until
 * the daemon can act on it. Then it hands over to a command or to the daemon. Only ./signals.js, which imports
 * nothing, may be imported statically here (DESIGN section 5).
 */
import { SignalInbox } from './signals.js';

const COMMANDS: readonly string[] = [
  'status',
  'watch',
  'reload',
  'drain',
  'check',
  'show-config',
  'explain',
  'completion',
  'help',
];
const OLDEST_NODE = [20, 11] as const;

const argv = process.argv.slice(2);
const isCommand = COMMANDS.includes(argv[0] ?? '');
const inbox = new SignalInbox();
if (!isCommand) inbox.install();

function nodeIsTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

if (nodeIsTooOld()) {
  process.stderr.write(
    `holdfast needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.version}\n`,
  );
  process.exit(1);
}

// Started without the launcher the title is that of the interpreter.
const called = process.title.split('/').pop() ?? '';
const programName = called === '' || called.startsWith('node') ? 'holdfast' : called;

async function begin(): Promise<void> {
  if (isCommand) {
    const { loadCommands } = await import('./parts.js');
    const { runCommand } = await loadCommands(argv);
    await runCommand(programName, argv, async () => {
      const { OPTIONS } = await import('./options.js');
      return OPTIONS.flatMap(({ short, long }) => [
        `--${long}`,
        ...(short === undefined ? [] : [`-${short}`]),
      ]);
    });
    return;
  }
  const { startWorkerEarly } = await import('./early-worker.js');
  const worker = await startWorkerEarly(programName, argv, process.env);
  // A SIGUSR1 between the start of Node and our handler has opened the inspector: close it, and take the
  // signal for what it was meant as. Node acts on it twice, by an interrupt at once and on the loop, and the
  // second opens what was closed: so it is looked for again when the loop has turned.
  const { inspectorMayBeOpen } = await import('./inspector-sign.js');
  const closeInspector = async (): Promise<boolean> => {
    // Of a worker that was started: the end at which it is heard.
    if (!inspectorMayBeOpen(worker ? 1 : 0)) return false;
    const inspector = await import('./inspector.js');
    if (inspector.url() === undefined || process.execArgv.some((arg) => arg.startsWith('--inspect')))
      return false;
    inspector.close();
    return true;
  };
  const asked = await closeInspector();
  await new Promise((turned) => setImmediate(turned));
  if ((await closeInspector()) || asked) inbox.arrive('DATA');
  const { loadDaemon } = await import('./parts.js');
  const { main } = await loadDaemon(worker !== undefined);
  await main(programName, argv, inbox, worker);
}

void begin();
