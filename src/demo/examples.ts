/** Where the configurations are that the demos run: the same that examples/ shows to people. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** examples/FOLDER/FILE of the checkout, from wherever we were compiled to. */
export function readExample(folder: string, file: string): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const candidate = join(at, 'examples', folder, file);
    if (existsSync(candidate)) return readFileSync(candidate, 'utf8');
    if (dirname(at) === at) throw new Error(`examples/${folder}/${file} is missing from this checkout`);
  }
}
