/** The words and numbers that Keepalived's dump files use for states, addresses and commands (runtime reference 4). */
import { type Duration, toSeconds } from '../../base/time.js';
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

/** A line for each address that a status tells, by the address alone. */
export type HeldAddresses = ReadonlyMap<string, InstanceStatus['addresses'][number]>;
export const heldAddresses = (status: InstanceStatus | undefined): HeldAddresses =>
  new Map(status?.addresses.map((one) => [one.address.split('/', 1)[0] ?? '', one]));

/** `10.0.0.100/24 dev eth0 scope global`, and ` set` while the kernel has it. */
export function addressLine(
  settings: AddressSettings,
  instance: InstanceSettings,
  held: HeldAddresses,
): string {
  const full = settings.address.includes(':') ? 128 : 32;
  const prefix = settings.prefixLength === full ? '' : `/${settings.prefixLength}`;
  const there = held.get(settings.address);
  const device = there?.interface ?? settings.device ?? instance.interface;
  const scope = SCOPES[settings.scope ?? 0] ?? String(settings.scope);
  const words = [
    `${settings.address}${prefix}`,
    ...(device === undefined ? [] : [`dev ${device}`]),
    `scope ${scope}`,
    ...(settings.label === undefined ? [] : [`label ${settings.label}`]),
    ...(settings.peer === undefined ? [] : [`peer ${settings.peer.address}/${settings.peer.length}`]),
    ...(settings.preferredLifetime === undefined ? [] : [lifetime(settings.preferredLifetime)]),
    ...(settings.noTrack ? ['no_track'] : []),
    ...(there?.present ? ['set'] : []),
    ...(there?.guarded ? ['nftable_set'] : []),
  ];
  return words.join(' ');
}

function lifetime(preferred: Duration | 'forever'): string {
  if (preferred === 'forever') return 'preferred_lft forever';
  return preferred === 0 ? 'deprecated' : `preferred_lft ${toSeconds(preferred)}`;
}

/** Every word in single quotes, as Keepalived writes commands. */
export const quotedCommand = (command: Command): string =>
  command.argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** A quoted command and whom it runs as. */
export const commandLine = (command: Command): string =>
  command.user === undefined
    ? quotedCommand(command)
    : `${quotedCommand(command)}, uid:gid ${command.user}:${command.group ?? command.user}`;

export const yesNo = (value: boolean | undefined): string => (value ? 'yes' : 'no');
export const trueFalse = (value: boolean | undefined): string => (value ? 'true' : 'false');
export const onOff = (value: boolean | undefined): string => (value ? 'enabled' : 'disabled');
/** A switch of SNMP and the like stands behind its name. */
export const seconds = (value: Duration | undefined): string => `${toSeconds(value ?? (0 as Duration))}`;

/** As Keepalived writes instants: seconds with a fraction, and in words. */
export function moment(microseconds: number): string {
  const fraction = String(Math.trunc(microseconds % 1e6)).padStart(6, '0');
  const words = new Date(microseconds / 1000).toString().split(' ');
  const [day = '', month = '', date = '', year = '', time = ''] = words;
  const dated = `${day} ${month} ${date.replace(/^0/, ' ')} ${time}.${fraction} ${year}`;
  return `${Math.floor(microseconds / 1e6)}.${fraction} (${dated})`;
}

/** A heading and what is below it, two blanks further in; nothing where there is nothing. */
export const listed = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`   ${heading}`, ...lines.map((line) => `     ${line}`)];
