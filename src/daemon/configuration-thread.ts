/**
 * The worker thread of a reload: reads, binds and checks a configuration away from the loop, hands over what
 * came of it, and ends. Nothing else is decided here.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { commandFacts } from '../host/command-facts.js';
import { forwarding } from '../host/forwarding.js';
import { nameFiles } from '../host/name-files.js';
import { type ConfigurationRequest, readConfiguration } from './configuration.js';
import { divide } from './lvs/handover.js';

const loaded = readConfiguration(workerData as ConfigurationRequest, {
  commands: commandFacts,
  nameFiles,
  forwarding,
});
if (loaded.configuration === undefined) parentPort?.postMessage(loaded);
else {
  const divided = divide(loaded.configuration);
  parentPort?.postMessage({ ...loaded, ...divided }, [divided.handover.json.buffer as ArrayBuffer]);
}
