/**
 * Transcripts: a configuration, then commands (`> ...`) each followed by exactly what it makes the engine do.
 * The runner replaces every answer by what really happened; the test compares the two texts, UPDATE=1 writes the
 * new one. Commands are listed in COMMANDS below.
 */

import { seconds } from '../../src/base/time.js';
import type { FifoName, LinkbeatMethod } from '../../src/core/effects.js';
import { configurationOf } from '../support/configuration.js';
import { address, link } from '../support/machine.js';
import { type Commands, performWith, replayWith } from './replay.js';
import { type AdvertOptions, Rig } from './rig.js';
import { bfdOptions } from './rig-bfd.js';

/** `key=value` words of a command. */
function optionsOf(words: readonly string[]): Map<string, string> {
  return new Map(
    words.map((word) => {
      const at = word.indexOf('=');
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

/** `from= to= prio= vrid= v= interval= ttl= vips= auth= password= dev= spoil=`, and `every= times=`. */
function advertOptions(options: ReadonlyMap<string, string>): AdvertOptions {
  const number = (key: string): number | undefined =>
    options.has(key) ? Number(options.get(key)) : undefined;
  const found = {
    from: options.get('from'),
    to: options.get('to'),
    priority: number('prio'),
    vrid: number('vrid'),
    version: number('v') as 2 | 3 | undefined,
    interval: number('interval'),
    ttl: number('ttl'),
    vips: options.get('vips')?.split(','),
    authType: number('auth'),
    password: options.get('password'),
    device: options.get('dev'),
    spoil: SPOILS[options.get('spoil') ?? ''],
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

const SPOILS: Readonly<Record<string, (packet: Uint8Array) => Uint8Array>> = {
  checksum: (packet) => packet.with(26, (packet[26] ?? 0) ^ 0xff),
  type: (packet) => packet.with(20, ((packet[20] ?? 0) & 0xf0) | 2),
  short: (packet) => packet.subarray(0, packet.length - 4).with(3, (packet[3] ?? 0) - 4),
  truncated: (packet) => packet.subarray(0, packet.length - 4),
  stub: (packet) => packet.subarray(0, 24),
};

/** `block` is what follows as `| ...` lines: the configuration of a reload. */
const COMMANDS: Commands<Rig> = {
  start: (rig) => rig.start(),
  /** Seconds since the machine was started; before the start. */
  uptime: (rig, [time]) => {
    rig.uptime = seconds(Number(time));
  },
  wait: (rig, [time]) => rig.wait(Number(time)),
  stall: (rig, [time]) => rig.stall(Number(time)),
  timeout: (rig) => rig.handle({ kind: 'timeout' }),
  advert: (rig, words) => {
    const options = optionsOf(words);
    const times = Number(options.get('times') ?? 1);
    for (let n = 0; n < times; n++) {
      if (n > 0) rig.wait(Number(options.get('every') ?? 1));
      rig.advert(advertOptions(options));
    }
  },
  /**
   * `state= hop= from= tx= rx= echo= mult= diag= my= your= key=ID:PASSWORD poll final demand multipoint new spoil=`, and
   * `every= times=`; `new` knows no discriminator of ours.
   */
  bfd: (rig, [name = '', ...words]) => {
    const options = optionsOf(words);
    const times = Number(options.get('times') ?? 1);
    for (let n = 0; n < times; n++) {
      if (n > 0) rig.wait(Number(options.get('every') ?? 0.01));
      rig.bfd(name, bfdOptions(options));
    }
  },
  /** The code for which no BFD socket can be opened; without one: it can. */
  'refuse-bfd': (rig, [code]) => {
    rig.bfdRefusal = code === undefined ? undefined : () => ({ code, message: 'refused' });
  },
  /** What each session says of itself, and what it counted. */
  sessions: (rig) => {
    for (const one of rig.engine.status().bfd?.sessions ?? []) {
      const { name, state, reason, transmitInterval, detectionTime, counters } = one;
      const times = `sends every ${transmitInterval / 1000} ms, detection ${detectionTime / 1000} ms`;
      rig.lines.push(`${name} ${state}: ${reason}; ${times}`);
      const { sent: _sent, received: _received, ...others } = counters;
      const counted = Object.entries(others).filter(([, count]) => count > 0);
      if (counted.length > 0) rig.lines.push(`  ${counted.map((pair) => pair.join(' ')).join(', ')}`);
    }
  },
  link: (rig, [name = '', what = 'up']) => {
    if (what === 'gone') rig.removeLink(name);
    else if (what === 'new') rig.addLink(link(rig.links.size + 7, name));
    else rig.setLink(name, { running: what === 'up' });
  },
  /** `link-down NAME`: IFF_UP is taken away; `link` moves the carrier. */
  'link-down': (rig, [name = '']) => rig.setLink(name, { up: false }),
  'link-up': (rig, [name = '']) => rig.setLink(name, { up: true, running: true }),
  /** A macvlan on another interface. */
  macvlan: (rig, [name = '', parent = '']) => {
    const index = rig.links.get(parent)?.index;
    rig.addLink(link(rig.links.size + 7, name, { kind: 'macvlan', ...(index ? { parent: index } : {}) }));
  },
  linkbeat: (rig, [name = '', what, method = 'MII']) =>
    rig.handle({ kind: 'linkbeat', interface: name, up: what === 'up', method: method as LinkbeatMethod }),
  'delete-route': (rig, [destination = '']) => rig.deleteRoute(destination),
  'delete-rule': (rig, [priority]) => rig.deleteRule(Number(priority)),
  'delete-address': (rig, [text = '']) => rig.deleteAddress(text),
  /** A third word says `tentative` or `dadfailed`; the same address again without it: it may be used now. */
  'add-address': (rig, [text = '', dev = '', state]) => {
    const [host = '', length] = text.split('/');
    const flags = 0x80 | (state === 'tentative' ? 0x40 : state === 'dadfailed' ? 0x48 : 0);
    rig.addAddress(address(rig.links.get(dev)?.index ?? 0, host, Number(length), { flags }));
  },
  forwarding: (rig, [name = '', what]) =>
    rig.handle({
      kind: 'forwarding',
      interfaceIndex: rig.links.get(name)?.index ?? 0,
      ipv6: what === 'on',
    }),
  script: (rig, [name = '', code]) =>
    rig.outcomes.set(name, code === 'silent' ? undefined : { kind: 'exit', code: Number(code) }),
  'script-timeout': (rig, [name = '']) => rig.outcomes.set(name, { kind: 'timeout' }),
  /** One result, whatever the script answers by itself. */
  check: (rig, [name = '', code]) => rig.check(name, Number(code)),
  reload: (rig, _words, block) => rig.handle({ kind: 'reload', configuration: configurationOf(block) }),
  /** The file has not changed. */
  'reload-same': (rig) => rig.handle({ kind: 'reload', configuration: rig.configuration }),
  /** The file has lost all its instances. */
  'reload-without': (rig) => {
    const configuration = { ...rig.configuration, instances: [], syncGroups: [], hash: 'without' };
    rig.handle({ kind: 'reload', configuration });
  },
  'fifo-reader': (rig, [fifo]) => rig.handle({ kind: 'fifo-reader', fifo: fifo as FifoName }),
  /** An address, or the place of a route or rule with `+` for blanks; without an errno: no more. */
  refuse: (rig, [key = '', errno]) => {
    const text = key.replaceAll('+', ' ');
    if (errno === undefined) rig.refusals.delete(text);
    else rig.refusals.set(text, Number(errno));
  },
  notifies: (rig, [what]) => {
    rig.notifiesEnd = what === 'end';
  },
  file: (rig, [name = '', ...content]) => rig.file(name, `${content.join(' ')}\n`),
  process: (rig, [name = '', count]) => rig.processes(name, Number(count)),
  stop: (rig) => rig.handle({ kind: 'stop', reason: 'SIGTERM' }),
  counters: (rig, [name]) => {
    const found = rig.engine.status().instances.find((one) => one.name === name);
    for (const [counter, count] of Object.entries(found?.counters ?? {}))
      if (count !== 0) rig.lines.push(`${counter} ${count}`);
  },
  status: (rig) => {
    for (const { name, state, effectivePriority, reason, faults } of rig.engine.status().instances) {
      rig.lines.push(`${name} ${state} ${effectivePriority} ${reason.code}: ${reason.text}`);
      for (const fault of faults) rig.lines.push(`  held by ${fault.code}: ${fault.text}`);
    }
    for (const { name, state } of rig.engine.status().syncGroups) rig.lines.push(`${name} ${state}`);
  },
};

/** One command, without its `>`; `block` is the configuration of a reload. */
export const perform = (rig: Rig, line: string, block = ''): void => performWith(COMMANDS, rig, line, block);

/** The transcript as it is now: its commands with what they really did. */
export const replay = (transcript: string): string =>
  replayWith(transcript, (configuration) => new Rig(configuration), COMMANDS);
