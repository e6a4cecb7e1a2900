/**
 * Where one story is played: two routers of the kinds asked for, cabled as the story wants, with captures,
 * stand-ins for the programs that the seeds watch, and the seeds themselves. Taken down whatever happens; when
 * the story fails, logs and captures stay in artifacts/lab.
 */
import assert from 'node:assert/strict';
import { cpSync, lstatSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabHost } from '../../src/lab/host.js';
import { findRights } from '../../src/lab/rights.js';
import type { Running } from '../../src/lab/running.js';
import { type Cable, Topology } from '../../src/lab/topology.js';
import { projectRoot } from '../wire/fixtures.js';
import { Capture } from './capture.js';
import { type Kind, Router } from './router.js';

export interface Mix {
  readonly srv1: Kind;
  readonly srv2: Kind;
}

export interface Story {
  /** What a person would say of it, without the mix. */
  readonly name: string;
  readonly mixes: readonly Mix[];
  /** Keepalived runs scripts in it. In a user namespace it cannot: it insists on setgroups(2). */
  readonly scripts?: true;
  /** It plays a part too, and changes its user for that: needs root. */
  readonly partner?: 'frr';
  readonly play: (stage: Stage) => Promise<void>;
}

export const OURS: Mix = { srv1: 'holdfast', srv2: 'holdfast' };
export const OURS_FIRST: Mix = { srv1: 'holdfast', srv2: 'keepalived' };
export const OURS_SECOND: Mix = { srv1: 'keepalived', srv2: 'holdfast' };
export const isOurs = ({ srv1, srv2 }: Mix): boolean => srv1 === 'holdfast' && srv2 === 'holdfast';
export const ALL_MIXES: readonly Mix[] = [OURS, OURS_FIRST, OURS_SECOND];

export class Stage {
  readonly #captures: { capture: Capture; senders: readonly string[] }[] = [];

  private constructor(
    readonly lab: Topology,
    readonly srv1: Router,
    readonly srv2: Router,
  ) {}

  /** Plays a story in one mix, in a lab of its own; `signal` ends it early, with nothing left running. */
  static async play(story: Story, mix: Mix, signal?: AbortSignal): Promise<void> {
    const rights = await findRights();
    assert.ok(rights.ok, rights.ok ? '' : rights.error);
    const lab = await Topology.open(rights.value);
    signal?.addEventListener('abort', () => void lab.close());
    try {
      const [first, second] = await Promise.all([lab.host('srv1'), lab.host('srv2')]);
      const stage = new Stage(lab, new Router(first, mix.srv1), new Router(second, mix.srv2));
      await story.play(stage);
      await stage.#judge();
    } catch (error) {
      const kept = keep(lab.directory, `${story.name} (${mixName(mix)})`);
      if (error instanceof Error) error.message += `\n  logs and captures: ${kept}`;
      throw error;
    } finally {
      await lab.close();
    }
  }

  async #judge(): Promise<void> {
    for (const { capture, senders } of this.#captures) await capture.stop(senders);
    this.srv1.assertNoComplaints();
    this.srv2.assertNoComplaints();
  }

  /**
   * Both routers on one network with these addresses, and a capture at srv1's port and at srv2's: between
   * them they see every advert, multicast or not.
   */
  async wire(
    name: string,
    addresses: readonly [string | readonly string[], string | readonly string[]],
  ): Promise<{ cables: readonly [Cable, Cable]; captures: readonly [Capture, Capture] }> {
    const network = `net-${name}`;
    await this.lab.network(network);
    const [first, second] = [[addresses[0]].flat(), [addresses[1]].flat()];
    const cables = [
      await this.lab.cable(this.srv1.host, name, network, first),
      await this.lab.cable(this.srv2.host, name, network, second),
    ] as const;
    const senders = [...first, ...second];
    const captures = [
      await this.capture(cables[0], senders),
      await this.capture(cables[1], senders),
    ] as const;
    return { cables, captures };
  }

  /** `senders`: whose adverts tshark shall judge at the end; addresses, with or without a prefix length. */
  async capture(cable: Cable, senders: readonly string[]): Promise<Capture> {
    const capture = await Capture.start(this.lab, cable);
    this.#captures.push({ capture, senders: senders.map((sender) => sender.split('/')[0] ?? '') });
    return capture;
  }
}

/** In the checkout, or where this user may not write there, among the temporary files. */
function keep(directory: string, title: string): string {
  const name = title.replaceAll(/[^\w()-]+/g, '-');
  const copy = (to: string): string => {
    cpSync(directory, to, {
      recursive: true,
      filter: (path) => !/\/(was-)?bin$/.test(path) && !lstatSync(path).isSocket(),
    });
    return to;
  };
  try {
    return copy(join(projectRoot, 'artifacts', 'lab', name));
  } catch {
    return copy(mkdtempSync(join(tmpdir(), 'holdfast-artifacts-')));
  }
}

export const mixName = (mix: Mix): string => `srv1 ${mix.srv1}, srv2 ${mix.srv2}`;

/** A process of this name and no other merit. */
export function standIn(host: LabHost, name: string): Promise<Running> {
  const program = join(host.directory, name);
  try {
    symlinkSync('/bin/sleep', program);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return host.start([program, '1000000']);
}

/** A seed as its author wrote it, with the changes a story needs; a change that finds nothing to change fails. */
export function seed(name: string, ...changes: readonly (readonly [RegExp | string, string])[]): string {
  let text = readFileSync(join(projectRoot, 'test', 'fixtures', 'seeds', name), 'utf8');
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, `${name} holds nothing like ${from}`);
    text = changed;
  }
  return text;
}

/** For a seed with a script: else one that takes longer than its interval, as on a busy machine, has failed. */
export const TIME_FOR_SCRIPTS: readonly [RegExp, string] = [/(\binterval \d+)/, '$1\n  timeout 10'];

/**
 * Keepalived follows processes by the kernel's connector alone, which is deaf in a network namespace: there a
 * script of the same weight stands for the process.
 */
export function forKind(kind: Kind, text: string): string {
  if (kind === 'holdfast') return text;
  return text
    .replace(
      /vrrp_track_process (\w+) \{\s*process (\w+)\s*weight (\d+)\s*\}/,
      'vrrp_script $1 {\n  script "/usr/bin/killall -0 $2"\n  interval 1\n  timeout 10\n  weight $3\n}',
    )
    .replace(/track_process \{/, 'track_script {');
}
