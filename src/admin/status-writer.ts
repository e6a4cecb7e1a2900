/**
 * Writes a status piece by piece: with thousands of instances one JSON.stringify would hold up the loop for
 * longer than an advert may be late, and a client that does not read must not fill our memory.
 */
import type { ServerResponse } from 'node:http';
import type { DaemonStatus } from './report.js';

/** Instances turned into text in one go: about a tenth of a millisecond. */
const INSTANCES_PER_PIECE = 16;

/** Ends when all is written, or when the client is gone. */
export async function writeStatus(response: ServerResponse, status: DaemonStatus): Promise<void> {
  const { instances, ...rest } = status;
  // The rest is an object with at least one key: its opening brace is replaced by ours.
  response.write(`{"instances":[`);
  for (let at = 0; at < instances.length; at += INSTANCES_PER_PIECE) {
    const piece = instances
      .slice(at, at + INSTANCES_PER_PIECE)
      .map((instance) => JSON.stringify(instance))
      .join(',');
    const room = response.write(at === 0 ? piece : `,${piece}`);
    if (!room) await drained(response);
    else await new Promise<void>((next) => setImmediate(next));
    if (response.destroyed) return;
  }
  response.end(`],${JSON.stringify(rest).slice(1)}\n`);
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((done) => {
    const finish = (): void => {
      response.off('drain', finish);
      response.off('close', finish);
      done();
    };
    response.on('drain', finish);
    response.on('close', finish);
  });
