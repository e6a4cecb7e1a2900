// Writes many small files again and again, as programs do that tell a load: opened, truncated, written, closed.
// Arguments: FOLDER COUNT INTERVAL-MS. The files are f0, f1 and so on. Ends when it is killed.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', count = '0', interval = ''] = process.argv.slice(2);
const files = Array.from({ length: Number(count) }, (_, index) => join(folder, `f${index}`));

setInterval(() => {
  for (const file of files) writeFileSync(file, '0\n');
}, Number(interval));
