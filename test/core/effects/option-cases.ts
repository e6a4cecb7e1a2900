/**
 * What the options of entries do: of addresses, peers and tracker lines. The tables mark keywords only, so here
 * stands, too, which options have no effect yet. (directives-vrrp sections 1.3, 6 and 9)
 */
import type { EffectCase } from './case.js';
import { instance } from './texts.js';

const ofList =
  (keyword: string, head = '') =>
  (
    option: string,
    entry: string,
    instead: string,
    play: string,
    sign: RegExp,
    what: 'shows' | 'hides' = 'shows',
  ): EffectCase => ({
    row: ['vrrp_instance', keyword],
    option,
    line: `${keyword} {\n  ${entry}\n }`,
    instead: `${keyword} {\n  ${instead}\n }`,
    around: instance('', head),
    play,
    [what]: sign,
  });

/** Trackers of each kind, one that is reversed and one that is not. */
const CHECK = ['chk', 'rev']
  .map(
    (name) => `vrrp_script ${name} {\n script /bin/check\n weight 5${name === 'rev' ? ' reverse' : ''}\n}\n`,
  )
  .join('');
const FILE = ['f', 'g']
  .map((name) => `track_file ${name} {\n file /run/${name}\n weight 1${name === 'g' ? ' reverse' : ''}\n}\n`)
  .join('');
const PROCESS = ['p', 'q']
  .map(
    (name) => `vrrp_track_process ${name} {\n process httpd\n weight 5${name === 'q' ? ' reverse' : ''}\n}\n`,
  )
  .join('');

const ofAddress = ofList('virtual_ipaddress_excluded');
const ofPeer = ofList('unicast_peer');
const ofInterface = ofList('track_interface');
const ofScript = ofList('track_script', CHECK);
const ofFile = ofList('track_file', FILE);
const ofProcess = ofList('track_process', PROCESS);
const A = '10.0.0.101/24';
const A6 = '2001:db8::1/64';

export const OPTION_CASES: readonly EffectCase[] = [
  ofAddress('dev', `${A} dev eth1`, A, 'start; wait 4', /add 10\.0\.0\.101\/24 dev eth1/),
  ofAddress('scope', `${A} scope link`, A, 'start; wait 4', /"apply-addresses".*101".*"scope":253/),
  ofAddress('brd', `${A} brd +`, A, 'start; wait 4', /"apply-addresses".*101".*"broadcast":"10\.0\.0\.255"/),
  ofAddress('label', `${A} label eth0:x`, A, 'start; wait 4', /"apply-addresses".*101".*"label":"eth0:x"/),
  ofAddress('use_vmac', `${A} use_vmac`, A, 'start; wait 4', /add 10\.0\.0\.101\/24 dev vrrp\.51/),
  ofAddress('peer', '10.0.0.101 peer 10.9.9.9', '10.0.0.101', 'start; wait 4', /"peer":"10\.9\.9\.9"/),
  ofAddress('preferred_lft', `${A6} preferred_lft 77`, A6, 'start; wait 4', /"preferredLifetime":77/),
  ofAddress(
    'no_track',
    `${A} no_track`,
    A,
    'start; wait 4; delete-address 10.0.0.101',
    /^4\.000 .*BACKUP STATE/,
    'hides',
  ),
  ofAddress('home', `${A6} home`, A6, 'start; wait 4', /2001:db8::1".*"flags":18\b/),
  ofAddress('-nodad', `${A6} -nodad`, A6, 'start; wait 4', /2001:db8::1".*"flags":2\b/, 'hides'),
  ofAddress('mngtmpaddr', `${A6} mngtmpaddr`, A6, 'start; wait 4', /2001:db8::1".*"flags":258\b/),
  ofAddress('noprefixroute', `${A6} noprefixroute`, A6, 'start; wait 4', /2001:db8::1".*"flags":514\b/),
  ofAddress('autojoin', `${A6} autojoin`, A6, 'start; wait 4', /2001:db8::1".*"flags":1026\b/),
  ofPeer(
    'min_ttl',
    '10.0.0.2 min_ttl 250',
    '10.0.0.2',
    'start; advert prio=150 ttl=249',
    /TTL 249 is outside/,
  ),
  ofPeer(
    'max_ttl',
    '10.0.0.2 max_ttl 200',
    '10.0.0.2',
    'start; advert prio=150 ttl=249',
    /TTL 249 is outside/,
  ),
  ofInterface('weight', 'eth1 weight 7', 'eth1', 'start; wait 4', /advert VI_1 107/),
  ofInterface('reverse', 'eth1 weight 7 reverse', 'eth1 weight 7', 'start; wait 4', /advert VI_1 93/),
  ofScript('weight', 'chk weight 7', 'chk', 'script chk 0; start; wait 4', /advert VI_1 107/),
  ofScript(
    'reverse',
    'chk weight 7 reverse',
    'chk weight 7',
    'script chk 0; start; wait 4',
    /advert VI_1 93/,
  ),
  ofScript(
    'noreverse',
    'rev weight 7 noreverse',
    'rev weight 7',
    'script rev 0; start; wait 4',
    /advert VI_1 107/,
  ),
  ofFile('weight', 'f weight 3', 'f', 'start; file f 5; wait 4', /advert VI_1 115/),
  ofFile('reverse', 'f weight 3 reverse', 'f weight 3', 'start; file f 5; wait 4', /advert VI_1 85/),
  ofFile('noreverse', 'g weight 3 noreverse', 'g weight 3', 'start; file g 5; wait 4', /advert VI_1 115/),
  ofProcess('weight', 'p weight 7', 'p', 'start; process p 1; wait 4', /advert VI_1 107/),
  ofProcess('reverse', 'p weight 7 reverse', 'p weight 7', 'start; process p 1; wait 4', /advert VI_1 93/),
  ofProcess(
    'noreverse',
    'q weight 7 noreverse',
    'q weight 7',
    'start; process q 1; wait 4',
    /advert VI_1 107/,
  ),
];

/** Read and checked only: the trace is the same without them. Whoever carries one out makes a case of it. */
export const WITHOUT_EFFECT: readonly EffectCase[] = [];

/** Every option of these lists, as the reference has them. */
export const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  virtual_ipaddress_excluded: [
    'dev',
    'scope',
    'brd',
    'label',
    'peer',
    'home',
    '-nodad',
    'mngtmpaddr',
    'noprefixroute',
    'autojoin',
    'preferred_lft',
    'no_track',
    'use_vmac',
  ],
  unicast_peer: ['min_ttl', 'max_ttl'],
  track_interface: ['weight', 'reverse'],
  track_script: ['weight', 'reverse', 'noreverse'],
  track_file: ['weight', 'reverse', 'noreverse'],
  track_process: ['weight', 'reverse', 'noreverse'],
  track_bfd: ['weight', 'reverse', 'noreverse', 'fast_takeover'],
};
