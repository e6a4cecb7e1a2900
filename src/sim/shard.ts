/** The worker thread of run.ts: does its job and posts the report. It decides nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Job, runMutants, runRange } from './run.js';

const job = workerData as Job;
parentPort?.postMessage(job.kind === 'worlds' ? runRange(job.range) : runMutants(job.range, job.share));
