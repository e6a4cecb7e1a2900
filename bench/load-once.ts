// Reads, binds and checks one configuration in a process of its own and prints what that cost as JSON: without the
// start of the runtime, and without the memory that an earlier measurement left behind.

import { loadConfiguration } from '../src/config/load.js';
import { configFiles } from '../src/host/config-files.js';

const [path = ''] = process.argv.slice(2);
const began = process.hrtime.bigint();
const before = process.cpuUsage();
const { files } = loadConfiguration({ path, configId: 'bench' }, configFiles);
const { user, system } = process.cpuUsage(before);
const time = Number(process.hrtime.bigint() - began) / 1e6;
if (files.length === 0) throw new Error(`${path} was not read`);
const memory = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ time, processor: (user + system) / 1000, memory })}\n`);
