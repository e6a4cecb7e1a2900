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

const REAL_TIME = 'vrrp_rt_priority and vrrp_rlimit_rttime hold for the main thread, not for scripts';
const LATE = 'max_auto_priority raises the priority of a process that is late by min_auto_priority_delay';
const SHARED = 'test/daemon/shared-process.test.ts';
const BALANCER = 'test/daemon/balancer.test.ts';

export const PROCESS_ELSEWHERE: readonly ShownElsewhere[] = [
  { row: ['global_defs', 'checker_process_name'], test: BALANCER, title: 'checker_process_name names it' },
  ...['checker_priority', 'checker_cpu_affinity', 'checker_no_swap'].map(
    (keyword): ShownElsewhere => ({
      row: ['global_defs', keyword],
      test: BALANCER,
      title: 'checker_priority, checker_cpu_affinity and checker_no_swap are about it alone',
    }),
  ),
  ...['checker_rt_priority', 'checker_rlimit_rttime'].map(
    (keyword): ShownElsewhere => ({
      row: ['global_defs', keyword],
      test: BALANCER,
      title: 'checker_rt_priority and checker_rlimit_rttime are about it alone',
    }),
  ),
  ...['lvs_netlink_monitor_rcv_bufs', 'lvs_netlink_monitor_rcv_bufs_force'].map(
    (keyword): ShownElsewhere => ({
      row: ['global_defs', keyword],
      test: BALANCER,
      title: 'lvs_netlink_monitor_rcv_bufs is the buffer of its own events; _force goes beyond the limit',
    }),
  ),
  { row: ['', 'use_pid_dir'], test: FILE, title: 'use_pid_dir: the PID files' },
  ...['process_names', 'process_name', 'vrrp_process_name'].map(
    (keyword): ShownElsewhere => ({ row: ['global_defs', keyword], test: FILE, title: NAMES }),
  ),
  { row: ['global_defs', 'vrrp_priority'], test: FILE, title: 'vrrp_priority makes it nicer' },
  { row: ['global_defs', 'vrrp_cpu_affinity'], test: FILE, title: 'vrrp_cpu_affinity says where it runs' },
  ...['vrrp_rt_priority', 'vrrp_rlimit_rttime'].map(
    (keyword): ShownElsewhere => ({ row: ['global_defs', keyword], test: FILE, title: REAL_TIME }),
  ),
  ...['max_auto_priority', 'min_auto_priority_delay'].map(
    (keyword): ShownElsewhere => ({ row: ['global_defs', keyword], test: FILE, title: LATE }),
  ),
  { row: ['global_defs', 'umask'], test: FILE, title: 'umask is that of the file' },
  { row: ['global_defs', 'vrrp_no_swap'], test: FILE, title: 'vrrp_no_swap: the log says' },
  { row: ['global_defs', 'bfd_priority'], test: SHARED, title: 'bfd_priority: the lower of both' },
  ...['bfd_rt_priority', 'bfd_rlimit_rttime'].map(
    (keyword): ShownElsewhere => ({
      row: ['global_defs', keyword],
      test: SHARED,
      title: 'bfd_rt_priority: the higher of both; bfd_rlimit_rttime: the longer',
    }),
  ),
  {
    row: ['global_defs', 'bfd_cpu_affinity'],
    test: SHARED,
    title: 'bfd_cpu_affinity and bfd_process_name: where those of VRRP are not given',
  },
  ...['bfd_process_name', 'bfd_no_swap'].map(
    (keyword): ShownElsewhere => ({
      row: ['global_defs', keyword],
      test: SHARED,
      title: 'bfd_process_name, bfd.pid and bfd_no_swap in a process that only speaks BFD',
    }),
  ),
];
