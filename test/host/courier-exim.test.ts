/**
 * Mail through Debian's exim, a server that nobody here wrote: what lands in the mailbox, and how a slow answer and
 * a refusal end. It runs as itself on loopback, with a configuration, a spool and a port of its own.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { seconds } from '../../src/base/time.js';
import type { SendMail } from '../../src/core/effects.js';
import { FinalFailure } from '../../src/host/courier/delivery-queue.js';
import { sendMail } from '../../src/host/courier/mail.js';
import { rootMissing, until } from './rig.js';

const EXIM = '/usr/sbin/exim4';
const skip = rootMissing || (existsSync(EXIM) ? false : 'needs exim4 (apt install exim4-daemon-light)');
const NOBODY = 65534;

const folder = mkdtempSync(join(tmpdir(), 'holdfast-exim-'));
let server: ChildProcess | undefined;
after(() => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const CONFIGURATION = `
# Whoever is not root loses what it may when it reads a configuration that is not Debian's.
exim_user = root
exim_group = root
keep_environment =
primary_hostname = mail.example.net
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/pid
tls_advertise_hosts =
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  deny   recipients = nobody-there@example.net
         message = there is no such person
  defer  recipients = later@example.net
         message = come again
  accept recipients = slow@example.net
         delay = 2s
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = ${folder}/box/all
  user = nobody
  group = nogroup
`;

/** A port that is free now: exim takes a number, not "any". */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => void probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((done) => void probe.close(() => done()));
  return port;
}

async function startExim(): Promise<number> {
  chmodSync(folder, 0o755);
  for (const name of ['spool', 'log', 'box']) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), NOBODY, NOBODY);
    chmodSync(join(folder, name), 0o777);
  }
  const path = join(folder, 'exim.conf');
  writeFileSync(path, CONFIGURATION);
  const port = await freePort();
  server = spawn(EXIM, ['-C', path, '-bdf', '-oX', `127.0.0.1.${port}`], { stdio: 'ignore' });
  const log = join(folder, 'log', 'mainlog');
  await until(
    'exim listens',
    () => existsSync(log) && readFileSync(log, 'latin1').includes('listening for SMTP'),
  );
  return port;
}

/** Exim names no file after what a stranger sent, so all mail lies in one. */
const box = (): string => {
  const path = join(folder, 'box', 'all');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

describe('mail through exim', { skip }, () => {
  let port = 0;
  const mail = (to: string): SendMail => ({
    kind: 'send-mail',
    server: { host: '127.0.0.1', port },
    router: 'lb1',
    from: 'holdfast@example.net',
    to: [to],
    connectTimeout: seconds(10),
    subject: 'VRRP Instance VI_1 - Entering MASTER state',
    body: 'Why:      no advert from 192.0.2.3 (priority 150) for 3.609s\n.\nA dot alone ends no mail.\n',
  });

  test('arrives as it was meant', async () => {
    port = await startExim();
    await sendMail(mail('Night Shift <night@example.net>'));
    await until('it is in the mailbox', () => box().includes('A dot alone'));
    assert.match(box(), /^Subject: \[lb1\] VRRP Instance VI_1 - Entering MASTER state$/m);
    assert.match(box(), /^To: Night Shift <night@example\.net>$/m);
    assert.match(box(), /^From: holdfast@example\.net$/m);
    assert.match(
      box(),
      /\n\nWhy: {6}no advert from 192\.0\.2\.3 \(priority 150\) for 3\.609s\n\.\nA dot alone/,
    );
  });

  test('a slow server is waited for, within the patience', async () => {
    await sendMail(mail('slow@example.net'));
    await until('it is in the mailbox', () => box().includes('slow@example.net'));
    await assert.rejects(sendMail(mail('slow@example.net'), 300), /[Tt]imeout/);
  });

  test('what is refused for good is not tried again, what is put off is', async () => {
    await assert.rejects(
      sendMail(mail('nobody-there@example.net')),
      (error: Error) => error instanceof FinalFailure && /there is no such person/.test(error.message),
    );
    await assert.rejects(
      sendMail(mail('later@example.net')),
      (error: Error) => !(error instanceof FinalFailure) && /come again/.test(error.message),
    );
  });
});
