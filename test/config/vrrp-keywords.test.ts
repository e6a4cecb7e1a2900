/** Each keyword of global_defs, VRRP and static items does to the model what its row says. (directives-global, -vrrp) */
import { describe } from 'node:test';
import { GLOBAL_CASES } from './globals-cases.js';
import { GLOBAL_SERVICE_CASES } from './globals-service-cases.js';
import { playKeywords } from './keyword-player.js';
import { INSTANCE_CASES } from './vrrp-cases.js';
import { OTHER_CASES } from './vrrp-other-cases.js';

const KEYWORDS = [...GLOBAL_CASES, ...GLOBAL_SERVICE_CASES, ...INSTANCE_CASES, ...OTHER_CASES];

/** Blocks, whose keywords are here, and what changes the reading itself, which language.test.ts proves. */
const ELSEWHERE = new Set([
  ...['global_defs', 'vrrp_instance', 'vrrp_sync_group', 'vrrp_script', 'vrrp_track_process'].map(
    (one) => ` ${one}`,
  ),
  ...['track_file', 'vrrp_track_file', 'garp_group'].map((one) => ` ${one}`),
  'global_defs include_check',
  'global_defs random_seed',
]);

describe('keywords of global_defs, VRRP and static items', () => {
  playKeywords(
    KEYWORDS,
    (keyword) => !/^ ?(virtual_server|SSL|bfd_instance)/.test(keyword) && !ELSEWHERE.has(keyword),
  );
});
