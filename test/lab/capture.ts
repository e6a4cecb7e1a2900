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
  readonly source: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly text: string;
}

const LINE =
  /^(?<at>[0-9.]+) IP (?<source>[0-9.]+) > [0-9.]+: VRRPv2, Advertisement, vrid (?<vrid>\d+), prio (?<priority>\d+)/;
const FILTER = 'ip proto 112 or arp';

export class Capture {
  readonly adverts: Journal<Advert>;

  private constructor(
    readonly file: string,
    private readonly running: Running,
    name: string,
  ) {
    this.adverts = new Journal(name, (advert) => advert.text);
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
      const printer = spawn('tcpdump', ['-r', '-', '-n', '-tt', '-l'], {
        stdio: [tail.stdout, 'pipe', 'ignore'],
        env: { PATH: TOOL_PATH },
      });
      createInterface({ input: printer.stdout }).on('line', (text) => capture.#take(text));
      void running.exited.then(() => tail.kill());
    }
    return capture;
  }

  #take(text: string): void {
    const fields = LINE.exec(text)?.groups;
    if (fields === undefined) return;
    this.adverts.push({
      at: Number(fields['at']),
      source: fields['source'] ?? '',
      virtualRouterId: Number(fields['vrid']),
      priority: Number(fields['priority']),
      text,
    });
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
    const adverts = await this.adverts.collect(
      `an advert from ${source}`,
      count,
      (a) => a.source === source,
      mark,
    );
    const others = this.adverts.entries.slice(mark).filter((advert) => advert.source !== source);
    assert.deepEqual(others, [], `only ${source} is master, yet another advertises`);
    return adverts;
  }

  /** Ends the capture; tshark must find every advert of these senders whole, and remark on none. */
  async stop(senders: readonly string[]): Promise<void> {
    await this.running.stop();
    const { stdout } = await promisify(execFile)(
      'tshark',
      [
        ...['-r', this.file, '-Y', 'vrrp', '-T', 'fields', '-E', 'separator=|'],
        ...['-e', 'ip.src', '-e', 'ip.ttl', '-e', 'vrrp.checksum.status', '-e', '_ws.expert.message'],
      ],
      { env: { PATH: TOOL_PATH, HOME: '/nonexistent' } },
    );
    const rows = stdout.split('\n').filter((row) => row !== '');
    const judged = rows.filter((row) => senders.includes(row.split('|')[0] ?? ''));
    assert.ok(judged.length > 0, `tshark finds no advert in ${this.file}`);
    for (const row of judged) {
      const [, ttl, checksum, remark] = row.split('|');
      assert.deepEqual(
        { ttl, checksum, remark },
        { ttl: '255', checksum: '1', remark: '' },
        `tshark says: ${row}`,
      );
    }
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
