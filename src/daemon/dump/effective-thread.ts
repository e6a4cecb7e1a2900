/**
 * The worker thread behind effective.ts: reads the files again, prints them from the keyword tables, and says
 * whether they are still what the daemon runs with.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { buildText } from '../../config/load.js';
import { printConfiguration } from '../../config/print.js';
import { hashOf } from '../../config/tree-hash.js';
import { configFiles } from '../../host/config-files.js';
import { loadOptions } from '../configuration.js';
import type { EffectiveRequest } from './effective.js';

const { request, hash } = workerData as EffectiveRequest;
const bound = buildText(loadOptions(request), configFiles);
parentPort?.postMessage(
  hashOf(bound.tree) === hash
    ? printConfiguration(bound, { origins: true, defaults: true })
    : '# not shown: the files are no longer what the daemon runs with, or hold random values\n',
);
