/**
 * Runs inside of the guest: plays the case whose number it is asked for and answers with one line. Argument: the
 * module with the cases. It ends with the guest.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { JOB_VARIABLE, QUESTION } from './guest.js';
import type { KernelCase, Outcome } from './suite.js';

const { cases } = (await import(pathToFileURL(process.argv[2] ?? '').href)) as {
  cases: readonly KernelCase[];
};

async function play(number: number): Promise<Outcome> {
  try {
    return { value: await cases[number]?.run() };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { error: { message, stack: stack ?? message } };
  }
}

const question = join(process.env[JOB_VARIABLE] ?? '', QUESTION);

/** Nobody tells us of a new file there: it is another kernel that makes it. */
async function nextQuestion(): Promise<string> {
  while (!existsSync(question)) await delay(20);
  const text = readFileSync(question, 'utf8');
  rmSync(question);
  return text;
}

for (;;) process.stdout.write(`${JSON.stringify(await play(Number(await nextQuestion())))}\n`);
