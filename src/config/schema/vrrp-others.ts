/** The keywords of `vrrp_sync_group`, `vrrp_script`, `vrrp_track_process` and `track_file`. (directives-vrrp 2, 4, 5, 10) */
import {
  type Argument,
  boolean,
  integer,
  many,
  oneOf,
  optional,
  present,
  reference,
  seconds,
  text,
} from './arguments.js';
import { blockName, command, trackEntry, userAndGroup, weight } from './entries.js';
import { notifyUrl } from './notifications.js';
import { type Block, line, list, script } from './row.js';

export const vrrpSyncGroup = {
  name: 'vrrp_sync_group',
  doc: 'Instances that change state together.',
  header: blockName,
  rows: {
    members: list('group', reference('vrrp_instance'), {
      doc: 'Names of the instances.',
      since: '0.6.4',
      free: true,
    }),
    trackInterfaces: list('track_interface', trackEntry('interface', { min: -253, max: 253 }), {
      doc: 'Interfaces that every member tracks.',
      since: '2.0.0',
      free: true,
    }),
    trackScripts: list('track_script', trackEntry('vrrp_script', { min: -253, max: 253 }), {
      doc: 'Scripts that every member tracks.',
      since: '2.0.0',
      free: true,
    }),
    trackFiles: list('track_file', trackEntry('track_file', { min: -254, max: 254 }), {
      doc: 'Files that every member tracks.',
      since: '2.0.0',
      free: true,
    }),
    trackProcesses: list('track_process', trackEntry('vrrp_track_process', { min: -254, max: 254 }), {
      doc: 'Processes that every member tracks.',
      since: '2.0.11',
      free: true,
    }),
    notifyMaster: script('notify_master', command, {
      doc: 'Runs when the group becomes MASTER.',
      since: '0.6.4',
    }),
    notifyBackup: script('notify_backup', command, {
      doc: 'Runs when the group becomes BACKUP.',
      since: '0.6.4',
    }),
    notifyFault: script('notify_fault', command, {
      doc: 'Runs when the group goes to FAULT.',
      since: '0.6.4',
    }),
    notifyStop: script('notify_stop', command, { doc: 'Runs when the daemon stops.', since: '2.0.0' }),
    notify: script('notify', command, {
      doc: 'Runs after the script of the state, with GROUP, name, state and 0 behind its arguments.',
      since: '1.1.2',
    }),
    trackingWeight: line('sync_group_tracking_weight', present, {
      doc: 'Trackers of the members may have weights. Then priorities of members can differ between routers.',
      since: '2.0.0',
      default: 'off',
      aliases: [{ keyword: 'global_tracking', deprecated: true, since: '1.2.3' }],
    }),
    trackBfd: list('track_bfd', trackEntry('bfd_instance', { min: -253, max: 253 }, 'fast'), {
      doc: 'BFD sessions that every member tracks.',
      since: '2.0.0',
      free: true,
    }),
    notifyPriorityChanges: line('notify_priority_changes', boolean, {
      doc: 'Changes of priority of members are written into the FIFOs, too.',
      since: '2.2.0',
      inherits: 'vrrp_notify_priority_changes',
    }),
    smtpAlert: line('smtp_alert', boolean, {
      doc: 'Changes of state are mailed.',
      since: '1.0.0',
      inherits: 'smtp_alert_vrrp',
    }),
    notifyUrls: notifyUrl,
  },
} satisfies Block<string, unknown>;

export const vrrpScript = {
  name: 'vrrp_script',
  doc: 'A command run again and again, whose success counts for the instances that track it.',
  header: blockName,
  rows: {
    command: script('script', command, {
      missing: 'error',
      doc: 'The command; exit status 0 is success.',
      since: '1.1.13',
    }),
    interval: line('interval', seconds({ min: 0.001, max: 4294, decimals: 3, zeroMeans: 1 }), {
      doc: 'Time from one start to the next.',
      since: '1.1.13',
      default: '1',
    }),
    timeout: line('timeout', seconds({ min: 0.001, max: 4294, decimals: 3, zeroMeans: 1 }), {
      doc: 'A run that takes longer is ended and counts as failed.',
      since: '1.2.6',
      default: 'the interval',
    }),
    weight: line('weight', weight({ min: -253, max: 253 }), {
      doc: 'Added to the priority while it succeeds (negative: while it fails). With 0, failure means FAULT.',
      since: '1.1.13',
      default: '0',
    }),
    rise: line('rise', integer({ min: 1, max: 2147483647 }), {
      doc: 'Successes in a row until it counts as up.',
      since: '1.1.18',
      default: '1',
    }),
    fall: line('fall', integer({ min: 1, max: 2147483647 }), {
      doc: 'Failures in a row until it counts as down.',
      since: '1.1.18',
      default: '1',
    }),
    user: line('user', userAndGroup, {
      doc: 'User and group under which it runs.',
      since: '1.3.0',
      inherits: 'script_user',
    }),
    initFail: line('init_fail', present, {
      doc: 'It counts as failed until it has succeeded as often as rise asks.',
      since: '1.3.2',
    }),
  },
} satisfies Block<string, unknown>;

