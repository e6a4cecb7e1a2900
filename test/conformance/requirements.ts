/**
 * How many sentences with MUST, SHOULD or RECOMMENDED each section of the three RFCs has, counted in their texts
 * (the paragraph that explains the key words left out). So nobody forgets one.
 */
import type { Rfc } from './clause.js';

export const REQUIREMENTS: Readonly<Record<Rfc, string>> = {
  '3768':
    '5.2.2:1 5.2.3:2 5.3.2:1 5.3.4:2 5.3.6:1 5.3.10:1 6.4.2:4 6.4.3:5 7.1:11 7.2:1 8.2:3 8.4:1 9.1:1 9.2:1',
  '5798':
    '5.1.1.2:1 5.1.1.3:2 5.1.2.2:1 5.1.2.3:2 5.2.2:1 5.2.4:2 5.2.6:1 5.2.9:1 6.1:1 6.4.2:6 6.4.3:9 7.1:8 7.2:1 7.4:2 8.1.2:3 8.2.2:5 8.3.1:1 8.4.2:1 12.2:2',
  '9568':
    '1.1:1 2.5:1 5.1.1.2:1 5.1.1.3:2 5.1.2.2:1 5.1.2.3:2 5.2.2:1 5.2.4:2 5.2.5:1 5.2.6:1 5.2.9:2 6.1:2 6.4.2:6 6.4.3:9 7.1:11 7.2:1 7.4:1 8.1.2:6 8.1.3:1 8.2.1:1 8.2.2:7 8.2.3:2 8.2.4:1 8.3.1:1 8.3.2:3 8.4.2:5 8.4.2.1.1:1 9:1',
};
