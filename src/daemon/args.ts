/**
 * What a command line asks of the daemon: the options' values checked and given meaning (runtime reference
 * section 2). The table is options.ts, the splitting getopt.ts; who acts on it is main.ts.
 */
import { ok, type Result, refuse } from '../base/result.js';
import type { SyslogFacility } from '../host/logs.js';
import { type GivenOption, splitCommandLine } from './getopt.js';
import { OPTIONS } from './options.js';
import { SIGNAL_NUMBERS } from './signals.js';

export interface DaemonOptions {
  /** Absent: the first of DEFAULT_CONFIGURATIONS that exists. */
  readonly configuration?: string;
  readonly foreground: boolean;
  readonly respawn: boolean;
  readonly logConsole: boolean;
  /** 0, 1 (-D) or 2 (-D -D). */
  readonly logDetail: 0 | 1 | 2;
  readonly logFacility: SyslogFacility;
  readonly logFile?: string;
  readonly flushLogFile: boolean;
  readonly syslog: boolean;
  readonly umask?: number;
  readonly dumpConfiguration: boolean;
  readonly pidFile?: string;
  readonly vrrpPidFile?: string;
  readonly bfdPidFile?: string;
  readonly namespace?: string;
  /** `-e`: every include check on. */
  readonly allIncludeChecks: boolean;
  readonly configId?: string;
  /** -V: what instances have stays in the kernel at a stop. */
  readonly leaveInPlace: boolean;
  /** -a */
  readonly logAddresses: boolean;
  /** -C: the VRRP part does not run. */
  readonly withoutVrrp: boolean;
  readonly withoutBfd: boolean;
  /** -P: the load balancer does not run. */
  readonly withoutBalancer: boolean;
  /** -I: its table stays in the kernel at a stop. */
  readonly leaveBalancer: boolean;
  readonly checkersPidFile?: string;
  readonly ignoreInterrupt: boolean;
  readonly runDirectory?: string;
  /** What was asked for and has no effect, as sentences for the log. */
  readonly withoutEffect: readonly string[];
  readonly strayArguments: readonly string[];
}

export type Request =
  | { readonly kind: 'run'; readonly options: DaemonOptions }
  /** `-t`: messages go to stderr, or are appended to `logTo`. */
  | { readonly kind: 'test'; readonly options: DaemonOptions; readonly logTo?: string }
  | { readonly kind: 'signum'; readonly number: number }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'genhash' };

/** On refusal: one line for people; the daemon prints it and exits 1. */
export function parseArguments(argv: readonly string[]): Result<Request> {
  if (['-T', '--genhash', 'genhash'].includes(argv[0] ?? '')) return ok({ kind: 'genhash' });
  const split = splitCommandLine(OPTIONS, argv);
  if (!split.ok) return split;
  const { given, stray } = split.value;
  // Keepalived acts on these three as soon as it meets them, whatever else is on the line.
  for (const { option, value } of given) {
    if (option.long === 'version') return ok({ kind: 'version' });
    if (option.long === 'help') return ok({ kind: 'help' });
    if (option.long === 'signum') return signum(value ?? '');
    if (option.long === 'genhash') return refuse('option "--genhash" must come first');
  }
  const options = interpret(given, stray);
  if (!options.ok) return options;
  const test = given.findLast(({ option }) => option.long === 'config-test');
  if (!test) return ok({ kind: 'run', options: options.value });
  return ok({
    kind: 'test',
    options: options.value,
    ...(test.value === undefined || test.value === '' ? {} : { logTo: test.value }),
  });
}

function signum(name: string): Result<Request> {
  const number = Object.entries(SIGNAL_NUMBERS).find(([known]) => known === name)?.[1];
  if (number === undefined)
    return refuse(`"${name}" is not one of ${Object.keys(SIGNAL_NUMBERS).join(', ')}`);
  return ok({ kind: 'signum', number });
}

function interpret(given: readonly GivenOption[], stray: readonly string[]): Result<DaemonOptions> {
  const has = (long: string): boolean => given.some(({ option }) => option.long === long);
  const count = (long: string): number => given.filter(({ option }) => option.long === long).length;
  const text = (long: string): string | undefined =>
    given.findLast(({ option }) => option.long === long)?.value;
  const kept = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
    value === undefined ? {} : ({ [key]: value } as { [P in K]: string });

  for (const { option, value } of given)
    if (option.argument && !option.argument.optional && value === '')
      return refuse(`option "--${option.long}" has an empty argument`);

  const facility = parseFacility(text('log-facility'));
  if (!facility.ok) return facility;
  const umask = parseMask(text('umask'));
  if (!umask.ok) return umask;
  const namespace = text('namespace');
  if (namespace !== undefined && (namespace.includes('/') || namespace.startsWith('.')))
    return refuse(`"${namespace}" is not the name of a network namespace`);

  const withoutEffect = new Set<string>();
  for (const { option } of given)
    if (option.without) withoutEffect.add(`Option --${option.long} has no effect: ${option.without}`);
  const detail = Math.min(count('log-detail'), 2);

  return ok({
    ...kept('configuration', text('use-file')),
    foreground: has('dont-fork'),
    respawn: !has('dont-respawn'),
    logConsole: has('log-console'),
    logDetail: detail === 2 ? 2 : detail === 1 ? 1 : 0,
    logFacility: facility.value,
    ...(has('log-file') ? { logFile: text('log-file') || '/tmp/keepalived.log' } : {}),
    flushLogFile: has('flush-log-file'),
    syslog: !has('no-syslog'),
    ...(umask.value === undefined ? {} : { umask: umask.value }),
    dumpConfiguration: has('dump-conf'),
    ...kept('pidFile', text('pid')),
    ...kept('vrrpPidFile', text('vrrp_pid')),
    ...kept('bfdPidFile', text('bfd_pid')),
    ...kept('namespace', namespace),
    allIncludeChecks: has('all-config'),
    ...kept('configId', text('config-id')),
    leaveInPlace: has('dont-release-vrrp'),
    logAddresses: has('address-monitoring'),
    withoutVrrp: has('check'),
    withoutBfd: has('no_bfd'),
    withoutBalancer: has('vrrp'),
    leaveBalancer: has('dont-release-ipvs'),
    ...kept('checkersPidFile', text('checkers_pid')),
    ignoreInterrupt: has('ignore-sigint'),
    ...kept('runDirectory', text('run-dir')),
    withoutEffect: [...withoutEffect],
    strayArguments: stray,
  });
}

/** 0..7 mean local0..local7. */
function parseFacility(text: string | undefined): Result<SyslogFacility> {
  if (text === undefined || text === 'daemon') return ok('daemon');
  if (text === 'user') return ok('user');
  const local = /^(?:local)?([0-7])$/.exec(text)?.[1];
  return local === undefined
    ? refuse(`"${text}" is not a log facility: use 0 to 7, local0 to local7, user or daemon`)
    : ok(`local${Number(local)}` as SyslogFacility);
}

/** C notation: 022 octal, 0x12 hexadecimal, 18 decimal; at most 0777. */
function parseMask(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined);
  const value = /^0[0-7]*$/.test(text)
    ? Number.parseInt(text, 8)
    : /^0[xX][0-9a-fA-F]+$/.test(text)
      ? Number.parseInt(text, 16)
      : /^[1-9][0-9]*$/.test(text)
        ? Number(text)
        : Number.NaN;
  return Number.isNaN(value) || value > 0o777
    ? refuse(`"${text}" is not a file mask: use a number from 0 to 0777`)
    : ok(value);
}
