/** Started by logs.test on a terminal that nobody reads: writes far more than it takes, and must come to its end. */
import { writeFileSync } from 'node:fs';
import { MAX_LOG_QUEUE } from '../../src/base/limits.js';
import { openConsole } from '../../src/host/logs.js';

const outlet = openConsole(1);
let ticks = 0;
const timer = setInterval(() => {
  for (let i = 0; i < MAX_LOG_QUEUE; i++) outlet.write(`tick ${ticks} ${'x'.repeat(80)}`);
  ticks += 1;
  if (ticks < 5) return;
  clearInterval(timer);
  void outlet.close(50).then(() => {
    writeFileSync(process.argv[2] ?? '', `done dropped ${outlet.dropped}`);
    process.exit(0);
  });
}, 5);
