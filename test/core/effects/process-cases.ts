/** What the keywords about the process itself do; most is seen from outside of the engine. */
import type { EffectCase, ShownElsewhere } from './case.js';
import { instance } from './texts.js';

export const PROCESS_CASES: readonly EffectCase[] = [
  {
    row: ['', 'child_wait_time'],
    line: 'child_wait_time 1',
    around: (line) => instance('notify_stop /bin/s\n notify /bin/n', `${line}\n`)(''),
    play: 'notifies hang; start; stop; wait 3',
    shows: /^1\.000 .*stopping without waiting any longer/,
  },
];

const FILE = 'test/daemon/process-settings.test.ts';
const NAMES = 'process_name, vrrp_process_name and process_names name the processes';

export const PROCESS_ELSEWHERE: readonly ShownElsewhere[] = [
  { row: ['', 'use_pid_dir'], test: FILE, title: 'use_pid_dir: the PID files' },
  ...['process_names', 'process_name', 'vrrp_process_name'].map(
    (keyword): ShownElsewhere => ({ row: ['global_defs', keyword], test: FILE, title: NAMES }),
  ),
  { row: ['global_defs', 'vrrp_priority'], test: FILE, title: 'vrrp_priority makes it nicer' },
  { row: ['global_defs', 'vrrp_cpu_affinity'], test: FILE, title: 'vrrp_cpu_affinity says where it runs' },
  { row: ['global_defs', 'umask'], test: FILE, title: 'umask is that of the file' },
  { row: ['global_defs', 'vrrp_no_swap'], test: FILE, title: 'vrrp_no_swap: the log says' },
];
