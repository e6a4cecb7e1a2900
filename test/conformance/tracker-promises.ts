/** What is promised about trackers, scripts and notifications, each with the tests that fail when it is untrue. */
import type { Promised } from './promise.js';

const RUNNER = 'test test/host/scripts.test.ts:';
const CORE = 'test test/core/track/trackers.test.ts:';
const FACTS = 'test test/host/command-facts.test.ts:';
const USABLE = 'test test/config/usable-commands.test.ts:';
const CHECKS = 'test test/config/checks.test.ts:';
const RULES = 'test test/config/instance-rules.test.ts:';
const PROCESSES = 'test test/host/processes.test.ts:';
const FILES = 'test test/host/files.test.ts:';
const ORDER = 'test test/core/notify/dispatch.test.ts:';
const TOLD = 'test test/core/notify/messages.test.ts:';
const CAUSES = 'test test/core/notify/causes.test.ts:';
const FIFO = 'test test/host/fifos.test.ts:';
const COURIER = 'test test/host/courier.test.ts:';
const EXIM = 'test test/host/courier-exim.test.ts:';
const LIFE = 'test test/daemon/life-scripts.test.ts:';
const LAB = 'test test/lab/stories/';

const script = (says: string, ...by: string[]): Promised => ({ part: 'Check scripts', says, by });
const security = (says: string, ...by: string[]): Promised => ({ part: 'Script security', says, by });
const process = (says: string, ...by: string[]): Promised => ({ part: 'Processes', says, by });
const file = (says: string, ...by: string[]): Promised => ({ part: 'Files', says, by });
const other = (says: string, ...by: string[]): Promised => ({
  part: 'Interfaces, BFD sessions, sync groups',
  says,
  by,
});
const notify = (says: string, ...by: string[]): Promised => ({ part: 'Notify scripts', says, by });
const fifo = (says: string, ...by: string[]): Promised => ({ part: 'FIFOs', says, by });
const mail = (says: string, ...by: string[]): Promised => ({ part: 'Mail', says, by });
const webhook = (says: string, ...by: string[]): Promised => ({ part: 'Webhooks', says, by });
const rest = (says: string, ...by: string[]): Promised => ({ part: 'Everything', says, by });

