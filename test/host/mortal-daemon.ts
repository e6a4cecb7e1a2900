/** Started by scripts.test to be killed: runs one check and one notify script, named by the environment. */
import { milliseconds } from '../../src/base/time.js';
import { Scripts } from '../../src/host/scripts.js';

const scripts = new Scripts(
  () => {},
  () => {},
  process.env['MEMORY'],
);
scripts.check({
  kind: 'run-check',
  script: 'check',
  command: { argv: [process.env['CHECK'] ?? ''] },
  timeout: milliseconds(60_000),
});
scripts.notify({ kind: 'run-notify', run: 1, command: { argv: [process.env['NOTIFY'] ?? ''] } });
