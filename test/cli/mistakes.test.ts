/**
 * docs/guides/mistakes.md shows what is true: its configurations run through both daemons again, and both answers
 * are compared with those on the page. UPDATE=1 rewrites them. Keepalived's part needs root and version 2.2.7.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CheckWorld, runCheck } from '../../src/cli/commands/check.js';
import type { Output } from '../../src/cli/output.js';
import type { Environment } from '../../src/config/cross-check.js';
import { readerOf } from '../config/support.js';
import { address, link } from '../support/machine.js';
import { projectRoot } from '../wire/fixtures.js';
import { type Answer, type Mistake, readMistakes, withAnswers } from './mistakes.js';

const path = join(projectRoot, 'docs/guides/mistakes.md');
const update = process.env['UPDATE'] === '1';
const mistakes = readMistakes(readFileSync(path, 'utf8'));

async function ofHoldfast({ files }: Mistake): Promise<Answer> {
  const world: CheckWorld = {
    reader: readerOf(Object.fromEntries(files.map(({ name, text }) => [name, text]))),
    hostName: 'node1',
    machine: () => MACHINE,
    variable: () => undefined,
  };
  let text = '';
  const out: Output = {
    colour: false,
    write: (part) => {
      text += part;
    },
  };
  const names = files.map(({ name }) => name);
  const exit = await runCheck(names, {}, out, out, world);
  return { exit, text };
}

const MACHINE: Environment = {
  links: [link(1, 'lo', { loopback: true }), link(2, 'eth0'), link(3, 'eth1')],
  addresses: [address(2, '192.0.2.11', 24), address(3, '10.0.0.11', 24)],
  forwarding: () => ({ ipv4: false, ipv6: false, has: () => false }),
};

/** The same machine for Keepalived: veth pairs in a network namespace that ends with the shell. */
const STAGE = `
  ip link set lo up
  for n in 0 1; do
    ip link add eth$n type veth peer name far$n
    ip link set eth$n up
    ip link set far$n up
  done
  ip address add 192.0.2.11/24 dev eth0
  ip address add 10.0.0.11/24 dev eth1
  exec timeout 20 keepalived -t -f "$0"`;

const folder = mkdtempSync(join(tmpdir(), 'holdfast-mistakes-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function ofKeepalived({ files }: Mistake): Answer {
  const answers = files.map(({ name, text }) => {
    writeFileSync(join(folder, name), text);
    const ran = spawnSync('unshare', ['--net', 'sh', '-c', STAGE, name], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    // It names itself and the time before some messages, and both change.
    return { exit: ran.status ?? -1, text: `${ran.stdout}${ran.stderr}` };
  });
  return {
    exit: Math.max(...answers.map(({ exit }) => exit)),
    text: answers.map(({ text }) => text).join(''),
  };
}

function whyNotKeepalived(): string | false {
  const asked = spawnSync('unshare', ['--net', 'keepalived', '--version'], { encoding: 'utf8' });
  if (asked.status !== 0) return 'network namespaces need root, and keepalived has to be installed';
  return /v2\.2\.7\b/.test(asked.stderr + asked.stdout) ? false : 'the page shows Keepalived 2.2.7';
}

const keepalivedSkip = whyNotKeepalived();

/** Rewrites the page, whatever it shows; comparing is left to the next run. */
async function rewrite(): Promise<void> {
  const ours: Answer[] = [];
  for (const mistake of mistakes) ours.push(await ofHoldfast(mistake));
  let page = withAnswers(readFileSync(path, 'utf8'), 'Holdfast', ours);
  if (keepalivedSkip === false) page = withAnswers(page, 'Keepalived', mistakes.map(ofKeepalived));
  writeFileSync(path, page);
}

describe('the page of mistakes', () => {
  test('has at least twenty, and Holdfast has something to say to each', { skip: update }, () => {
    assert.ok(mistakes.length >= 20);
    for (const { title, holdfast } of mistakes) assert.match(holdfast.text, /\[HF\d+\]/, title);
  });

  if (update) test('is rewritten', rewrite);

  describe('shows what Holdfast says', () => {
    for (const mistake of mistakes) {
      test(mistake.title, { skip: update }, async () =>
        assert.deepEqual(await ofHoldfast(mistake), mistake.holdfast),
      );
    }
  });

  describe('shows what Keepalived says', { skip: keepalivedSkip }, () => {
    for (const mistake of mistakes) {
      test(mistake.title, { skip: update }, () =>
        assert.deepEqual(ofKeepalived(mistake), mistake.keepalived),
      );
    }
  });
});