export const TRACKER_PROMISES: readonly Promised[] = [
  script(
    'interval, also in fractions of a second, without drift.',
    'keyword vrrp_script interval',
    `${CORE} a script runs at its interval without drift`,
  ),
  script('timeout.', 'keyword vrrp_script timeout', `${RUNNER} SIGTERM comes first`),
  script(
    'rise and fall: consecutive results; the first one decides.',
    'keyword vrrp_script rise',
    'keyword vrrp_script fall',
    `${CORE} rise and fall: consecutive results, and any other result starts again`,
    `${CORE} the first failure is final, whatever fall says`,
    `${LAB}check-script.ts: the check script fails three times: FAULT, and MASTER again after three successes`,
  ),
  script(
    'weight, with reverse.',
    'keyword vrrp_script weight',
    `${CORE} weights, their sign and reverse`,
    `${CORE} a weighted script that has not reported holds nobody`,
  ),
  script(
    'init_fail works as the manual promises.',
    'keyword vrrp_script init_fail',
    `${CORE} init_fail: a script begins as failed and needs rise successes`,
  ),
  script(
    'user and group.',
    'keyword vrrp_script user',
    `${RUNNER} the user and the group of a script`,
    `${RUNNER} with all groups of its user where that is asked for`,
  ),
  script(
    'The form <FILE asks whether a file can be opened.',
    `${USABLE} asks whether the file can be opened`,
  ),
  script(
    'Arguments are quoted in two passes, and arrive as they are.',
    'test test/config/words.test.ts: arguments in single quotes',
    'test test/config/words.test.ts: escaped quotes',
    `${RUNNER} arguments arrive as they are`,
  ),
  script(
    'A script that overruns is killed with its process group, and its result counts.',
    `${RUNNER} an overrun is a timeout at once; what ignores SIGTERM is killed, with its children`,
    `${CORE} timeout, signal and a script that cannot start are failures, and say so`,
  ),
  script(
    'A hundred scripts a second disturb no advert.',
    'bench trackers scripts',
    'test test/house/rules.test.ts: rules of pure rooms and of the loop hold there only',
  ),

  security(
    'enable_script_security: who is unsafe does not run, and who names nobody does not run as root.',
    'keyword global_defs enable_script_security',
    `${USABLE} others could change it, security on`,
    `${USABLE} nobody is named, security on`,
  ),
  security(
    'script_user, for whoever names nobody.',
    'keyword global_defs script_user',
    `${USABLE} script_user for those who name nobody, FIFO readers and life scripts too`,
    `${RUNNER} names become numbers by the files, the default user where it exists`,
  ),
  security(
    'use_symlink_paths.',
    'keyword global_defs use_symlink_paths',
    `${RUNNER} by the path as written, or by the one behind its links`,
  ),
  {
    part: 'Script security',
    says: 'The walk over the components of the path: owner root, writable by nobody else, sticky folders apart.',
    by: [
      `${FACTS} safe, also below the sticky /tmp`,
      `${FACTS} a folder of another user`,
      `${FACTS} a group that is not root`,
      `${FACTS} behind a link`,
      `${FACTS} a program with the rights of root is looked at whoever starts it`,
    ],
    note: 'A link among the folders is followed and both ends are looked at; Keepalived refuses it ([differences](differences.md)).',
  },
  security(
    'Messages name the component, its owner and mode, and the command that mends it.',
    `${FACTS} a file that everybody may write`,
    `${FACTS} a program that its user may not start, or whose folder is closed to them`,
  ),
  security(
    'What is inherited is not unsafe: environment, descriptors, session.',
    `${RUNNER} the environment loses what would change a linker or a shell, and nothing else`,
    `${RUNNER} a script sees no descriptor but its three, a session of its own, / and a clean environment`,
  ),

  process(
    'quorum and quorum_max.',
    'keyword vrrp_track_process quorum',
    'keyword vrrp_track_process quorum_max',
    `${CORE} a process is up within its quorum`,
    `${RULES} quorum_max 0 wants none`,
  ),
  process(
    'delay, terminate_delay, fork_delay.',
    'keyword vrrp_track_process delay',
    'keyword vrrp_track_process terminate_delay',
    'keyword vrrp_track_process fork_delay',
    `${CORE} fork_delay and terminate_delay debounce, but not the first count`,
    `${CORE} fork_delay and terminate_delay: who comes back begins the delay anew`,
  ),
  process(
    'full_command and param_match.',
    'keyword vrrp_track_process full_command',
    'keyword vrrp_track_process param_match',
    `${PROCESSES} command lines match exactly, partially, or with the last word as a prefix`,
  ),
  process(
    'Names over 15 characters.',
    `${PROCESSES} names match exactly, up to the fifteen bytes that the kernel keeps`,
  ),
  process('Processes of other namespaces.', `${PROCESSES} one in a namespace below`),
  process(
    "The kernel's connector; where it is deaf pidfds and a scan.",
    `${PROCESSES} starts, ends, zombies and command lines of real processes`,
    `${PROCESSES} the connector answers who entered a network namespace, in the one from which it came`,
    `${PROCESSES} pidfd: an end is told at once, not by the next sweep`,
    `${LAB}track-process.ts: httpd stops, returns, stops on the other`,
  ),
  process(
    'The scan is bounded in cost.',
    `${PROCESSES} pidfd: a hundred processes that start together are all found`,
    'bench trackers processes',
  ),
  process(
    'What is in use is visible.',
    `${CAUSES} 0 running, quorum 1`,
    `${PROCESSES} inputs[0]?.source, source`,
  ),
  process('From a death to the advert: 5 ms by the connector, 20 ms by pidfds.', 'bench trackers death'),

  file(
    'track_file in all its spellings.',
    'keyword track_file file',
    "test test/config/vrrp-other-cases.ts: 'track_file', 'vrrp_track_file'",
  ),
  file(
    'weight.',
    'keyword track_file weight',
    `${CORE} a file adds its number times its weight, at most 253, and is a FAULT from -254 downwards`,
    `${CORE} reverse turns the number of a file, and what is its FAULT`,
    `${LAB}track-file.ts: a tracked file holds 5, then 6: the advert carries 249, then 250`,
  ),
  file(
    'init_file: made at the start, not at a reload, never through a link.',
    'keyword track_file init_file',
    `${FILES} init_file makes what is missing, leaves what is there, and replaces it only when told to`,
    `${FILES} init_file does not write through a link, says what it could not make, and watches all the same`,
    `${CORE} init_file is for the start of the daemon, not for a tracker that a reload adds`,
  ),
  file('Of several numbers the first counts, as strtol reads it.', `${CORE} a tracked file with`),
  file(
    'Created, replaced, truncated, deleted, moved directories.',
    `${FILES} deleted, created again, replaced by renaming, moved away`,
    `${FILES} a folder that appears later, several levels deep, also under a symbolic link`,
    `${FILES} a folder that is moved away, also above, and one that takes its place`,
  ),
  file(
    'A file caught between truncation and writing does not make the priority dip.',
    `${FILES} a file caught between truncation and writing does not dip`,
  ),
  file(
    'Close-after-write, delete and move only, one read at a time.',
    `${FILES} writing is not reading: nothing is read before the writer closes`,
    `${FILES} many writers, many trackers of one file: the last value wins everywhere`,
  ),
  file(
    'A value beyond 32 bits is ignored and said.',
    `${CORE} a number too large for 32 bits is ignored: the last one stays`,
    `${CORE} a megabyte, of which the beginning is read`,
  ),

  other(
    'Interfaces with weight and reverse.',
    'keyword vrrp_instance track_interface',
    `${CORE} a weighted interface moves the priority, an unweighted one is a FAULT`,
    `${CORE} weights, their sign and reverse`,
    `${LAB}track-interface.ts: ens9 goes down: the priority falls by 5`,
  ),
  other(
    'Interfaces are debounced.',
    'keyword interface_up_down_delays',
    'test test/core/vrrp/virtual-mac-places.test.ts: away for longer: FAULT after the delay',
  ),
  other(
    'BFD sessions are trackers.',
    'keyword vrrp_instance track_bfd',
    `${LAB}track-bfd.ts: track_bfd: a lost session moves the priority, or is a FAULT; found again, all is as before`,
  ),
  other(
    "A sync group's own trackers hold every member.",
    'keyword vrrp_sync_group track_script',
    'keyword vrrp_sync_group track_file',
    'keyword vrrp_sync_group track_process',
    'keyword vrrp_sync_group track_interface',
    'keyword vrrp_sync_group track_bfd',
    `${CORE} the trackers of a group hold every member`,
  ),
  other(
    'sync_group_tracking_weight, and each rule of what is left out without it.',
    'keyword vrrp_sync_group sync_group_tracking_weight',
    `${RULES} no weights in a sync group`,
    `${RULES} unless it asks for them`,
    `${RULES} no weights for an owner`,
    `${RULES} nor in the group of one`,
  ),

  notify(
    'notify, notify_master, notify_backup, notify_fault, notify_stop, notify_deleted, notify_master_rx_lower_pri.',
    'keyword vrrp_instance notify',
    'keyword vrrp_instance notify_master',
    'keyword vrrp_instance notify_backup',
    'keyword vrrp_instance notify_fault',
    'keyword vrrp_instance notify_stop',
    'keyword vrrp_instance notify_deleted',
    'keyword vrrp_instance notify_master_rx_lower_pri',
    `${ORDER} an event that a flood of packets makes runs its script once a second, and once for all that came meanwhile`,
  ),
  notify(
    'The same of groups.',
    'keyword vrrp_sync_group notify',
    'keyword vrrp_sync_group notify_master',
    'keyword vrrp_sync_group notify_backup',
    'keyword vrrp_sync_group notify_fault',
    'keyword vrrp_sync_group notify_stop',
  ),
  notify(
    'The four arguments.',
    `${ORDER} the state script as configured, then the generic one with four more arguments`,
    `${ORDER} the story of the seed: FAULT with a priority of 244, and MASTER again`,
  ),
  notify(
    'Beside Keepalived and with the scripts of a seed the notify file holds what the seed says.',
    `${LAB}check-script.ts: the notify script of srv1 wrote`,
  ),
  notify(
    'One at a time and in order, so that the last script is that of the last state.',
    `${ORDER} one at a time, in the order of the transitions`,
    'invariant notify-in-order',
    'invariant settled-notify',
  ),
  notify(
    'Users and groups.',
    `${RUNNER} the user and the group of a script`,
    `${USABLE} the user of the line, with a colon also all groups of that user`,
  ),
  notify(
    'States that were passed through coalesce, which is said.',
    `${ORDER} states passed through while a script runs are left out, whole, and the last state runs last`,
  ),
  notify(
    'STOP goes first.',
    `${ORDER} STOP passes over what waits, and nothing comes after it`,
    `${ORDER} STOP goes before the rest of a state whose scripts have begun`,
    `${ORDER} at a stop the running script holds STOP up for a second only`,
  ),
  notify(
    'A script over 30 seconds is reported and overtaken, never killed.',
    `${ORDER} a script that takes too long is reported and overtaken, and its end means nothing any more`,
    `test test/host/script-runner.test.ts: a daemon that is killed takes its checks along, and lets a notify script finish`,
  ),

  fifo(
    'notify_fifo, vrrp_notify_fifo, lvs_notify_fifo and their scripts.',
    'keyword global_defs notify_fifo',
    'keyword global_defs notify_fifo_script',
    'keyword global_defs vrrp_notify_fifo',
    'keyword global_defs vrrp_notify_fifo_script',
    'keyword global_defs lvs_notify_fifo',
    'keyword global_defs lvs_notify_fifo_script',
    `${FIFO} a reader that we start gets the path, is started again, and reads the last lines before it goes`,
  ),
  fifo(
    'Users and modes.',
    `${FIFO} it belongs to whom the configuration says`,
    `${FIFO} its mode is 0644 before the umask`,
    `${FIFO} one that belongs to a stranger is refused`,
    `${FIFO} is refused, and nothing is written there`,
  ),
  fifo(
    'Line formats.',
    `${TOLD} have a line for each state, in the form that readers parse`,
    `${TOLD} name groups, with priority 0, after their members`,
    `${TOLD} hear of priorities only where that is asked for`,
  ),
  fifo(
    'A reader that is slow: a bounded queue, and what was dropped is said.',
    `${FIFO} who reads slowly loses the oldest lines, which is said; the newest arrive`,
  ),
  fifo(
    'A reader that dies.',
    `${FIFO} a reader that we start gets the path, is started again, and reads the last lines before it goes`,
  ),
  fifo(
    'A reader that comes late, noticed by inotify.',
    `${FIFO} it is made, and a reader that comes late reads what was written before`,
  ),
  fifo(
    'The current state of everything for a new reader, or after a reload, where that is asked for.',
    'keyword global_defs fifo_write_vrrp_states_on_reload',
    'keyword global_defs fifo_write_states_to_readers',
    `${TOLD} get all states again after a reload, or for a new reader, where that is asked for`,
  ),

  mail(
    'smtp_alert in all forms.',
    'keyword global_defs smtp_alert',
    'keyword global_defs smtp_alert_vrrp',
    'keyword global_defs smtp_alert_checker',
    'keyword vrrp_instance smtp_alert',
    'keyword vrrp_sync_group smtp_alert',
    'keyword virtual_server smtp_alert',
    'keyword real_server smtp_alert',
  ),
  mail(
    'Recipients, sender, server and port, timeout, HELO name.',
    'keyword global_defs notification_email',
    'keyword global_defs notification_email_from',
    'keyword global_defs smtp_server',
    'keyword global_defs smtp_connect_timeout',
    'keyword global_defs smtp_helo_name',
    `${COURIER} arrives with subject, body, sender and all recipients`,
  ),
  mail(
    'Queued, retried with bounds.',
    `${COURIER} is bounded: the oldest give way, and that is said`,
    `${COURIER} gives up after its last attempt, and at once where the failure is final`,
    `${COURIER} that the server refuses is not tried again; one that it cannot take now is`,
  ),
  mail(
    'Never blocking.',
    'bench trackers bad-input',
    `${COURIER} the courier delivers from its thread, in order, and finishes what waits before it ends`,
  ),
  mail(
    'TLS and authentication, of our own.',
    'keyword global_defs smtp_tls',
    'keyword global_defs smtp_auth',
    `${COURIER} takes the TLS that is offered, and demands it only where that is asked for`,
    `${COURIER} logs in where that is asked for, with the password of a file`,
  ),
  mail(
    "Subjects in Keepalived's shape, bodies that say why, and since when.",
    `${TOLD} has a subject in the usual shape and says why`,
    `${TOLD} a mail shows what the script wrote that moved us, also through a sync group`,
    `${LAB}mail.ts: mail: one server, and subjects that tell routers apart but not daemons`,
  ),
  mail(
    "A real mail server: a library's and Exim, one that is slow, one that refuses.",
    `${COURIER} arrives with subject, body, sender and all recipients`,
    `${EXIM} arrives as it was meant`,
    `${EXIM} a slow server is waited for, within the patience`,
    `${EXIM} what is refused for good is not tried again, what is put off is`,
  ),

  webhook(
    'notify_url per instance, group and globally.',
    'keyword global_defs notify_url',
    'keyword vrrp_instance notify_url',
    'keyword vrrp_sync_group notify_url',
    `${TOLD} of the whole, of an instance and of a group each hear what concerns them`,
  ),
  webhook('JSON, signed.', `${COURIER} is posted as JSON and signed`),
  webhook(
    'Retried.',
    `${COURIER} is refused for good by 4xx, for now by 5xx and 429`,
    `${COURIER} the courier delivers from its thread, in order, and finishes what waits before it ends`,
  ),

  rest(
    'startup_script, shutdown_script and their timeouts.',
    'keyword global_defs startup_script',
    'keyword global_defs shutdown_script',
    'keyword global_defs startup_script_timeout',
    'keyword global_defs shutdown_script_timeout',
    `${LIFE} at its timeout it gets SIGTERM, and SIGKILL when it stays, its children too`,
  ),
  rest(
    'Why: every transition carries its cause as data, the same in log, FIFO, mail, webhook and dump.',
    `${CAUSES} a cause is the same everywhere`,
    `${CAUSES} a script, with its exit code and output`,
    `${CAUSES} a packet, with its sender`,
    `${CAUSES} the operator`,
    `${CAUSES} an interface that is tracked`,
  ),
  rest(
    'Bad scripts: missing, not executable, a directory, noexec, floods of output, deaf to SIGTERM, grandchildren with the pipe, an end by a signal; each has a message that says what to do.',
    `${RUNNER} what cannot be started is said with its path and the remedy`,
    `${RUNNER} a script on a filesystem mounted noexec names that as a cause`,
    `${RUNNER} who writes more than is kept, once and not each time, reads what to do`,
    `${RUNNER} who ignores SIGTERM is said to have been killed, and what to do`,
    `${RUNNER} who leaves a process behind that holds its output reads how to start it`,
    `${CORE} a script that overruns, is killed or cannot start is said once, with what to do`,
  ),
  rest(
    'Users that do not exist.',
    `${RUNNER} what cannot be started is said with its path and the remedy`,
    `${FACTS} what a command meets`,
    `${CHECKS} HF0404`,
  ),
  rest(
    'Files with text, with a megabyte, with no newline.',
    `${CORE} what a writer did not mean is said once, with what to do`,
    `${CORE} no newline, or nothing at all, is no mistake`,
    `${FILES} only the beginning is read; bytes come as latin1`,
  ),
  rest(
    'A mail server that never answers, answers garbage, closes in the middle.',
    `${COURIER} says nothing`,
    `${COURIER} falls silent in the middle`,
    `${COURIER} talks of something else`,
    `${COURIER} closes in the middle`,
  ),
  rest(
    'A webhook behind a redirect loop.',
    `${COURIER} in a circle of redirections is asked once, and says what to write instead`,
  ),
  rest(
    'None of it delays an advert by more than 2 ms; 100 scripts, 500 of 5,000 processes and 500 files do not either.',
    'bench trackers bad-input',
    'bench trackers trackers',
    'bench trackers bad-input-rt',
    'bench trackers trackers-rt',
  ),
  rest("Processor at most Keepalived's.", 'bench trackers trackers', 'bench trackers heard'),
  rest(
    'Every row of the reference has a test of its effect.',
    'test test/core/effects/effects.test.ts: every keyword that has an effect shows it',
  ),
];
