/** What may stand at the outermost level of a configuration. (directives-global sections 1 and 2) */
import { optional, present, text } from './arguments.js';
import { bfdRows } from './bfd-instance.js';
import { wholeSeconds } from './global-arguments.js';
import { globalDefs } from './global-defs.js';
import { type Block, block, blocks, line } from './row.js';
import { staticRows } from './static-items.js';
import { balancerRows } from './virtual-server.js';
import { vrrpInstance } from './vrrp-instance.js';
import { trackFile, vrrpScript, vrrpSyncGroup, vrrpTrackProcess } from './vrrp-others.js';

export const root = {
  name: '',
  doc: 'The outermost level.',
  header: present,
  rows: {
    netNamespace: line('net_namespace', text('NAME'), {
      doc: 'Network namespace in which the daemon runs.',
      since: '1.2.24',
      repeat: 'first',
    }),
    instanceName: line('instance', text('NAME'), {
      doc: 'Name of this daemon among several on one machine.',
      since: '1.2.24',
      repeat: 'first',
    }),
    netNamespaceIpvs: line('net_namespace_ipvs', optional(text('NAME'), ''), {
      doc: 'Network namespace whose IPVS is used; without a name the default one.',
      since: '2.1.0',
      default: 'where the daemon runs',
      repeat: 'first',
    }),
    namespaceWithIpsets: line('namespace_with_ipsets', present, {
      doc: 'Sets of addresses are used inside a namespace, too: always so since Linux 3.13, and older ones do not run Node.js.',
      since: '1.3.0',
      default: 'off',
      effect: 'none',
    }),
    usePidDir: line('use_pid_dir', present, {
      doc: 'Files with process numbers go into a directory of their own.',
      since: '1.2.24',
      default: 'off',
    }),
    linkbeatUsePolling: line('linkbeat_use_polling', present, {
      doc: 'The links of all interfaces of instances are asked for again and again.',
      since: '1.1.18',
      default: 'off',
    }),
    childWaitTime: line('child_wait_time', wholeSeconds({ min: 0, max: 4294967295 }), {
      doc: 'How long child processes may take to end before they are killed.',
      since: '2.0.0',
      default: '5',
    }),
    globals: block('global_defs', () => globalDefs, {
      doc: 'Settings of the daemon and defaults for other blocks. May be opened several times.',
      since: '0.5.3',
    }),
    // Trackers come before whatever refers to them, as they must in a text.
    scripts: blocks('vrrp_script', () => vrrpScript, { doc: 'A script that is tracked.', since: '1.1.13' }),
    trackProcesses: blocks('vrrp_track_process', () => vrrpTrackProcess, {
      doc: 'A process that is tracked.',
      since: '2.0.11',
    }),
    trackFiles: blocks('track_file', () => trackFile, {
      doc: 'A file that is tracked.',
      since: '2.1.0',
      aliases: [{ keyword: 'vrrp_track_file', since: '2.0.0' }],
    }),
    ...bfdRows,
    ...staticRows,
    instances: blocks('vrrp_instance', () => vrrpInstance, {
      doc: 'A virtual router.',
      since: '0.5.3',
      missing: 'error',
    }),
    syncGroups: blocks('vrrp_sync_group', () => vrrpSyncGroup, {
      doc: 'Instances that change state together.',
      since: '0.6.4',
      missing: 'error',
    }),
    ...balancerRows,
  },
} satisfies Block<unknown, unknown>;
