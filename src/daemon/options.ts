/**
 * Keepalived's command line as a table (runtime reference section 2): names, arguments, and one line of help
 * in our words. `effect` says what does nothing yet, so that the help and the log can say so. What an option
 * means is decided in args.ts.
 */

export interface OptionRow {
  /** Key under which args.ts finds it: the long name. */
  readonly long: string;
  readonly short?: string;
  /** Keepalived's getopt rule: a required argument may stand apart, an optional one only attached. */
  readonly argument?: { readonly name: string; readonly optional: boolean };
  readonly help: string;
  /** Absent: it has effect. Otherwise accepted, and this is said when it is used. */
  readonly without?: string;
}

const required = (name: string) => ({ name, optional: false }) as const;
const optional = (name: string) => ({ name, optional: true }) as const;

const NO_SNMP = 'SNMP is not built yet';
const NOT_OURS = 'it concerns memory checks of a C program and has no meaning here';

export const OPTIONS: readonly OptionRow[] = [
  { short: 'f', long: 'use-file', argument: required('FILE'), help: 'configuration to read' },
  { short: 'P', long: 'vrrp', help: 'VRRP only, no health checks' },
  { short: 'C', long: 'check', help: 'health checks only, no VRRP' },
  { short: 'B', long: 'no_bfd', help: 'no BFD' },
  { long: 'all', help: 'start every part, configured or not', without: 'there is only the VRRP part yet' },
  { short: 'l', long: 'log-console', help: 'log to the console too (with -n)' },
  { short: 'D', long: 'log-detail', help: 'log details; twice for more' },
  {
    short: 'S',
    long: 'log-facility',
    argument: required('0-7|local0-7|user|daemon'),
    help: 'syslog facility, daemon unless said',
  },
  { short: 'g', long: 'log-file', argument: optional('FILE'), help: 'log to FILE (/tmp/keepalived.log)' },
  { long: 'flush-log-file', help: 'write each line of the log file at once' },
  { short: 'G', long: 'no-syslog', help: 'do not log to syslog' },
  { short: 'u', long: 'umask', argument: required('MASK'), help: 'mask for created files (0177)' },
  {
    short: 'X',
    long: 'release-vips',
    help: 'remove addresses on leaving MASTER whether or not we set them',
    without: 'it is always so',
  },
  {
    short: 'V',
    long: 'dont-release-vrrp',
    help: 'leave addresses and routes in place at stop, and say no goodbye',
  },
  {
    short: 'I',
    long: 'dont-release-ipvs',
    help: 'leave the IPVS table in place at stop',
  },
  { short: 'R', long: 'dont-respawn', help: 'do not start the daemon again when it dies' },
  { short: 'n', long: 'dont-fork', help: 'stay in the foreground' },
  { short: 'd', long: 'dump-conf', help: 'log the configuration as it was understood' },
  { short: 'p', long: 'pid', argument: required('FILE'), help: 'PID file (/run/keepalived.pid)' },
  { short: 'r', long: 'vrrp_pid', argument: required('FILE'), help: 'PID file of the VRRP process' },
  {
    short: 'c',
    long: 'checkers_pid',
    argument: required('FILE'),
    help: 'PID file of the checker process',
  },
  { short: 'b', long: 'bfd_pid', argument: required('FILE'), help: 'PID file where there are BFD sessions' },
  { short: 'T', long: 'genhash', help: 'run as genhash; must come first' },
  {
    short: 'a',
    long: 'address-monitoring',
    help: 'log addresses of others that come and go',
  },
  { short: 's', long: 'namespace', argument: required('NAME'), help: 'run in this network namespace' },
  { short: 'e', long: 'all-config', help: 'every include must find its files' },
  { short: 'i', long: 'config-id', argument: required('ID'), help: 'id for lines that begin with @' },
  { short: 'x', long: 'snmp', help: 'enable SNMP', without: NO_SNMP },
  {
    short: 'A',
    long: 'snmp-agent-socket',
    argument: required('SPEC'),
    help: 'socket of the SNMP master agent',
    without: NO_SNMP,
  },
  {
    short: 'm',
    long: 'core-dump',
    help: 'write a core file after a crash',
    without: 'a crash is reported with its stack in the log instead',
  },
  {
    short: 'M',
    long: 'core-dump-pattern',
    argument: optional('PATTERN'),
    help: 'also set the pattern of core files',
    without: 'a crash is reported with its stack in the log instead',
  },
  {
    long: 'signum',
    argument: required('STOP|RELOAD|DATA|STATS|STATS_CLEAR|JSON|TDUMP'),
    help: 'print the number of a signal and end',
  },
  { short: 't', long: 'config-test', argument: optional('FILE'), help: 'check the configuration and end' },
  {
    long: 'config-fd',
    argument: required('N'),
    help: 'internal to Keepalived',
    without: 'no use is made of it',
  },
  { long: 'ignore-sigint', help: 'do not stop at Ctrl-C' },
  { long: 'perf', argument: optional('run|all|end'), help: 'profile', without: 'use perf(1) or node --prof' },
  { long: 'debug', argument: optional('OPTS'), help: 'debug output', without: 'use -D -D' },
  { long: 'no-mem-check', help: 'no memory check', without: NOT_OURS },
  { short: 'L', long: 'mem-check-log', help: 'log memory checks', without: NOT_OURS },
  { short: 'O', long: 'openssl-mem-check', help: 'check memory of OpenSSL', without: NOT_OURS },
  {
    long: 'run-dir',
    argument: required('DIR'),
    help: 'directory of the control socket (/run/holdfast); not in Keepalived',
  },
  { short: 'v', long: 'version', help: 'print the version and end' },
  { short: 'h', long: 'help', help: 'print this and end' },
];
