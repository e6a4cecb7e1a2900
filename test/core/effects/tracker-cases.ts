/** What the keywords of vrrp_script, vrrp_track_process, track_file and garp_group do. */
import type { EffectCase } from './case.js';
import { file, instance, process, script } from './texts.js';

const of =
  (block: string, usual: EffectCase['around']) =>
  (
    keyword: string,
    line: string,
    play: string,
    rest: Omit<EffectCase, 'row' | 'line' | 'around' | 'play'> & { readonly around?: EffectCase['around'] },
  ): EffectCase => ({ row: [block, keyword], line, around: rest.around ?? usual, play, ...rest });

const onScript = of('vrrp_script', script());
const onProcess = of('vrrp_track_process', process());
const onFile = of('track_file', file());
const pace = (line: string): string => `garp_group {\n interface eth0\n ${line}\n}\n${instance()('')}`;
const onPace = of('garp_group', pace);
const onTop = of('', () => '');

export const TRACKER_CASES: readonly EffectCase[] = [
  onTop('vrrp_script', 'vrrp_script chk {\n script /bin/check\n}\n', 'script chk 1; start', {
    around: (line) => instance(line === '' ? '' : 'track_script {\n  chk\n }', line)(''),
    shows: /FAULT STATE/,
  }),
  onScript('script', 'script /bin/b', 'start', {
    instead: 'script /bin/a',
    around: script(''),
    shows: /"run-check".*"\/bin\/b"/,
  }),
  onScript('interval', 'interval 3', 'script chk 0; start; wait 4', { hides: /^1\.000 check chk/ }),
  onScript('timeout', 'timeout 2', 'start', { shows: /"run-check".*"timeout":2000000/ }),
  onScript('weight', 'weight 10', 'script chk 0; start; wait 4', { shows: /advert VI_1 110/ }),
  onScript('rise', 'rise 3', 'script chk 1; start; script chk 0; wait 1.5', {
    hides: /^1\.000 .*BACKUP STATE/,
  }),
  onScript('fall', 'fall 3', 'script chk 0; start; script chk 1; wait 1.5', { hides: /FAULT STATE/ }),
  onScript('user', 'user nobody', 'start', { shows: /"run-check".*"user":"nobody"/ }),
  onScript('init_fail', 'init_fail', 'script chk 0; start; wait 0.5', {
    around: script('script /bin/check\n rise 3'),
    hides: /BACKUP STATE/,
  }),

  onTop('vrrp_track_process', 'vrrp_track_process p {\n process httpd\n}\n', 'start; process p 0', {
    around: (line) => instance(line === '' ? '' : 'track_process {\n  p\n }', line)(''),
    shows: /FAULT STATE/,
  }),
  onProcess('process', 'process nginx', 'start', {
    instead: 'process httpd',
    around: process(''),
    shows: /"watch-process".*"process":"nginx"/,
  }),
  onProcess('param_match', 'param_match initial', 'start', { shows: /"watch-process".*"match":"initial"/ }),
  onProcess('full_command', 'full_command', 'start', { shows: /"watch-process".*"match":"exact"/ }),
  onProcess('weight', 'weight 10', 'start; process p 1; wait 4', { shows: /advert VI_1 110/ }),
  onProcess('quorum', 'quorum 2', 'start; process p 1', { shows: /FAULT STATE/ }),
  onProcess('quorum_max', 'quorum_max 1', 'start; process p 2', { shows: /FAULT STATE/ }),
  onProcess('fork_delay', 'fork_delay 2', 'start; process p 0; wait 1; process p 1; wait 3', {
    shows: /^3\.000 .*BACKUP STATE/,
  }),
  onProcess('terminate_delay', 'terminate_delay 2', 'start; process p 1; wait 1; process p 0; wait 3', {
    shows: /^3\.000 .*FAULT STATE/,
  }),
  onProcess('delay', 'delay 2', 'start; process p 1; wait 1; process p 0; wait 3', {
    shows: /^3\.000 .*FAULT STATE/,
  }),

  onTop('track_file', 'track_file f {\n file /run/f\n}\n', 'start; file f 7; wait 4', {
    around: (line) => instance(line === '' ? '' : 'track_file {\n  f\n }', line)(''),
    shows: /advert VI_1 107/,
  }),
  onFile('file', 'file /run/other', 'start', {
    instead: 'file /run/f',
    around: file(''),
    shows: /watch file f \/run\/other/,
  }),
  onFile('init_file', 'init_file 5 overwrite', 'start', {
    shows: /"watch-file".*"init":\{"value":5,"overwrite":true\}/,
  }),
  onFile('weight', 'weight 2', 'start; file f 5; wait 4', { shows: /advert VI_1 110/ }),

  onTop('garp_group', 'garp_group {\n interface eth0\n garp_interval 0.5\n}\n', 'start; wait 5', {
    around: (line) => `${line}${instance()('')}`,
    shows: /^4\.109 announce/,
  }),
  onPace('garp_interval', 'garp_interval 0.5', 'start; wait 5', { shows: /^4\.109 announce/ }),
  onPace('gna_interval', 'gna_interval 0.5', 'start; add-address fe80::1/64 eth0; wait 5', {
    around: (line) =>
      `garp_group {\n interface eth0\n ${line}\n}\n${instance()('').replace('10.0.0.100', 'fe80::100')}`,
    shows: /^4\.109 announce/,
  }),
  onPace('interface', 'interface eth0', 'start; wait 5', {
    instead: 'interface eth1',
    around: (line) => `garp_group {\n garp_interval 0.5\n ${line}\n}\n${instance()('')}`,
    shows: /^4\.109 announce/,
  }),
  onPace('interfaces', 'interfaces {\n  eth0\n }', 'start; wait 5', {
    instead: 'interfaces {\n  eth1\n }',
    around: (line) => `garp_group {\n garp_interval 0.5\n ${line}\n}\n${instance()('')}`,
    shows: /^4\.109 announce/,
  }),
];
