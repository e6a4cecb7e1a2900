/** Effects of the engine as short lines, for the bench of one engine. */
import { formatPrefix, type IpAddress, ipFromBytes } from '../../src/base/ip-address.js';
import type { Effect } from '../../src/core/effects.js';
import type { RoutingOperation } from '../../src/core/net/facts.js';
import { firewallKey } from '../../src/core/net/firewall-facts.js';
import { readVrrpHeader } from '../../src/wire/vrrp-header.js';
import { describeBfdEffect } from './rig-bfd.js';
import { describeLink } from './rig-links.js';

/** The priority that the advert carries. */
function priorityOf(bytes: Uint8Array, source: IpAddress): number {
  const at = source.includes(':') ? 0 : ((bytes[0] ?? 0) & 0x0f) * 4;
  return readVrrpHeader(bytes, at)?.priority ?? -1;
}

/** The target of a gratuitous ARP or of a neighbour advertisement, read without our codecs. */
function announcedBy(bytes: Uint8Array, etherType: number): string {
  if (etherType === 0x0806) return Array.from(bytes.subarray(24, 28)).join('.');
  return `${ipFromBytes(bytes.subarray(48, 64))}${((bytes[44] ?? 0) & 0x80) !== 0 ? ' router' : ''}`;
}

/** Short, as `ip` would say it; what stands for nothing is not shown. */
function describeRouting(operation: RoutingOperation, nameOf: (index: number) => string): string {
  if (operation.item === 'rule') {
    const { priority, from, table, action } = operation.rule;
    const what = action === 0 ? '' : table === 0 ? ` action ${action}` : ` table ${table}`;
    const where = from ? ` from ${formatPrefix(from)}` : '';
    return `${operation.verb === 'delete' ? 'del' : 'add'} rule ${priority}${where}${what}`;
  }
  const { destination, via, interfaceIndex, table, type, metric } = operation.route;
  return [
    operation.verb === 'delete' ? 'del' : operation.verb,
    'route',
    type > 1 ? `type ${type}` : '',
    destination ? formatPrefix(destination) : 'default',
    via === undefined ? '' : `via ${via}`,
    interfaceIndex === undefined ? '' : `dev ${nameOf(interfaceIndex)}`,
    table === 254 ? '' : `table ${table}`,
    metric === undefined ? '' : `metric ${metric}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

export function describe(effect: Effect, nameOf: (index: number) => string): string | undefined {
  switch (effect.kind) {
    case 'open-channel': {
      const { id, groups, virtualRouterIds } = effect.channel;
      return `open ${id} groups=${groups.join(',') || '-'} vrids=${virtualRouterIds.join(',')}`;
    }
    case 'close-channel':
      return `close ${effect.channel}`;
    case 'send-advert':
      return `advert ${effect.instance} ${priorityOf(effect.bytes, effect.source)} ${effect.source} > ${effect.destination}`;
    case 'listen-bfd':
    case 'unlisten-bfd':
    case 'open-bfd':
    case 'close-bfd':
    case 'send-bfd':
      return describeBfdEffect(effect, nameOf);
    case 'apply-firewall': {
      // The first one of a life only looks for leftovers.
      if (effect.fresh && effect.operations.length === 0 && effect.request === 1) return undefined;
      const parts = effect.operations.map(
        ({ operation, entry }) => `${operation === 'add' ? 'stop' : 'let in'} ${firewallKey(entry)}`,
      );
      return `firewall${effect.fresh ? ' anew' : ''}: ${parts.join('; ') || 'nothing'}`;
    }
    case 'apply-addresses':
      return effect.operations
        .map(({ operation, address: one }) => {
          const dev = nameOf(one.interfaceIndex);
          return `${operation === 'add' ? 'add' : 'del'} ${one.address}/${one.prefixLength} dev ${dev}`;
        })
        .join('; ');
    case 'apply-links':
      return effect.operations.map(describeLink).join('; ');
    case 'apply-sysctls':
      return effect.operations
        .map((one) => `${one.operation} ${one.name}${'value' in one ? ` ${one.value}` : ''}`)
        .join('; ');
    case 'apply-routes':
      return effect.operations.map((operation) => describeRouting(operation, nameOf)).join('; ');
    case 'watch-routing':
      return `watch routes ${effect.routes.join(',') || '-'}, rules ${effect.rules.join(',') || '-'}`;
    case 'send-frame':
      return `announce ${announcedBy(effect.bytes, effect.etherType)} dev ${nameOf(effect.interfaceIndex)}`;
    case 'run-check':
      return `check ${effect.script}`;
    case 'cancel-check':
      return `cancel ${effect.script}`;
    case 'run-notify':
      return `run ${effect.command.argv.join(' ')}`;
    case 'watch-process':
      return `watch process ${effect.tracker.name}`;
    case 'unwatch-process':
      return `unwatch process ${effect.tracker}`;
    case 'watch-file':
      return `watch file ${effect.tracker} ${effect.path}`;
    case 'unwatch-file':
      return `unwatch file ${effect.tracker}`;
    case 'watch-linkbeat':
      return `poll ${effect.interface} ${effect.method ?? 'any'}`;
    case 'unwatch-linkbeat':
      return `poll no more ${effect.interface}`;
    case 'open-fifo':
      return `open fifo ${effect.fifo} ${effect.settings.path}`;
    case 'close-fifo':
      return `close fifo ${effect.fifo}`;
    case 'write-fifo':
      return `fifo ${effect.fifo} ${effect.line.trimEnd()}`;
    case 'send-mail':
      return `mail ${effect.to.join(',')} ${effect.subject}`;
    case 'post-webhook':
      return `post ${effect.webhook.url}`;
    case 'log':
      return `${effect.level}: ${effect.text}`;
    case 'event':
      return undefined;
    case 'stopped':
      return 'stopped';
  }
}
