/** What a person reads when the daemon is not there, is dead, is forbidden, or is something else. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { socketPath } from '../../src/admin/socket-path.js';
import { ask } from '../../src/cli/client.js';
import { runDrain } from '../../src/cli/commands/drain.js';
import { runReload } from '../../src/cli/commands/reload.js';
import { runStatus, type StatusOptions } from '../../src/cli/commands/status.js';
import { runWatch } from '../../src/cli/commands/watch.js';
import type { Output } from '../../src/cli/output.js';
import { withWhereabouts } from '../../src/cli/whereabouts.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function collector(): Output & { text: string } {
  const out = {
    colour: false,
    text: '',
    write: (part: string) => {
      out.text += part;
    },
  };
  return out;
}

for (const [name, command] of [
  ['status', runStatus],
  ['watch', runWatch],
  ['reload', runReload],
] as const)
  test(`${name} without a daemon names the socket, says how to start one, and fails`, async () => {
    const out = collector();
    const err = collector();
    const runDir = join(directory, 'nothing');
    assert.equal(await command({ runDir }, out, err), 1);
    assert.equal(out.text, '');
    assert.ok(err.text.includes(join(runDir, 'control.sock')), err.text);
    assert.match(err.text, /systemctl start holdfast/);
  });

test('a socket that nobody listens on is told apart from none', async () => {
  const path = join(directory, 'dead.sock');
  const server = createServer();
  await new Promise<void>((done) => server.listen(path, done));
  // A process that is killed leaves its socket behind; close() would remove it.
  const { renameSync, linkSync } = await import('node:fs');
  linkSync(path, `${path}.kept`);
  await new Promise((done) => server.close(done));
  renameSync(`${path}.kept`, path);
  const answer = await ask(path, 'GET', '/status');
  assert.ok(!answer.ok);
  assert.match(answer.error, /has died/);
});

test('another program behind the socket is recognised', async () => {
  const path = join(directory, 'other.sock');
  const server = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'));
  await new Promise<void>((done) => server.listen(path, done));
  const answer = await ask(path, 'GET', '/status');
  assert.ok(!answer.ok);
  assert.match(answer.error, /not JSON/);
  server.close();
});

for (const [name, command] of [
  ['status', runStatus],
  ['drain', (options: StatusOptions, out: Output, err: Output) => runDrain('10.0.0.1', options, out, err)],
  ['reload', runReload],
] as const)
  test(`${name}: another program that answers in JSON is recognised`, async () => {
    const path = join(directory, `${name}.sock`);
    const server = createServer((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'),
    );
    await new Promise<void>((done) => server.listen(path, done));
    const out = collector();
    const err = collector();
    assert.equal(await command({ socket: path }, out, err), 1);
    assert.match(err.text, /is none of Holdfast's: is another program listening there\?/);
    assert.equal(out.text, '');
    server.close();
  });

test('where an option says which daemon, nothing is no answer', async () => {
  const program = withWhereabouts(new Command('status'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await assert.rejects(program.parseAsync(['--socket', ''], { from: 'user' }), /It is empty/);
});

test('a daemon that accepts and says nothing is not waited for for ever', async () => {
  const path = join(directory, 'mute.sock');
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((done) => server.listen(path, done));
  const answer = await ask(path, 'GET', '/status', 50);
  assert.ok(!answer.ok);
  assert.match(answer.error, /no answer within 0.05 seconds/);
  server.close();
});

test('sockets are looked for where daemons put them', () => {
  assert.equal(socketPath({}), '/run/holdfast/control.sock');
  assert.equal(socketPath({ namespace: 'blue' }), '/run/holdfast/blue/control.sock');
  assert.equal(socketPath({ instance: 'a' }), '/run/holdfast_a/control.sock');
  assert.equal(socketPath({ namespace: 'blue', instance: 'a' }), '/run/holdfast/blue_a/control.sock');
  assert.equal(socketPath({ runDirectory: '/x', namespace: 'blue' }), '/x/control.sock');
});