const delay = seconds({ min: 0.000001, max: 3600 });

export const vrrpTrackProcess = {
  name: 'vrrp_track_process',
  doc: 'A program of which a number of processes must run.',
  header: blockName,
  rows: {
    process: line('process', many(text('WORD')), {
      doc: 'Name of the program, and its arguments where they matter.',
      since: '2.0.11',
      repeat: 'first',
    }),
    parameterMatch: line('param_match', optional(oneOf(['initial', 'partial']), 'exact' as const), {
      doc: 'How the arguments are compared: exactly, as the first ones, or with the last as a beginning.',
      since: '2.0.16',
    }),
    weight: line('weight', weight({ min: -254, max: 254 }), {
      missing: 'error',
      repeat: 'first',
      doc: 'Added to the priority while enough run (negative: while not). With 0, too few mean FAULT.',
      since: '2.0.11',
      default: '0',
    }),
    quorum: line('quorum', integer({ min: 1, max: 65535 }), {
      doc: 'How many processes must run.',
      since: '2.0.11',
      default: '1',
    }),
    quorumMax: line('quorum_max', integer({ min: 0, max: 65535 }), {
      doc: 'How many may run at most; 0 means that none may.',
      since: '2.0.16',
      default: 'no limit',
    }),
    forkDelay: line('fork_delay', delay, {
      doc: 'How long enough must run before it counts.',
      since: '2.0.16',
      default: 'it counts at once',
    }),
    terminateDelay: line('terminate_delay', delay, {
      doc: 'How long too few must run before it counts.',
      since: '2.0.16',
      default: 'it counts at once',
    }),
    delay: line('delay', delay, { doc: 'Sets fork_delay and terminate_delay.', since: '2.0.16' }),
    fullCommand: line('full_command', present, {
      doc: 'The whole command line is compared instead of the name.',
      since: '2.0.11',
    }),
  },
} satisfies Block<string, unknown>;

/** `[VALUE] [overwrite]` */
const initFile: Argument<{ readonly value: number; readonly overwrite: boolean }> = {
  syntax: '[VALUE] [overwrite]',
  range: '-254..254',
  examples: { accepted: ['', '5', 'overwrite', '-7 overwrite'], refused: ['x', '5 more'] },
  optional: true,
  read: (at) => {
    let value = 0;
    let overwrite = false;
    for (let word = at.peek(); word; word = at.peek()) {
      if (word.text === 'overwrite') {
        at.take();
        overwrite = true;
      } else {
        const number = integer({ min: -2147483648, max: 2147483647, syntax: 'VALUE' }).read(at);
        if (number === undefined) return undefined;
        if (Math.abs(number) > 254)
          at.report('fileValue', word, `${number} is more than a priority can change by`);
        value = number;
      }
    }
    return { value, overwrite };
  },
  show: ({ value, overwrite }) => `${value}${overwrite ? ' overwrite' : ''}`,
};

export const trackFile = {
  name: 'track_file',
  doc: 'A file whose number is used for the priority.',
  header: blockName,
  rows: {
    file: line('file', text('PATH'), {
      missing: 'error',
      doc: 'The file; its directory must exist.',
      since: '2.1.0',
      repeat: 'first',
    }),
    weight: line('weight', weight({ min: -254, max: 254 }), {
      missing: 'error',
      repeat: 'first',
      doc: 'The number times this is added to the priority. With 0, any number but 0 means FAULT.',
      since: '2.1.0',
      default: '1',
    }),
    init: line('init_file', initFile, {
      doc: 'The file is made at the start, with this number in it; overwrite replaces one that is there.',
      since: '2.1.0',
      default: 'the file is not made',
    }),
  },
} satisfies Block<string, unknown>;
