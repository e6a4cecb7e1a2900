/** The keywords of `global_defs` about processes, scripts and FIFOs. (directives-global sections 3.2 and 3.3) */
import { microseconds } from '../../base/time.js';
import { boolean, integer, mapped, optional, present } from './arguments.js';
import { command, userAndGroup } from './entries.js';
import {
  fifo,
  fileMask,
  INT_MAX,
  processName,
  processors,
  UINT_MAX,
  wholeSeconds,
} from './global-arguments.js';
import { fifoRows } from './notifications.js';
import { line, script } from './row.js';

const nice = integer({ min: -20, max: 19 });
const realtime = integer({ min: 1, max: 99 });
// Of one microsecond the kernel makes none at all, so two are used.
const limit = mapped(
  integer({ min: 1, max: INT_MAX, unit: 'us' }),
  (value) => microseconds(Math.max(2, value)),
  Number,
);

export const processRows = {
  processNames: line('process_names', present, {
    doc: 'Each process carries a name that says what it is for.',
    since: '2.0.16',
    default: 'off',
  }),
  processName: line('process_name', processName, {
    doc: 'Name of the first process in lists of processes.',
    since: '2.0.16',
    default: 'the name of the program',
  }),
  vrrpProcessName: line('vrrp_process_name', processName, {
    doc: 'Name of the process that speaks VRRP.',
    since: '2.0.16',
    default: 'the name of the program',
  }),
  checkerProcessName: line('checker_process_name', processName, {
    doc: 'Name of the process that checks servers.',
    since: '2.2.0',
    default: 'the name of the program',
    aliases: [{ keyword: 'lvs_process_name', since: '2.0.16' }],
  }),
  bfdProcessName: line('bfd_process_name', processName, {
    doc: 'Name of the process that speaks VRRP and BFD, where there are BFD sessions and vrrp_process_name is not given.',
    since: '2.0.16',
    default: 'the name of the program',
  }),
  vrrpPriority: line('vrrp_priority', nice, {
    doc: 'Nice value of the process that speaks VRRP.',
    since: '1.2.20',
    default: '0',
  }),
  checkerPriority: line('checker_priority', nice, {
    doc: 'Nice value of the process that checks servers.',
    since: '1.2.20',
    default: '0',
  }),
  bfdPriority: line('bfd_priority', nice, {
    doc: 'Nice value for BFD, which lives in the process of VRRP: the lower of both counts.',
    since: '2.0.0',
    default: '0',
  }),
  vrrpNoSwap: line('vrrp_no_swap', present, {
    doc: 'Accepted, and said in the log to be without effect: memory of a Node.js process cannot be locked sensibly.',
    since: '1.2.20',
    default: 'off',
  }),
  checkerNoSwap: line('checker_no_swap', present, {
    doc: 'The memory of the checker process is never swapped out.',
    since: '1.2.20',
    default: 'off',
  }),
  bfdNoSwap: line('bfd_no_swap', present, {
    doc: 'Accepted, and said in the log to be without effect, as vrrp_no_swap.',
    since: '2.0.0',
    default: 'off',
  }),
  vrrpRealtimePriority: line('vrrp_rt_priority', realtime, {
    doc: 'Real-time priority of the VRRP process, scheduled round robin.',
    since: '2.0.0',
    default: 'not real-time',
  }),
  checkerRealtimePriority: line('checker_rt_priority', realtime, {
    doc: 'Real-time priority of the checker process, scheduled round robin.',
    since: '2.0.0',
    default: 'not real-time',
  }),
  bfdRealtimePriority: line('bfd_rt_priority', realtime, {
    doc: 'Real-time priority for BFD, which lives in the process of VRRP: the higher of both counts.',
    since: '2.0.0',
    default: 'not real-time',
  }),
  vrrpCpuAffinity: line('vrrp_cpu_affinity', processors, {
    doc: 'Processors on which the VRRP process may run.',
    since: '2.0.17',
    default: 'all',
  }),
  checkerCpuAffinity: line('checker_cpu_affinity', processors, {
    doc: 'Processors on which the checker process may run.',
    since: '2.0.17',
    default: 'all',
  }),
  bfdCpuAffinity: line('bfd_cpu_affinity', processors, {
    doc: 'Processors on which the process that speaks VRRP and BFD may run, where vrrp_cpu_affinity is not given.',
    since: '2.0.17',
    default: 'all',
  }),
  vrrpRealtimeLimit: line('vrrp_rlimit_rttime', limit, {
    doc: 'Processor time that a real-time VRRP process may take without a pause before the log warns, in microseconds; at least 200 ms.',
    since: '2.1.0',
    default: '10000',
    aliases: [{ keyword: 'vrrp_rlimit_rtime', since: '2.0.0' }],
  }),
  checkerRealtimeLimit: line('checker_rlimit_rttime', limit, {
    doc: 'Processor time that a real-time checker process may take without a pause before the log warns, in microseconds; at least 200 ms.',
    since: '2.1.0',
    default: '10000',
    aliases: [{ keyword: 'checker_rlimit_rtime', since: '2.0.0' }],
  }),
  bfdRealtimeLimit: line('bfd_rlimit_rttime', limit, {
    doc: 'As vrrp_rlimit_rttime, for BFD, which lives in the process of VRRP: the longer of both counts.',
    since: '2.1.0',
    default: '10000',
    aliases: [{ keyword: 'bfd_rlimit_rtime', since: '2.0.0' }],
  }),
  maxAutoPriority: line('max_auto_priority', optional(integer({ min: -1, max: 99 }), 99), {
    doc: 'How far the real-time priority may be raised when timers fire late; 0 is never, -1 is never and unadvised, and no real time of our own accord either (a takeover, short BFD sessions and advert intervals).',
    since: '2.1.0',
    default: '0',
  }),
  minAutoPriorityDelay: line(
    'min_auto_priority_delay',
    mapped(integer({ min: 1, max: 10000000, unit: 'us' }), microseconds, Number),
    {
      doc: 'How late a timer must fire before the priority is raised, in microseconds.',
      since: '2.1.0',
      default: '1000000',
    },
  ),
  umask: line('umask', fileMask, {
    doc: 'Permissions that files made by the daemon never have; the option -u goes before it.',
    since: '2.0.9',
    default: '0177',
  }),
  randomSeed: line('random_seed', integer({ min: 0, max: UINT_MAX }), {
    doc: 'Makes the numbers of _RANDOM that follow repeatable.',
    since: '2.0.15',
    default: 'the time',
  }),
};

