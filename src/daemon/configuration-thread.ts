/**
 * The thread that reads, binds and checks a configuration away from the loop, and hands over what came of it. Of a large
 * one it keeps what it knows and waits for the next request; else it ends. Nothing else is decided here.
 */
import { parentPort, workerData } from 'node:worker_threads';
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
import { ahead } from './working-ahead.js';

const memory: Int32Array = workerData;

const loading = new RepeatedLoading();
const texts = new KeptTexts();
const files = filesKeptIn(texts);
let divider = new Divider([]);

function answerTo({ request, ahead: isAhead }: ThreadRequest): ThreadAnswer {
  texts.begin();
  const loaded = loading.load(loadOptions(request), files, {
    commands: commandFacts,
    nameFiles,
    forwarding,
  });
  const { bytes } = loading.known;
  const stays = bytes >= MIN_KEPT_BYTES && bytes <= MAX_KEPT_BYTES;
  if (loaded.configuration === undefined) return { loaded, stays };
  const { configuration, delta } = divider.divide(loaded.configuration, isAhead);
  return { loaded: { ...loaded, configuration }, delta, stays };
}

parentPort?.on('message', (asked: ThreadRequest) => {
  if (asked.order) divider = new Divider(asked.order);
  const answer = asked.ahead ? ahead(memory, () => answerTo(asked)) : answerTo(asked);
  parentPort?.postMessage(answer);
  if (!answer.stays) parentPort?.close();
});
