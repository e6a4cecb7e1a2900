/**
 * Words of global_defs with a grammar of their own: process names, masks, processor lists, FIFOs, firewall names,
 * the synchronisation of IPVS. What they do is left to whoever carries it out. (directives-global section 3)
 */
import { type Duration, seconds as toDuration } from '../../base/time.js';
import type { FifoSettings, LvsTimeouts, ReceiveBuffers, SyncDaemonSettings } from '../model-globals.js';
import { decodeBytes } from '../source.js';
import {
  type Argument,
  type Bounds,
  integer,
  interfaceName,
  mapped,
  multicastAddress,
  quoteIfNeeded,
  seconds,
  text,
} from './arguments.js';

/** Largest value of a C int and of an unsigned one. */
export const INT_MAX = 2147483647;
export const UINT_MAX = 4294967295;
export const INT32: Bounds = { min: -2147483648, max: INT_MAX };

/** Seconds without a fraction. */
export const wholeSeconds = (bounds: Bounds): Argument<Duration> =>
  mapped(integer({ ...bounds, unit: 's', syntax: 'SECONDS' }), toDuration, (value) => value / 1e6);

/** `[all] SECONDS`: how often addresses on other interfaces are announced; 0, where it is allowed, is never. */
export interface ExtraInterfaceGarp {
  readonly all: boolean;
  readonly interval: Duration;
}
export function extraInterfaceGarp(min: 0 | 1): Argument<ExtraInterfaceGarp> {
  const interval = wholeSeconds({ min, max: 86400 });
  return {
    syntax: '[all] SECONDS',
    range: `${min}..86400`,
    unit: 's',
    examples: { accepted: ['60', 'all 3600'], refused: ['x', 'all 86401'] },
    read: (at) => {
      const all = at.peek()?.text === 'all';
      if (all) at.take();
      const value = interval.read(at);
      return value === undefined ? undefined : { all, interval: value };
    },
    show: ({ all, interval: value }) => `${all ? 'all ' : ''}${interval.show(value)}`,
  };
}

/** The name of a process: the kernel keeps 15 bytes of it. */
export const processName: Argument<string> = {
  ...text('NAME'),
  examples: { accepted: ['vrrp-a'], refused: ['averyverylongname'] },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('NAME');
    if (word.text.length <= 15) return decodeBytes(word.text);
    const used = word.text.slice(0, 15);
    at.report('valueAdjusted', word, `a process name has at most 15 bytes; "${decodeBytes(used)}" is used`);
    return decodeBytes(used);
  },
};

/** `CPU ...`; a number that cannot be one drops the whole line. */
export const processors: Argument<readonly number[]> = {
  syntax: 'CPU ...',
  range: '0..1023',
  examples: { accepted: ['0', '0 2 3'], refused: ['x', '0 1024'] },
  read: (at) => {
    if (!at.peek()) return at.missing('CPU');
    const one = integer({ min: 0, max: 1023, syntax: 'CPU' });
    const out: number[] = [];
    while (at.peek()) {
      const cpu = one.read(at);
      if (cpu === undefined) {
        while (at.peek()) at.take();
        return undefined;
      }
      out.push(cpu);
    }
    return out;
  },
  show: (cpus) => cpus.join(' '),
};

const MASK_BITS: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRWXU: 0o700,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IRWXG: 0o070,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXO: 0o007,
};

