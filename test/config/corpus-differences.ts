/** Where our verdict on a configuration of the corpus differs from keepalived 2.2.7's, and why. */
export interface Difference {
  readonly file: string;
  readonly ours: 0 | 2 | 4 | 5;
  readonly theirs: 0 | 2 | 4 | 5;
  readonly why: string;
}

const SCRIPTS = 'their machine: the scripts are not there, or run as root without script security';
const USERS = 'their machine: there is no user keepalived_script';
const MAIL = 'their machine: the name of the mail server was not found';
const LATER = 'keywords that are not in our tables yet';

export const DIFFERENCES: readonly Difference[] = [
  { file: '002-vrrp-service-status-script.conf', ours: 0, theirs: 5, why: SCRIPTS },
  { file: '006-vrrp-snmp-smtp-helo.conf', ours: 5, theirs: 0, why: LATER },
  { file: '022-vrrp-active-active-accept.conf', ours: 5, theirs: 0, why: LATER },
  { file: '023-vrrp-brace-and-keyword-one-line.conf', ours: 0, theirs: 5, why: SCRIPTS },
  { file: '024-vrrp-bang-comment-in-script-crlf.conf', ours: 0, theirs: 5, why: MAIL },
  { file: '025-vrrp-oracle-script-security-arg.conf', ours: 0, theirs: 5, why: USERS },
  { file: '046-vrrp-localcheck-many-instances.conf', ours: 0, theirs: 5, why: SCRIPTS },
  { file: '054-vrrp-no-priority-check-unicast-src.conf', ours: 0, theirs: 5, why: USERS },
  { file: '057-vrrp-notify-fencing-comments.conf', ours: 0, theirs: 5, why: SCRIPTS },
  { file: '063-vrrp-sync-group-track-script.conf', ours: 0, theirs: 5, why: SCRIPTS },
  { file: '068-vrrp-sync-track-process-no_track.conf', ours: 5, theirs: 0, why: LATER },
  { file: '069-vrrp-nopreempt-bond-script-args.conf', ours: 0, theirs: 5, why: SCRIPTS },
];
