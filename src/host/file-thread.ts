/**
 * The thread that follows files: reading them costs the packet loop nothing, whatever disk they lie on and however often
 * they are written (DESIGN rule 11). What is done with a message stands in file-watch.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../base/invariant.js';
import type { FoundContent, FromFiles, ToFiles } from './file-protocol.js';
import { FileWatch } from './file-watch.js';

const port = parentPort;
invariant(port, 'files are followed in a thread of the daemon');

/** Milliseconds between two looks while files are written without pause: what happens meanwhile is read once. */
const REST_MS = 10;

const tell = (message: FromFiles): void => port.postMessage(message);

let contents: FoundContent[] = [];

/** What one message found is told in one. */
function flush(): void {
  if (contents.length === 0) return;
  tell({ kind: 'found', contents });
  contents = [];
}

const watch = new FileWatch(
  workerData as number,
  (content) => {
    // What a timer found has no message behind it.
    if (contents.length === 0) queueMicrotask(flush);
    contents.push(content);
  },
  (text) => tell({ kind: 'warning', text }),
);

port.on('message', (message: ToFiles) => {
  switch (message.kind) {
    case 'watch':
      watch.watch(message.tracker, message.path, message.init);
      return;
    case 'unwatch':
      watch.unwatch(message.tracker);
      return;
    case 'look':
      look();
  }
});

/** Again and again, with rests, until nothing more has happened. */
function look(): void {
  const more = watch.readable();
  flush();
  if (more) setTimeout(look, REST_MS);
  else tell({ kind: 'looked' });
}
