/**
 * Configurations that people have published, judged by keepalived 2.2.7 and by us: accepted (0), accepted with
 * remarks (5; 6 is told the same), refused (4), stopped at a missing value (2). They lie beside the repository,
 * as their licences are unknown. Differences are listed, each with its reason, and the list may hold no others.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfiguration } from '../../src/config/load.js';
import { commandFacts } from '../../src/host/command-facts.js';
import { configFiles } from '../../src/host/config-files.js';
import { DIFFERENCES } from './corpus-differences.js';

const corpus = join(process.cwd(), '..', 'shared', 'corpus');
const table = join(corpus, 'verdicts.tsv');
const rows = existsSync(table)
  ? readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .filter((line) => line !== '')
      .map((line) => {
        const [file = '', status = ''] = line.split('\t');
        return { file, theirs: classOf(Number(status)) };
      })
  : [];

/** Remarks on scripts hide other remarks, so the two are one class. */
function classOf(status: number): number {
  return status === 6 ? 5 : status;
}

describe('the corpus', { skip: rows.length > 0 ? false : 'no corpus beside the repository' }, () => {
  for (const { file, theirs } of rows) {
    test(file, () => {
      const { verdict, diagnostics } = loadConfiguration(
        { path: join(corpus, file), configId: 'node1' },
        configFiles,
        // A program is a remark whether it is there (no script security) or not.
        { commands: commandFacts },
      );
      const ours = classOf(verdict.exit);
      const listed = DIFFERENCES.find((one) => one.file === file);
      const shown = diagnostics
        .map(({ code, place, message }) => `${code} ${place?.line}: ${message}`)
        .join('\n');
      if (listed) {
        assert.notEqual(ours, theirs, 'it does not differ any more: take it off the list');
        assert.deepEqual({ ours, theirs }, { ours: listed.ours, theirs: listed.theirs }, shown);
      } else assert.equal(ours, theirs, shown);
    });
  }

  test('every listed difference is about a file that exists', () => {
    for (const { file } of DIFFERENCES)
      assert.ok(
        rows.some((row) => row.file === file),
        file,
      );
  });
});
