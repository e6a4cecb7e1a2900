/** What the keywords of vrrp_sync_group do. */
import type { EffectCase } from './case.js';
import { FIFO, group, MAIL, MEMBERS } from './texts.js';

type Rest = Omit<EffectCase, 'row' | 'line' | 'around' | 'play'> & { readonly around?: EffectCase['around'] };
const vg = (keyword: string, line: string, play: string, rest: Rest): EffectCase => ({
  row: ['vrrp_sync_group', keyword],
  line,
  around: rest.around ?? group(MEMBERS),
  play,
  ...rest,
});

const CHECK = 'vrrp_script chk {\n script /bin/check\n}\n';
const PROCESS = 'vrrp_track_process p {\n process httpd\n weight 10\n}\n';
const withGlobals = (line: string, text: string): string =>
  text.replace('script_user root', `script_user root\n ${line}`);

export const GROUP_CASES: readonly EffectCase[] = [
  {
    row: ['', 'vrrp_sync_group'],
    line: `vrrp_sync_group VG_1 {\n ${MEMBERS}\n}\n`,
    around: (line) => group(MEMBERS)('').replace(/vrrp_sync_group .*$/s, line),
    play: 'start; link eth1 down',
    shows: /\(VI_1\) Entering FAULT STATE/,
  },
  vg('group', MEMBERS, 'start; link eth1 down', {
    instead: 'group {\n  VI_1\n }',
    around: group(),
    shows: /\(VI_1\) Entering FAULT STATE/,
  }),
  vg('track_interface', 'track_interface {\n  eth9\n }', 'start', { shows: /\(VI_1\) Entering FAULT STATE/ }),
  vg('track_script', 'track_script {\n  chk\n }', 'script chk 1; start', {
    around: group(MEMBERS, '', CHECK),
    shows: /\(VI_2\) Entering FAULT STATE/,
  }),
  vg('track_file', 'track_file {\n  f weight 0\n }', 'start; file f 1', {
    around: group(MEMBERS, '', 'track_file f {\n file /run/f\n}\n'),
    shows: /\(VI_2\) Entering FAULT STATE/,
  }),
  vg('track_process', 'track_process {\n  p weight 0\n }', 'start; process p 0', {
    around: group(MEMBERS, '', PROCESS),
    shows: /\(VI_2\) Entering FAULT STATE/,
  }),
  vg('notify_master', 'notify_master /bin/m', 'start; wait 4', { shows: /run \/bin\/m$/ }),
  vg('notify_backup', 'notify_backup /bin/b', 'start; wait 4', { shows: /run \/bin\/b$/ }),
  vg('notify_fault', 'notify_fault /bin/f', 'start; link eth0 down', { shows: /run \/bin\/f$/ }),
  vg('notify_stop', 'notify_stop /bin/s', 'start; stop', { shows: /run \/bin\/s$/ }),
  vg('notify', 'notify /bin/n', 'start; wait 4', { shows: /run \/bin\/n GROUP VG_1 MASTER 0$/ }),
  vg('sync_group_tracking_weight', 'sync_group_tracking_weight', 'script chk 0; start; wait 5', {
    around: group(
      MEMBERS,
      'track_script {\n  chk\n }',
      'vrrp_script chk {\n script /bin/check\n weight 10\n}\n',
    ),
    shows: /advert VI_1 110/,
  }),
  vg('notify_priority_changes', 'notify_priority_changes', 'start; process p 1', {
    around: (line) => withGlobals(FIFO, group(MEMBERS, 'track_process {\n  p\n }', PROCESS)(line)),
    shows: /fifo vrrp INSTANCE "VI_1" BACKUP_PRIORITY 110/,
  }),
  vg('smtp_alert', 'smtp_alert on', 'start; wait 4', {
    around: (line) => withGlobals(MAIL, group(MEMBERS)(line)),
    shows: /mail a@example\.net .*VRRP Group VG_1/,
  }),
  vg('notify_url', 'notify_url http://127.0.0.1/x', 'start; wait 4', { shows: /post http/ }),
];