/** `NUMBER` (decimal, 0octal, 0xhex) or `IRUSR|IWGRP|...` */
export const fileMask: Argument<number> = {
  syntax: 'NUMBER|IRUSR|IWGRP|...',
  range: '0..0777',
  examples: {
    accepted: ['0177', '63', '0x3f', 'IXUSR|IRWXG|IRWXO', 'IRWXG | IRWXO'],
    refused: ['x', '01000', 'IRUSR|IX'],
  },
  read: (at) => {
    const first = at.peek();
    if (!first) return at.missing('NUMBER');
    const { text: written } = at.rest();
    const words = written.split(/[\s|]+/).filter((word) => word !== '');
    if (words.length === 1 && /^[0-9]/.test(written)) {
      const octal = /^0[0-7]+$/.test(written);
      const value = octal ? Number.parseInt(written, 8) : Number(written);
      if (Number.isInteger(value) && value <= 0o777) return value;
      return at.report('invalidValue', first, `"${decodeBytes(written)}" is no file creation mask`);
    }
    let mask = 0;
    for (const word of words) {
      const bits = MASK_BITS[word];
      if (bits === undefined) {
        return at.report('invalidValue', first, `"${decodeBytes(word)}" is no permission of a mask`, {
          remedy: `Write 0177, or words such as ${Object.keys(MASK_BITS).slice(0, 4).join('|')}.`,
        });
      }
      mask |= bits;
    }
    return mask;
  },
  show: (mask) => `0${mask.toString(8)}`,
};

/** `PATH [USER [GROUP]]` */
export const fifo: Argument<FifoSettings> = {
  syntax: 'PATH [USER [GROUP]]',
  examples: { accepted: ['/run/fifo', '/run/fifo nobody', '/run/fifo nobody nogroup'], refused: [] },
  read: (at) => {
    const path = at.take();
    if (!path) return at.missing('PATH');
    const user = at.take();
    const group = user && at.take();
    return {
      path: decodeBytes(path.text),
      ...(user ? { user: decodeBytes(user.text) } : {}),
      ...(group ? { group: decodeBytes(group.text) } : {}),
    };
  },
  show: ({ path, user, group }) => [quoteIfNeeded(path), user ?? '', group ?? ''].join(' ').trim(),
};

/** A path that begins with a slash. */
export const absolutePath: Argument<string> = {
  ...text('PATH'),
  examples: { accepted: ['/run/file'], refused: ['file', './file'] },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('PATH');
    if (word.text.startsWith('/')) return decodeBytes(word.text);
    return at.report('invalidValue', word, `"${decodeBytes(word.text)}" is not a path from the root`, {
      remedy: 'Begin it with /.',
    });
  },
};

/** `MTU|ADVERT|BYTES` */
export const receiveBuffers: Argument<ReceiveBuffers> = {
  syntax: 'MTU|ADVERT|BYTES',
  choices: ['MTU', 'ADVERT'],
  examples: { accepted: ['MTU', 'ADVERT', '65536'], refused: ['x', '-1'] },
  read: (at) => {
    const word = at.peek()?.text;
    if (word !== 'MTU' && word !== 'ADVERT')
      return integer({ min: 1, max: INT_MAX, syntax: 'BYTES' }).read(at);
    at.take();
    return word;
  },
  show: String,
};

/** Up to `max` names, all of them different. */
export function names(syntax: string, max: number, bytes: number): Argument<readonly string[]> {
  return {
    syntax,
    examples: { accepted: ['', 'one', 'one two'], refused: ['one one', 'x'.repeat(bytes + 1)] },
    optional: true,
    read: (at) => {
      const out: string[] = [];
      for (let word = at.peek(); word && out.length < max; word = at.peek()) {
        at.take();
        if (word.text.length > bytes) {
          return at.report(
            'invalidValue',
            word,
            `the name has ${word.text.length} bytes; at most ${bytes} are possible`,
          );
        }
        const name = decodeBytes(word.text);
        if (out.includes(name)) {
          return at.report('invalidValue', word, `the name "${name}" is used twice`);
        }
        out.push(name);
      }
      return out;
    },
    show: (all) => all.join(' '),
  };
}

