/**
 * The thread that reads, binds and checks a configuration away from the loop, and hands over what came of it. Of a large
 * one it keeps what it knows and waits for the next request; else it ends. Nothing else is decided here.
 */
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { MAX_KEPT_BYTES, MIN_KEPT_BYTES } from '../base/limits.js';
import { RepeatedLoading } from '../config/load.js';
import { commandFacts } from '../host/command-facts.js';
import { filesKeptIn } from '../host/config-files.js';
import { forwarding } from '../host/forwarding.js';
import { KeptTexts } from '../host/kept-texts.js';
import { nameFiles } from '../host/name-files.js';
import { loadOptions } from './configuration.js';
import { Divider } from './lvs/handover.js';
import type { ThreadAnswer, ThreadRequest } from './reading-thread.js';

const AHEAD_NICE = 10;

const loading = new RepeatedLoading();
const texts = new KeptTexts();
const files = filesKeptIn(texts);
let divider = new Divider([]);

/** Priorities are a thread's own. Back again is a privilege; who lacks it stays nice. */
function nicely<T>(work: () => T): T {
  const before = getPriority();
  try {
    if (before < AHEAD_NICE) setPriority(AHEAD_NICE);
    return work();
  } finally {
    try {
      setPriority(before);
    } catch {
      // Later readings are slower on a busy machine.
    }
  }
}

function answerTo({ request, ahead }: ThreadRequest): ThreadAnswer {
  texts.begin();
  const loaded = loading.load(loadOptions(request), files, {
    commands: commandFacts,
    nameFiles,
    forwarding,
  });
  const { bytes } = loading.known;
  const stays = bytes >= MIN_KEPT_BYTES && bytes <= MAX_KEPT_BYTES;
  if (loaded.configuration === undefined) return { loaded, stays };
  const { configuration, delta } = divider.divide(loaded.configuration, ahead);
  return { loaded: { ...loaded, configuration }, delta, stays };
}

/** Twice, for then what a reload will do has been done: code that runs for the first time takes several times as long. */
const answerAhead = (asked: ThreadRequest): ThreadAnswer => {
  answerTo(asked);
  return answerTo(asked);
};

parentPort?.on('message', (asked: ThreadRequest) => {
  if (asked.order) divider = new Divider(asked.order);
  const answer = asked.ahead ? nicely(() => answerAhead(asked)) : answerTo(asked);
  parentPort?.postMessage(answer);
  if (!answer.stays) parentPort?.close();
});
