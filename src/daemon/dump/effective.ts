/**
 * The configuration part of a dump: every keyword with its value and where that comes from, from the tables that
 * `holdfast show-config` reads. It is printed in a thread of its own, from the files, so that the daemon neither
 * waits for it nor keeps the text all its life. (DESIGN rule 11)
 */
import { Worker } from 'node:worker_threads';
import type { ConfigurationRequest } from '../configuration.js';

export interface EffectiveRequest {
  readonly request: ConfigurationRequest;
  /** Of the configuration in use. */
  readonly hash: string;
}

/** A section as in textDump; never rejects. */
export async function effectiveDump(wanted: EffectiveRequest): Promise<string> {
  const body = await inThread(wanted).catch((error: Error) => `# not shown: ${error.message}\n`);
  return `------< Configuration >------\n${body}`;
}

const inThread = (workerData: EffectiveRequest): Promise<string> =>
  new Promise((done, fail) => {
    const worker = new Worker(new URL('./effective-thread.js', import.meta.url), { workerData });
    // A daemon that ends does not wait for it.
    worker.unref();
    worker.once('message', done);
    worker.once('error', fail);
    worker.once('exit', (code) => fail(new Error(`the printing thread ended with ${code}`)));
  });
