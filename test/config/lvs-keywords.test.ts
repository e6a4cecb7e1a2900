/** Each keyword of load balancing and BFD does to the model what its row says. (directives-lvs, directives-bfd) */
import { describe } from 'node:test';
import { BFD_CASES } from './bfd-cases.js';
import { playKeywords } from './keyword-player.js';
import { CHECKER_CASES } from './lvs-checker-cases.js';
import { SERVICE_CASES } from './lvs-service-cases.js';

describe('keywords of load balancing and BFD', () => {
  playKeywords(
    [...SERVICE_CASES, ...CHECKER_CASES, ...BFD_CASES],
    (keyword) => /^(virtual_server|SSL|bfd_instance)/.test(keyword) && !keyword.endsWith('nb_get_retry'),
  );
});
