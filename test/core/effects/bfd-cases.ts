/** What the keywords of bfd_instance and track_bfd do. */
import type { EffectCase } from './case.js';
import { group, instance, MEMBERS } from './texts.js';

/** A session in which the line stands; `more` are further lines of it. */
const session =
  (more = 'neighbor_ip 10.0.0.2') =>
  (line: string): string =>
    `bfd_instance b {\n ${more}\n ${line}\n}\n`;
type Rest = Omit<EffectCase, 'row' | 'line' | 'around' | 'play'> & { readonly around?: EffectCase['around'] };
const bfd = (keyword: string, line: string, play: string, rest: Rest): EffectCase => ({
  row: ['bfd_instance', keyword],
  line,
  around: rest.around ?? session(),
  play,
  ...rest,
});
/** The session is up, and was announced so. */
const UP = 'start; bfd b state=Init';
/** In a session that an instance of the same file tracks. */
const tracked =
  (track = 'b', more = 'neighbor_ip 10.0.0.2') =>
  (line: string): string =>
    instance(`track_bfd {\n  ${track}\n }`, session(more)(line))('');
const SIMPLE = 'neighbor_ip 10.0.0.2\n auth_type keyed_sha1\n auth_key 1 x';

export const BFD_CASES: readonly EffectCase[] = [
  {
    row: ['', 'bfd_instance'],
    line: session()(''),
    around: (line) => instance('', line)(''),
    play: 'start',
    shows: /open bfd any > 10\.0\.0\.2/,
  },
  bfd('neighbor_ip', 'neighbor_ip 10.0.0.2', 'start', {
    instead: 'neighbor_ip 10.0.0.3',
    around: session(''),
    shows: /> 10\.0\.0\.2 port 3784/,
  }),
  bfd('source_ip', 'source_ip 10.0.0.1', 'start', { shows: /open bfd 10\.0\.0\.1 >/ }),
  bfd('min_rx', 'min_rx 50', 'start', { shows: /bfd b Down .* rx 50$/ }),
  bfd('min_tx', 'min_tx 50', UP, { shows: /bfd b Up P .* tx 50 / }),
  bfd('idle_tx', 'idle_tx 2000', 'start', { shows: /bfd b Down .* tx 2000 / }),
  bfd('multiplier', 'multiplier 7', 'start', { shows: /bfd b Down mult 7 / }),
  bfd('passive', 'passive', 'start; wait 3', { hides: /bfd b Down/ }),
  bfd('ttl', 'ttl 64', 'start', { shows: /ttl 64$/ }),
  bfd('max_hops', 'max_hops 3', 'start; bfd b hop=253', { hides: /discarding .*ttl\(253\) < 255/ }),
  bfd('multihop', 'multihop', 'start', { shows: /port 4784/ }),
  bfd('weight', 'weight 20', UP, { around: tracked(), shows: /effective priority from 100 to 120;/ }),
  bfd('vrrp', 'vrrp', UP, {
    around: tracked('b weight 20', 'neighbor_ip 10.0.0.2\n checker'),
    shows: /effective priority from 100 to 120;/,
  }),
  bfd('checker', 'checker', UP, {
    around: tracked('b weight 20'),
    hides: /effective priority from 100 to 120;/,
  }),
  bfd('auth_type', 'auth_type simple', 'start', {
    instead: 'auth_type keyed_sha1',
    around: session('neighbor_ip 10.0.0.2\n auth_key 1 x'),
    shows: /auth simple-password$/,
  }),
  bfd('auth_key', 'auth_key 2 y', 'start; bfd b key=2:y', {
    around: session(SIMPLE.replace('keyed_sha1', 'simple')),
    shows: /bfd b Init/,
  }),
  {
    row: ['vrrp_instance', 'track_bfd'],
    line: 'track_bfd {\n  b\n }',
    around: instance('', session()('')),
    play: 'start',
    shows: /\(VI_1\) Entering FAULT STATE; reason: bfd b is down/,
  },
  {
    row: ['vrrp_instance', 'track_bfd'],
    option: 'weight',
    line: 'b weight 30',
    instead: 'b',
    around: (line) => tracked(line)(''),
    play: UP,
    shows: /effective priority from 100 to 130;/,
  },
  {
    row: ['vrrp_instance', 'track_bfd'],
    option: 'reverse',
    line: 'b weight 30 reverse',
    instead: 'b weight 30',
    around: (line) => tracked(line)(''),
    play: UP,
    shows: /effective priority from 100 to 70;/,
  },
  {
    row: ['vrrp_instance', 'track_bfd'],
    option: 'noreverse',
    line: 'b weight 30 noreverse',
    instead: 'b weight 30',
    around: (line) => tracked(line, 'neighbor_ip 10.0.0.2\n weight 5 reverse')(''),
    play: UP,
    shows: /effective priority from 100 to 130;/,
  },
  {
    row: ['vrrp_instance', 'track_bfd'],
    option: 'fast_takeover',
    line: 'b weight 5 fast_takeover',
    instead: 'b weight 5',
    around: (line) => tracked(line)(''),
    play: `${UP}; bfd b state=Up; advert prio=150; bfd b state=Up; wait 0.1`,
    shows:
      /^0\.030 .*\(VI_1\) Entering MASTER STATE; reason: BFD session b with the master 10\.0\.0\.2 went down/,
  },
  {
    row: ['vrrp_sync_group', 'track_bfd'],
    line: 'track_bfd {\n  b\n }',
    around: group(MEMBERS, '', session()('')),
    play: 'start',
    shows: /\(VI_2\) Entering FAULT STATE; reason: .*bfd b is down/,
  },
];