const timeout = wholeSeconds({ min: 1, max: 1000 });

export const scriptRows = {
  scriptUser: line('script_user', userAndGroup, {
    missing: 'error',
    doc: 'User and group under which scripts run that name none, wherever they stand.',
    since: '1.3.0',
    default: 'keepalived_script, if there is such a user, else the daemon itself',
  }),
  enableScriptSecurity: line('enable_script_security', present, {
    doc: 'Scripts that others than root could change are not run as root.',
    since: '1.3.0',
    default: 'off',
  }),
  useSymlinkPaths: line('use_symlink_paths', boolean, {
    doc: 'Scripts are started by the path as written, symbolic links kept; off: by the path behind them.',
    since: '2.3.0',
    default: 'on',
  }),
  setSupplementaryGroups: line('set_supplementary_groups', boolean, {
    doc: 'Scripts belong to all groups of their user.',
    since: 'post-2.4.3',
    default: 'off',
  }),
  startupScript: script('startup_script', command, {
    doc: 'Runs before anything else starts, and is waited for.',
    since: '2.1.0',
  }),
  startupScriptTimeout: line('startup_script_timeout', timeout, {
    doc: 'How long startup_script may take before it is ended.',
    since: '2.1.0',
    default: '10',
  }),
  shutdownScript: script('shutdown_script', command, {
    doc: 'Runs after everything else has ended.',
    since: '2.1.0',
  }),
  shutdownScriptTimeout: line('shutdown_script_timeout', timeout, {
    doc: 'How long shutdown_script may take before it is ended.',
    since: '2.1.0',
    default: '10',
  }),
  notifyFifo: line('notify_fifo', fifo, {
    doc: 'Named pipe into which every change of state is written, of VRRP and of load balancing.',
    since: '1.3.6',
    repeat: 'first',
  }),
  vrrpNotifyFifo: line('vrrp_notify_fifo', fifo, {
    doc: 'Named pipe for the changes of VRRP.',
    since: '1.3.6',
    repeat: 'first',
  }),
  lvsNotifyFifo: line('lvs_notify_fifo', fifo, {
    doc: 'Named pipe for the changes of load balancing.',
    since: '1.3.6',
    repeat: 'first',
  }),
  notifyFifoScript: script('notify_fifo_script', command, {
    doc: 'Is started to read notify_fifo, whose path it gets as its last argument.',
    since: '1.3.6',
  }),
  vrrpNotifyFifoScript: script('vrrp_notify_fifo_script', command, {
    doc: 'Is started to read vrrp_notify_fifo.',
    since: '1.3.6',
  }),
  lvsNotifyFifoScript: script('lvs_notify_fifo_script', command, {
    doc: 'Is started to read lvs_notify_fifo.',
    since: '1.3.6',
  }),
  notifyPriorityChanges: line('vrrp_notify_priority_changes', boolean, {
    doc: 'Changes of priority are written into the FIFOs, too.',
    since: '2.0.16',
    default: 'off',
  }),
  fifoWriteVrrpStatesOnReload: line('fifo_write_vrrp_states_on_reload', present, {
    doc: 'After a reload the states are written into the FIFOs again, changed or not.',
    since: '2.2.5',
    default: 'off',
  }),
  ...fifoRows,
};
