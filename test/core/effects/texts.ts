/** Configurations around the line of a case. */

/** The line in an instance on eth0 with one address; `more` are further lines of the instance. */
export const instance =
  (more = '', head = '') =>
  (line: string): string =>
    `global_defs {\n script_user root\n}\n${head}
vrrp_instance VI_1 {
 interface eth0
 virtual_router_id 51
 virtual_ipaddress {
  10.0.0.100
 }
 ${more}
 ${line}
}
`;

/** The line in global_defs, beside such an instance. */
export const globals =
  (more = '', tail = '') =>
  (line: string): string =>
    `global_defs {\n script_user root\n ${line}\n}\n${instance(more)('').replace(/^global_defs \{[^}]*\}/, '')}${tail}`;

/** An instance without interface, id and addresses; `more` says them. */
export const bare =
  (more: string) =>
  (line: string): string =>
    `global_defs {\n script_user root\n}\nvrrp_instance VI_1 {\n ${more}\n ${line}\n}\n`;

/** The line in a sync group of two instances, on eth0 and eth1. */
export const group =
  (more = '', lines = '', head = '') =>
  (line: string): string =>
    `${instance(lines, head)('')}${instance(lines)('')
      .replace(/^global_defs \{[^}]*\}/, '')
      .replace('VI_1', 'VI_2')
      .replace('eth0', 'eth1')
      .replace('10.0.0.100', '10.0.1.100')}
vrrp_sync_group VG_1 {
 ${more}
 ${line}
}
`;
/** Its members. */
export const MEMBERS = 'group {\n  VI_1\n  VI_2\n }';

/** The line in a script `chk` that an instance tracks. */
export const script =
  (more = 'script /bin/check') =>
  (line: string): string =>
    instance('track_script {\n  chk\n }', `vrrp_script chk {\n ${more}\n ${line}\n}\n`)('');

/** The line in a counted process `p` that an instance tracks. */
export const process =
  (more = 'process httpd') =>
  (line: string): string =>
    instance('track_process {\n  p\n }', `vrrp_track_process p {\n ${more}\n ${line}\n}\n`)('');

/** The line in a file `f` that an instance tracks. */
export const file =
  (more = 'file /run/f') =>
  (line: string): string =>
    instance('track_file {\n  f\n }', `track_file f {\n ${more}\n ${line}\n}\n`)('');

/** Where FIFO lines, mails and posts go. */
export const FIFO = 'vrrp_notify_fifo /run/vrrp.fifo';
export const MAIL = 'smtp_server 127.0.0.1\n notification_email {\n  a@example.net\n }';
