/** Makes a lab with a process in it, names its directory, and waits to be killed. For topology.test.ts. */
import { findRights } from '../../src/lab/rights.js';
import { Topology } from '../../src/lab/topology.js';

const rights = await findRights();
if (!rights.ok) throw new Error(rights.error);
const lab = await Topology.open(rights.value);
await lab.network('lan');
const host = await lab.host('left');
await lab.cable(host, 'eth0', 'lan');
const script = host.write('deaf.sh', 'trap "" TERM INT HUP; while :; do sleep 1; done\n');
await host.start(['sh', script]);
console.log(lab.directory);
setInterval(() => {}, 60_000);
