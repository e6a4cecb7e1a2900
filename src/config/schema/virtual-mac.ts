/** `use_vmac` and `use_ipvlan`: interfaces that an instance makes for itself. (directives-vrrp section 1.4) */
import { bitsOf, familyOf, parseIpAddress } from '../../base/ip-address.js';
import type { IpvlanSettings, VirtualMacSettings } from '../model-vrrp.js';
import { decodeBytes } from '../source.js';
import { type Argument, interfaceName, type Reading } from './arguments.js';
import { id } from './options.js';

export type WrittenMac = Pick<VirtualMacSettings, 'name' | 'group' | 'netlinkNotify'> & {
  /** Five or six octets; with five the virtual router id is the last. */
  readonly octets?: readonly number[];
};

const OCTETS = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){4,5}$/i;
const group = id('GROUP', 4294967295);

/** `[[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]` */
export const useVmac: Argument<WrittenMac> = {
  syntax: '[[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]',
  examples: {
    accepted: ['', 'vrrp.1', 'name vrrp.1 02:00:00:00:01 netlink_notify_msg', '02:00:00:00:00:01 group 7'],
    refused: ['averyveryverylongname', '01:00:5e:00:00:01', '00:00:5e:00:01:07'],
  },
  optional: true,
  read: (at) => {
    let found: WrittenMac = {};
    for (let word = at.peek(); word; word = at.peek()) {
      if (word.text === 'netlink_notify_msg') {
        at.take();
        found = { ...found, netlinkNotify: true };
      } else if (OCTETS.test(word.text)) {
        at.take();
        const octets = word.text.split(':').map((octet) => Number.parseInt(octet, 16));
        const wrong = unfit(octets);
        if (wrong !== undefined) return at.report('invalidValue', word, `${word.text} ${wrong}`);
        found = { ...found, octets };
      } else {
        const shared = readShared(at);
        if (!shared) return undefined;
        found = { ...found, ...shared };
      }
    }
    return found;
  },
  show: ({ name, octets, netlinkNotify, group: shown }) =>
    [
      name === undefined ? '' : `name ${name}`,
      octets ? octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':') : '',
      netlinkNotify ? 'netlink_notify_msg' : '',
      shown === undefined ? '' : `group ${shown}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
};

function unfit(octets: readonly number[]): string | undefined {
  if (((octets[0] ?? 0) & 1) === 1) return 'is a multicast address';
  const standard = [0, 0, 0x5e, 0].every((octet, i) => octets[i] === octet);
  return standard && (octets[4] === 1 || octets[4] === 2)
    ? 'belongs to the standard; leave it out to use it'
    : undefined;
}

/** A name or a group, which both kinds of interface take. */
function readShared(at: Reading): { name: string } | { group: number | string } | undefined {
  const tag = at.peek()?.text;
  if (tag === 'name' || tag === 'group') at.take();
  if (tag === 'group') {
    const found = group.read(at);
    return found === undefined ? undefined : { group: found };
  }
  const name = interfaceName.read(at);
  return name === undefined ? undefined : { name };
}

const MODES = ['bridge', 'private', 'vepa'] as const;

/** `[[name] INTERFACE] [ADDRESS[/LENGTH]] [bridge|private|vepa] [group GROUP]` */
export const useIpvlan: Argument<IpvlanSettings> = {
  syntax: '[[name] INTERFACE] [ADDRESS[/LENGTH]] [bridge|private|vepa] [group GROUP]',
  examples: {
    accepted: ['', 'ipvl.1 192.0.2.3/24 private', '2001:db8::3/64 group 7'],
    refused: ['averyveryverylongname', 'ipvl.1 192.0.2.3/33', 'bridge vepa'],
  },
  optional: true,
  read: (at) => {
    let found: Omit<IpvlanSettings, 'mode'> & { readonly mode?: IpvlanSettings['mode'] } = {};
    for (let word = at.peek(); word; word = at.peek()) {
      const mode = MODES.find((one) => one === word?.text);
      const [text = '', length] = word.text.split('/', 2);
      const ip = parseIpAddress(text);
      if (mode) {
        at.take();
        if (found.mode) return at.report('invalidValue', word, 'an ipvlan interface has one mode only');
        found = { ...found, mode };
      } else if (ip.ok) {
        at.take();
        const bits = bitsOf(familyOf(ip.value));
        const given = length === undefined ? bits : /^[0-9]{1,3}$/.test(length) ? Number(length) : bits + 1;
        if (given > bits)
          return at.report('invalidValue', word, `"${decodeBytes(word.text)}" has no valid prefix length`);
        found = { ...found, address: { address: ip.value, length: given } };
      } else {
        const shared = readShared(at);
        if (!shared) return undefined;
        found = { ...found, ...shared };
      }
    }
    return { ...found, mode: found.mode ?? 'bridge' };
  },
  show: ({ name, address, mode, group: shown }) =>
    [
      name === undefined ? '' : `name ${name}`,
      address ? `${address.address}/${address.length}` : '',
      mode,
      shown === undefined ? '' : `group ${shown}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
};
