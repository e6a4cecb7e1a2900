/** Every transcript says exactly what the load balancer's engine does. UPDATE=1 rewrites them; review the difference. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../wire/fixtures.js';
import { replay } from './transcript.js';

const folder = join(projectRoot, 'test', 'transcripts-lvs');

for (const name of readdirSync(folder).sort()) {
  test(`lvs transcript ${name}`, () => {
    const path = join(folder, name);
    const written = readFileSync(path, 'utf8');
    const happened = replay(written);
    if (process.env['UPDATE'] === '1') writeFileSync(path, happened);
    else assert.equal(happened, written);
  });
}
