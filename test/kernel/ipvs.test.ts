/** IPVS, in a kernel that has it. */
import { test } from 'node:test';
import { cases } from './ipvs-cases.js';
import { referenceTables } from './ipvs-tables.js';
import { kernelSuite } from './suite.js';

if (referenceTables().length === 0)
  test("the tables that Keepalived made of others' configurations", {
    skip: 'no tables beside the repository',
  });

await kernelSuite('the table of IPVS', new URL('./ipvs-cases.js', import.meta.url), cases);
