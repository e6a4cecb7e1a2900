/**
 * `npm run sim -- --seed N [--trace]` replays one world; `--worlds K [--from S] [--workers W]` lives many and
 * prints the command that replays a failing one. Exit status: 0 nothing broke, 1 something did, 2 wrong usage.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SOUND } from './mutations.js';
import { engineFactory, replayCommand, runSharded, runWorld } from './run.js';
import { HashTrace, StreamTrace } from './trace.js';

const USAGE = `Usage: npm run sim -- --seed N [--trace]
       npm run sim -- --worlds K [--from S] [--workers W]
`;

function numberOf(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return wrong(`"${text}" is not a number that can be a seed or a count`);
}

function replay(seed: number, shown: boolean): number {
  const hash = new HashTrace();
  const trace = shown ? new StreamTrace((text) => process.stdout.write(text)) : hash;
  const failure = runWorld(seed, engineFactory(SOUND), trace);
  if (failure) process.stdout.write(`seed ${seed} breaks ${failure.message}\n`);
  else process.stdout.write(`seed ${seed} holds\n`);
  if (!shown) process.stdout.write(`trace sha256 ${hash.digest()}\n`);
  return failure ? 1 : 0;
}

async function live(worlds: number, from: number, workers: number): Promise<number> {
  const started = performance.now();
  const report = await runSharded({ from, worlds, failures: 10 }, workers);
  const took = performance.now() - started;
  for (const failure of report.failures)
    process.stdout.write(`${failure.message}\n  ${replayCommand(failure.seed)}\n`);
  const rows = [...report.rows].sort(([, a], [, b]) => a - b);
  for (const [row, count] of rows) process.stdout.write(`${String(count).padStart(9)}  ${row}\n`);
  const each = (took / Math.max(1, report.worlds)).toFixed(2);
  process.stdout.write(
    `${report.worlds} worlds, ${report.failures.length} broken, ${(took / 1000).toFixed(1)} s, ${each} ms each\n`,
  );
  return report.failures.length > 0 ? 1 : 0;
}

function wrong(message: string): never {
  process.stderr.write(`sim: ${message}\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string' },
        trace: { type: 'boolean', default: false },
        worlds: { type: 'string' },
        from: { type: 'string' },
        workers: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

const values = readArguments();
if (values.help) process.stdout.write(USAGE);
else if (values.seed !== undefined) process.exitCode = replay(numberOf(values.seed, 0), values.trace);
else {
  const workers = numberOf(values.workers, Math.min(2, availableParallelism()));
  process.exitCode = await live(numberOf(values.worlds, 1000), numberOf(values.from, 1), workers);
}