/** `INTERFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]`, or `INTERFACE INSTANCE [ID]` */
export const syncDaemon: Argument<SyncDaemonSettings> = {
  syntax: 'INTERFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]',
  refers: 'interface',
  examples: {
    accepted: [
      'eth0',
      'eth0 VI_1',
      'eth0 VI_1 7',
      'eth0 inst VI_1 id 7 port 9000 ttl 2 maxlen 1400 group 224.0.0.90',
    ],
    refused: ['eth0 id 256', 'eth0 port 0', 'eth0 inst', 'eth0 group 192.0.2.1'],
  },
  read: (at) => {
    const device = interfaceName.read(at);
    if (device === undefined) return undefined;
    let found: SyncDaemonSettings = { interface: device };
    for (let word = at.peek(); word; word = at.peek()) {
      const bounds = SYNC_NUMBERS[word.text];
      if (bounds) {
        at.take();
        const value = integer(bounds).read(at);
        if (value === undefined) return undefined;
        found = { ...found, [bounds.key]: value };
      } else if (word.text === 'group') {
        at.take();
        const group = multicastAddress().read(at);
        if (group === undefined) return undefined;
        found = { ...found, group };
      } else if (word.text === 'inst') {
        at.take();
        const name = at.take();
        if (!name) return at.missing('INSTANCE');
        found = { ...found, instance: decodeBytes(name.text) };
      } else if (found.instance === undefined) {
        at.take();
        found = { ...found, instance: decodeBytes(word.text) };
      } else if (found.id === undefined && /^[0-9]+$/.test(word.text)) {
        const id = integer({ min: 0, max: 255 }).read(at);
        if (id === undefined) return undefined;
        found = { ...found, id };
      } else {
        at.take();
        at.report('optionUnknown', word, `"${decodeBytes(word.text)}" is not known here`);
      }
    }
    return found;
  },
  show: ({ interface: device, instance, id, maxLength, port, ttl, group }) =>
    [
      device,
      instance === undefined ? '' : `inst ${quoteIfNeeded(instance)}`,
      id === undefined ? '' : `id ${id}`,
      maxLength === undefined ? '' : `maxlen ${maxLength}`,
      port === undefined ? '' : `port ${port}`,
      ttl === undefined ? '' : `ttl ${ttl}`,
      group === undefined ? '' : `group ${group}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
};

const SYNC_NUMBERS: Readonly<Record<string, Bounds & { readonly key: string }>> = {
  id: { key: 'id', min: 0, max: 255 },
  maxlen: { key: 'maxLength', min: 1, max: 65507 },
  port: { key: 'port', min: 1, max: 65535 },
  ttl: { key: 'ttl', min: 1, max: 255 },
};

const TIMEOUTS: Readonly<Record<string, keyof LvsTimeouts>> = { tcp: 'tcp', tcpfin: 'tcpFin', udp: 'udp' };

/** `[tcp S] [tcpfin S] [udp S]`, at least one. */
export const lvsTimeouts: Argument<LvsTimeouts> = {
  syntax: '[tcp SECONDS] [tcpfin SECONDS] [udp SECONDS]',
  range: '0..2678400',
  unit: 's',
  examples: {
    accepted: ['tcp 900', 'tcp 900 tcpfin 120 udp 300'],
    refused: ['tcp', 'tcp 2678401', 'icmp 3'],
  },
  read: (at) => {
    if (!at.peek()) return at.missing('tcp SECONDS');
    let out: LvsTimeouts = {};
    for (let word = at.take(); word; word = at.take()) {
      const key = TIMEOUTS[word.text];
      if (key === undefined) {
        at.report('optionUnknown', word, `"${decodeBytes(word.text)}" is none of tcp, tcpfin, udp`);
        continue;
      }
      if (!at.peek()) return at.report('invalidValue', word, `${word.text} needs a number behind it`);
      const value = wholeSeconds({ min: 0, max: 2678400 }).read(at);
      if (value === undefined) return undefined;
      out = { ...out, [key]: value };
    }
    return out;
  },
  show: (value) =>
    Object.entries(TIMEOUTS)
      .flatMap(([word, key]) => {
        const timeout = value[key];
        return timeout === undefined ? [] : [`${word} ${timeout / 1e6}`];
      })
      .join(' '),
};

/** A delay of a whole phase of the daemon. */
export const phaseDelay: Argument<Duration> = seconds({ min: 0.001, max: 4294967 });
