/** The words and numbers that Keepalived's dump files use for states and addresses (runtime reference section 4). */
import type { AddressSettings, Command, InstanceSettings } from '../../config/model.js';
import type { InstanceState } from '../../core/effects.js';
import type { InstanceStatus } from '../../core/status.js';

export const STATE_NUMBERS: Readonly<Record<InstanceState, number>> = {
  INIT: 0,
  BACKUP: 1,
  MASTER: 2,
  FAULT: 3,
};

const SCOPES: Readonly<Record<number, string>> = {
  0: 'global',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
};

/** `10.0.0.100/24 dev eth0 scope global`, and ` set` while the kernel has it. */
export function addressLine(
  settings: AddressSettings,
  instance: InstanceSettings,
  status: InstanceStatus | undefined,
): string {
  const full = settings.address.includes(':') ? 128 : 32;
  const prefix = settings.prefixLength === full ? '' : `/${settings.prefixLength}`;
  const device = settings.device ?? instance.interface;
  const scope = SCOPES[settings.scope ?? 0] ?? String(settings.scope);
  const label = settings.label === undefined ? '' : ` label ${settings.label}`;
  const present = status?.addresses.some(
    (one) => one.present && one.address.split('/', 1)[0] === settings.address,
  );
  return (
    `${settings.address}${prefix}${device === undefined ? '' : ` dev ${device}`} scope ${scope}` +
    `${label}${present ? ' set' : ''}`
  );
}

/** Every word in single quotes, as Keepalived writes commands. */
export const quotedCommand = (command: Command): string =>
  command.argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
