/**
 * The wire as tcpdump sees it at one port of the lab's switch: adverts as they pass, and at the end the whole
 * file through tshark's eyes. Nothing here reads a packet with our own codecs: who observes is not who sends.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { TOOL_PATH } from '../../src/lab/rights.js';
import type { Running } from '../../src/lab/running.js';
import type { Cable, Topology } from '../../src/lab/topology.js';
import { Journal } from './journal.js';

export interface Advert {
  /** Seconds since the epoch, as tcpdump stamped it. */
  readonly at: number;
  /** Ethernet address that it came from. */
  readonly mac: string;
  readonly source: string;
  readonly destination: string;
  readonly version: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly text: string;
}

/** A gratuitous ARP request or an unsolicited neighbour advertisement. */
export interface Announcement {
  readonly at: number;
  readonly mac: string;
  readonly address: string;
  readonly text: string;
}

const FRAME =
  /^(?<at>[0-9.]+) (?<mac>[0-9a-f:]{17}) > [0-9a-f:]{17}, ethertype \S+ \(\w+\), length \d+: (?<rest>.*)$/;
const ADVERT =
  /^(?<source>[0-9a-f.:]+) > (?<destination>[0-9a-f.:]+): (AH\(.*?\): )?VRRPv(?<version>\d), Advertisement, (\(ttl \d+\), )?vrid (?<vrid>\d+), prio (?<priority>\d+)/;
const GRATUITOUS_ARP = /^Request who-has (?<address>[0-9.]+) \(ff:ff:ff:ff:ff:ff\) tell \k<address>,/;
const ADVERTISEMENT = /^[0-9a-f:]+ > ff02::1: ICMP6, neighbor advertisement, tgt is (?<address>[0-9a-f:]+),/;
const FILTER = 'ip proto 112 or ip proto 51 or ip6 proto 112 or arp or (icmp6 and ip6[40] = 136)';

export class Capture {
  readonly adverts: Journal<Advert>;
  readonly announcements: Journal<Announcement>;

  private constructor(
    readonly file: string,
    private readonly running: Running,
    name: string,
  ) {
    this.adverts = new Journal(name, (advert) => advert.text);
    this.announcements = new Journal(`announcements on ${name}`, (one) => one.text);
  }

