/** The worker thread of run.ts: lives its range of worlds and posts the report. It decides nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Range, runRange } from './run.js';

parentPort?.postMessage(runRange(workerData as Range));
