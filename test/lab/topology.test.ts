/** The lab itself: what it promises to stories, above all that nothing of it stays, however its maker ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Rights } from '../../src/lab/rights.js';
import { Topology } from '../../src/lab/topology.js';
import { until } from './journal.js';
import { lookAround, skipBecause } from './needs.js';

const { rights, unfit } = await lookAround();
const VICTIM = fileURLToPath(new URL('./victim.js', import.meta.url));

/** Processes with `word` on their command line. */
function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cmdline`, 'latin1').includes(word);
    } catch {
      return false;
    }
  });
}

describe('topology', { ...skipBecause(unfit) }, () => {
  const open = (): Promise<Topology> => {
    assert.equal(unfit, undefined);
    return Topology.open(rights as Rights);
  };

  test('hosts reach each other, until the cable is cut', async () => {
    const lab = await open();
    try {
      await lab.network('lan');
      const [left, right] = [await lab.host('left'), await lab.host('right')];
      const cable = await lab.cable(left, 'eth0', 'lan', ['192.0.2.1/24', '2001:db8::1/64']);
      await lab.cable(right, 'ens9', 'lan', ['192.0.2.2/24', '2001:db8::2/64']);
      const pings = (address: string): Promise<boolean> =>
        left.run(['ping', '-c1', '-W1', address]).then(
          () => true,
          () => false,
        );
      const carrier = async (): Promise<boolean> =>
        (await left.run(['ip', 'link', 'show', 'eth0'])).includes('LOWER_UP');
      await until('192.0.2.2 answers', () => pings('192.0.2.2'));
      await until('2001:db8::2 answers', () => pings('2001:db8::2'));
      await cable.cut();
      assert.equal(await carrier(), false);
      assert.equal(await pings('192.0.2.2'), false);
      await cable.mend();
      assert.ok(await carrier());
      await until('192.0.2.2 answers', () => pings('192.0.2.2'));
      await cable.silence();
      assert.ok(await carrier(), 'a silenced link looks sound');
      assert.equal(await pings('192.0.2.2'), false);
      await cable.unsilence();
      await until('192.0.2.2 answers', () => pings('192.0.2.2'));
      await cable.addAddress('198.51.100.1/24');
      assert.match(await left.run(['ip', 'address']), /198\.51\.100\.1\/24/);
      await cable.deleteAddress('198.51.100.1/24');
      assert.doesNotMatch(await left.run(['ip', 'address']), /198\.51\.100\.1/);
    } finally {
      await lab.close();
    }
  });

  test('what goes by a route arrives, at any address behind a host too', async () => {
    const lab = await open();
    try {
      await lab.network('lan');
      const [left, right] = [await lab.host('left'), await lab.host('right')];
      await lab.cable(left, 'eth0', 'lan', ['192.0.2.1/24']);
      await lab.cable(right, 'eth0', 'lan', ['192.0.2.2/24']);
      await lab.behind(right, '198.18.0.1/15');
      await assert.rejects(left.run(['ping', '-c1', '-W1', '198.19.7.7']));
      await lab.route(left, '192.0.2.2', '198.18.0.0/15');
      await until('198.19.7.7 answers', () =>
        left.run(['ping', '-c1', '-W1', '198.19.7.7']).then(
          () => true,
          () => false,
        ),
      );
      await lab.route(right, '192.0.2.1');
      assert.match(await right.run(['ip', 'route']), /default via 192\.0\.2\.1/);
      await assert.rejects(lab.route(left, '203.0.113.1'), /routing by 203\.0\.113\.1/);
    } finally {
      await lab.close();
    }
  });

  test('a host sees its own processes, files and scripts only', async () => {
    const lab = await open();
    try {
      const [left, right] = [await lab.host('left'), await lab.host('right')];
      left.install('hello.sh', '#!/bin/sh\necho "hello from left"\n');
      assert.equal(await left.run(['/usr/local/bin/hello.sh']), 'hello from left');
      await assert.rejects(right.run(['/usr/local/bin/hello.sh']));
      assert.equal(existsSync('/usr/local/bin/hello.sh'), false, 'this machine itself is left alone');
      await left.run(['sh', '-c', 'echo mine >/run/mine']);
      assert.equal(left.read('/run/mine'), 'mine\n');
      assert.equal(right.read('/run/mine'), undefined);
      assert.equal(existsSync('/run/mine'), false);
      const sleeper = await left.start(['sleep', '987654']);
      assert.match(
        readFileSync(`/proc/${sleeper.pid}/cmdline`, 'latin1'),
        /987654/,
        'the pid is the command',
      );
      assert.match(await left.run(['sh', '-c', 'cat /proc/[0-9]*/cmdline']), /987654/);
      assert.doesNotMatch(await right.run(['sh', '-c', 'cat /proc/[0-9]*/cmdline']), /987654/);
      assert.deepEqual(await sleeper.stop(), { code: null, signal: 'SIGTERM' });
    } finally {
      await lab.close();
    }
  });

  test('a cable is removed with both ends, also when the host at its end is gone already', async () => {
    const lab = await open();
    try {
      await lab.network('lan');
      const host = await lab.host('left');
      const cable = await lab.cable(host, 'eth0', 'lan', ['192.0.2.1/24']);
      await cable.remove();
      assert.doesNotMatch(await host.run(['ip', 'link']), /eth0/);
      await cable.remove();
    } finally {
      await lab.close();
    }
  });

  test('a command that cannot be started is said, one that fails tells its status', async () => {
    const lab = await open();
    try {
      const host = await lab.host('left');
      await assert.rejects(host.run(['/no/such/program']), /127|not found/);
      await assert.rejects(host.run(['sh', '-c', 'echo why; exit 3']), /status 3: why/);
      await assert.rejects(lab.cable(host, 'eth0', 'nowhere'), /nowhere/);
    } finally {
      await lab.close();
    }
  });

  for (const [how, end] of [
    ['is killed', (pid: number) => process.kill(pid, 'SIGKILL')],
    ['is ended', (pid: number) => process.kill(pid, 'SIGTERM')],
    ['and its whole process group are interrupted', (pid: number) => process.kill(-pid, 'SIGINT')],
    ['and its whole process group are ended', (pid: number) => process.kill(-pid, 'SIGTERM')],
  ] as const) {
    test(`nothing is left when the process that made it ${how}`, async () => {
      assert.equal(unfit, undefined);
      // In a process group of its own.
      const victim = spawn(process.execPath, [VICTIM], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      const directory = await firstLine(victim);
      assert.ok(existsSync(directory));
      assert.ok(processesWith(directory).length >= 3, 'a switch, a host, and what runs in it');
      assert.ok(victim.pid !== undefined);
      end(victim.pid);
      await until('its processes are gone', () => processesWith(directory).length === 0);
      await until('its directory is gone', () => !existsSync(directory));
    });
  }
});

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('exit', () => reject(new Error('it ended before it said anything')));
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve);
  });
}