  /**
   * `file` comes into the lab's directory. As an ordinary user tcpdump cannot shed the rights that it believes
   * to have (a user namespace has no other user), so dumpcap catches and tcpdump, outside, prints.
   */
  static async start(lab: Topology, cable: Cable): Promise<Capture> {
    const file = join(lab.directory, `${cable.port}.pcap`);
    const asRoot = [
      'tcpdump',
      '-Z',
      'root',
      '-i',
      cable.port,
      '-n',
      '-e',
      '-tt',
      '-l',
      '-U',
      '--print',
      '-w',
      file,
      FILTER,
    ];
    const asUser = ['dumpcap', '-q', '-P', '-i', cable.port, '-f', FILTER, '-w', file];
    const running = await lab.start(lab.rights.kind === 'root' ? asRoot : asUser);
    const capture = new Capture(file, running, `the wire at ${cable.port}`);
    if (lab.rights.kind === 'root') {
      running.onLine((line) => capture.#take(line.text));
      const listening = running.lines.find((line) => line.text.includes('listening on'));
      if (listening === undefined) await ready(running, /listening on/);
    } else {
      await ready(running, /File: /);
      // Reads the file as it grows, and no longer than we live.
      const tail = spawn('tail', ['-c', '+1', `--pid=${process.pid}`, '-F', file], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const printer = spawn('tcpdump', ['-r', '-', '-n', '-e', '-tt', '-l'], {
        stdio: [tail.stdout, 'pipe', 'ignore'],
        env: { PATH: TOOL_PATH },
      });
      createInterface({ input: printer.stdout }).on('line', (text) => capture.#take(text));
      void running.exited.then(() => tail.kill());
    }
    return capture;
  }

  #take(text: string): void {
    const frame = FRAME.exec(text)?.groups;
    if (frame === undefined) return;
    const common = { at: Number(frame['at']), mac: frame['mac'] ?? '', text };
    const rest = frame['rest'] ?? '';
    const fields = ADVERT.exec(rest)?.groups;
    if (fields !== undefined) {
      this.adverts.push({
        ...common,
        source: fields['source'] ?? '',
        destination: fields['destination'] ?? '',
        version: Number(fields['version']),
        virtualRouterId: Number(fields['vrid']),
        priority: Number(fields['priority']),
      });
      return;
    }
    const announced = (GRATUITOUS_ARP.exec(rest) ?? ADVERTISEMENT.exec(rest))?.groups;
    if (announced !== undefined) this.announcements.push({ ...common, address: announced['address'] ?? '' });
  }

  /** Waits for an advert from `source`, with this priority if one is named. */
  advert(source: string, priority?: number, after = 0): Promise<Advert> {
    const what = `an advert from ${source}${priority === undefined ? '' : ` with priority ${priority}`}`;
    const fits = (advert: Advert): boolean =>
      advert.source === source &&
      (priority === undefined ? advert.priority !== 0 : advert.priority === priority);
    return this.adverts.find(what, fits, after);
  }

  /** Waits for `count` further adverts from `source` and holds that nobody else sent one meanwhile. */
  async onlyFrom(source: string, count: number): Promise<Advert[]> {
    const mark = this.adverts.mark();
    // tcpdump tells later than it stamps: what was sent before we were asked still comes, and counts for nobody.
    const asked = Date.now() / 1000;
    const adverts = await this.adverts.collect(
      `an advert from ${source}`,
      count,
      (a) => a.source === source && a.at >= asked,
      mark,
    );
    const others = this.adverts.entries
      .slice(mark)
      .filter((advert) => advert.source !== source && advert.at >= asked);
    assert.deepEqual(others, [], `only ${source} is master, yet another advertises`);
    return adverts;
  }

  /**
   * Ends the capture; tshark must find every advert of these senders, and every announcement, whole and remark on
   * none. A hop limit of 255 belongs to groups and to IPv4; over IPv6 unicast takes the kernel's.
   */
  async stop(senders: readonly string[]): Promise<void> {
    await this.running.stop();
    const fields = (filter: string, names: readonly string[]): Promise<string[][]> =>
      this.#tshark(filter, names);
    const adverts = await fields('vrrp', [
      ...['ip.src', 'ipv6.src', 'ip.ttl', 'ipv6.hlim', 'ipv6.dst'],
      ...['vrrp.checksum.status', '_ws.expert.message'],
    ]);
    // Who speaks IPv6 to a group does it from an address that the kernel made.
    const judged = adverts.filter(
      ([v4 = '', v6 = '']) => senders.includes(v4 === '' ? v6 : v4) || v6.startsWith('fe80:'),
    );
    assert.ok(judged.length > 0, `tshark finds no advert in ${this.file}`);
    for (const row of judged) {
      const [, , ttl, hops, to = '', checksum, remark] = row;
      const limit = to === '' ? ttl : to.startsWith('ff02:') ? hops : '255';
      assert.deepEqual(
        { limit, checksum, remark },
        { limit: '255', checksum: '1', remark: '' },
        `tshark says: ${row.join('|')}`,
      );
    }
    const announcements = await fields('icmpv6.type == 136 && ipv6.dst == ff02::1', [
      ...['ipv6.hlim', 'icmpv6.checksum.status', '_ws.expert.message'],
    ]);
    for (const row of announcements) assert.deepEqual(row, ['255', '1', ''], `tshark says: ${row.join('|')}`);
  }

  /** The named fields of every packet that the display filter lets through. */
  async #tshark(filter: string, names: readonly string[]): Promise<string[][]> {
    const { stdout } = await promisify(execFile)(
      'tshark',
      [
        ...['-r', this.file, '-Y', filter, '-T', 'fields', '-E', 'separator=|'],
        ...names.flatMap((name) => ['-e', name]),
      ],
      { env: { PATH: TOOL_PATH, HOME: '/nonexistent' }, maxBuffer: 64 * 1024 * 1024 },
    );
    return stdout
      .split('\n')
      .filter((row) => row !== '')
      .map((row) => row.split('|'));
  }
}

function ready(running: Running, sign: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const off = running.onLine((line) => {
      if (!sign.test(line.text)) return;
      off();
      resolve();
    });
    void running.exited.then(() => reject(new Error(`the capture ended: ${running.output}`)));
    if (running.lines.some((line) => sign.test(line.text))) resolve();
  });
}
