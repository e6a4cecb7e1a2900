/**
 * The commands around the daemon: `holdfast status`, `watch`, `reload`, `drain`, `check`, `show-config`, `explain`,
 * `completion`. It decides which command runs and turns its result into an exit code; loaded only when a
 * command is asked for, never by the daemon.
 */
import { Command } from 'commander';
import type { CheckOptions } from './commands/check.js';
import { type DrainOptions, runDrain } from './commands/drain.js';
import type { ExplainOptions } from './commands/explain.js';
import { type ReloadOptions, runReload } from './commands/reload.js';
import type { ShowConfigOptions } from './commands/show-config.js';
import { runStatus, type StatusOptions } from './commands/status.js';
import { runWatch, type WatchOptions } from './commands/watch.js';
import { terminalOutput } from './output.js';
import { withWhereabouts } from './whereabouts.js';

/**
 * Parses and runs; resolves when the command is done, with process.exitCode set. The daemon's own options, as
 * they are written, are only asked for where a shell shall complete them.
 */
export async function runCommand(
  programName: string,
  argv: readonly string[],
  daemonOptions: () => Promise<readonly string[]>,
): Promise<void> {
  // A reader that leaves (`holdfast watch | head`) is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`${programName}: the output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
  const out = terminalOutput(process.stdout);
  const err = terminalOutput(process.stderr);
  const program = new Command(programName)
    .description('Keeps service addresses alive. Without a command it runs the daemon: see --help of that.')
    .helpCommand('help [command]', 'say more about a command');

  withWhereabouts(program.command('status'))
    .description('who is master, since when and why')
    .option('--json', 'for programs')
    .action(async (options: StatusOptions) => {
      process.exitCode = await runStatus(options, out, err);
    });
  withWhereabouts(program.command('watch'))
    .description('transitions as they happen')
    .option('--json', 'one JSON object a line, for programs')
    .action(async (options: WatchOptions) => {
      process.exitCode = await runWatch(options, out, err);
    });
  withWhereabouts(program.command('reload'))
    .description('read the configuration again and say whether it was taken')
    .action(async (options: ReloadOptions) => {
      process.exitCode = await runReload(options, out, err);
    });
  withWhereabouts(program.command('drain'))
    .description('no new connections for a real server; those that it has go on')
    .argument('<server>', 'ADDRESS, ADDRESS:PORT, or its name in status')
    .option('--service <name>', 'only in this virtual server')
    .option('--undo', 'new connections again')
    .option('--wait', 'until it has no connections left')
    .option('--json', 'for programs')
    .action(async (server: string, options: DrainOptions) => {
      process.exitCode = await runDrain(server, options, out, err);
    });

  program
    .command('check')
    .description('find out what is wrong with a configuration, with the exit codes of -t')
    .argument('<file...>', 'configurations; several are taken for the routers of one cluster')
    .option('--json', 'one JSON document, for programs')
    .option('--brief', 'one line per finding, for editors')
    .option('--no-machine', 'compare nothing with this machine')
    .option('-i, --config-id <id>', 'id for lines that begin with @')
    .option('-e, --all-config', 'every include must find its files')
    .action(async (files: string[], options: CheckOptions) => {
      // It needs the kernel's interfaces; the other commands start faster without.
      const { runCheck } = await import('./commands/check.js');
      process.exitCode = await runCheck(files, options, out, err);
    });

  program
    .command('show-config')
    .description('the configuration as it takes effect, and where each value comes from')
    .argument('<file>', 'the configuration')
    .option('--json', 'one JSON document, for programs')
    .option('--no-defaults', 'leave out what nobody set')
    .option('--no-origins', 'leave out where values come from')
    .option('-i, --config-id <id>', 'id for lines that begin with @')
    .option('-e, --all-config', 'every include must find its files')
    .action(async (file: string, options: ShowConfigOptions) => {
      const { runShowConfig } = await import('./commands/show-config.js');
      process.exitCode = runShowConfig(file, options, out, err);
    });

  program
    .command('explain')
    .description('what a keyword or the code of a finding means')
    .argument('<word>', 'keyword, such as priority, or code, such as HF0102')
    .argument('[block]', 'only as it stands in this block')
    .option('--json', 'one JSON document, for programs')
    .action(async (word: string, block: string | undefined, options: ExplainOptions) => {
      const { runExplain } = await import('./commands/explain.js');
      process.exitCode = runExplain(word, block, options, out, err);
    });
  program
    .command('completion')
    .description('a script that completes commands, options and keywords')
    .argument('<shell>', 'bash')
    .action(async (shell: string) => {
      const { runCompletion } = await import('./commands/completion.js');
      process.exitCode = runCompletion(shell, program, await daemonOptions(), out, err);
    });

  await program.parseAsync([...argv], { from: 'user' });
}
