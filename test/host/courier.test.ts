/**
 * Mail and webhooks against real servers on loopback: what arrives, in which order, what is tried again and what is
 * given up, and what is said then. The SMTP server is a library's, so that we do not only agree with ourselves.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { MAX_DELIVERY_QUEUE } from '../../src/base/limits.js';
import { seconds } from '../../src/base/time.js';
import type { PostWebhook, SendMail } from '../../src/core/effects.js';
import { DeliveryQueue, FinalFailure } from '../../src/host/courier/delivery-queue.js';
import { sendMail } from '../../src/host/courier/mail.js';
import { postWebhook, webhookName } from '../../src/host/courier/webhook.js';
import { Courier } from '../../src/host/courier.js';
import { until } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-courier-'));
const closing: (() => void)[] = [() => rmSync(folder, { recursive: true })];
after(() => {
  for (const close of closing) close();
});

const listening = async (server: Pick<Server, 'listen' | 'address'>): Promise<number> => {
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
};

describe('a queue of deliveries', () => {
  const lines: string[] = [];
  const queueOf = (retries: readonly number[] = [1, 1]) => {
    lines.length = 0;
    return new DeliveryQueue('mail', (level, text) => lines.push(`${level}: ${text}`), retries);
  };

  test('keeps the order, also while one is tried again', async () => {
    const queue = queueOf();
    const done: string[] = [];
    let failures = 2;
    queue.add({
      what: 'a',
      attempt: async () => {
        if (failures-- > 0) throw new Error('not now');
        done.push('a');
      },
    });
    queue.add({ what: 'b', attempt: async () => void done.push('b') });
    await queue.finish();
    // Finishing leaves no time for further attempts: here there were none left to wait for.
    assert.ok(done.includes('b'));
  });

  test('says a failure once, and when it came through after all', async () => {
    const queue = queueOf();
    let failures = 2;
    const delivered = new Promise<void>((done) => {
      queue.add({
        what: 'a',
        attempt: async () => {
          if (failures-- > 0) throw new Error('not now');
          done();
        },
      });
    });
    await delivered;
    await queue.finish();
    assert.deepEqual(lines, [
      'warning: a could not be delivered: not now; it is tried again',
      'info: a was delivered at attempt 3',
    ]);
  });

  test('gives up after its last attempt, and at once where the failure is final', async () => {
    const queue = queueOf();
    let attempts = 0;
    queue.add({
      what: 'a',
      attempt: async () => {
        attempts++;
        throw new Error('never');
      },
    });
    await until('it is given up', () => lines.some((line) => line.startsWith('error')));
    assert.equal(attempts, 3);
    assert.equal(lines.at(-1), 'error: a is given up after 3 attempts: never');
    queue.add({
      what: 'b',
      attempt: async () => {
        throw new FinalFailure('no such mailbox');
      },
    });
    await queue.finish();
    assert.equal(lines.at(-1), 'error: b is given up: no such mailbox');
  });

  test('is bounded: the oldest give way, and that is said', async () => {
    const queue = queueOf();
    let open: () => void = () => {};
    const gate = new Promise<void>((done) => {
      open = done;
    });
    const done: number[] = [];
    queue.add({ what: 'first', attempt: () => gate });
    for (let i = 0; i < MAX_DELIVERY_QUEUE + 10; i++)
      queue.add({ what: String(i), attempt: async () => void done.push(i) });
    open();
    await queue.finish();
    assert.equal(done.length, MAX_DELIVERY_QUEUE);
    assert.equal(done[0], 10);
    assert.match(lines[0] ?? '', /1000 messages wait, from now on the oldest are lost/);
    assert.match(lines[1] ?? '', /10 messages were lost meanwhile/);
  });

  test('does not wait between attempts when the end is near', async () => {
    const queue = queueOf([3_600_000]);
    queue.add({
      what: 'a',
      attempt: async () => {
        throw new Error('not now');
      },
    });
    queue.add({
      what: 'b',
      attempt: async () => {
        throw new Error('not now');
      },
    });
    await until('it waits', () => lines.length === 1);
    await queue.finish();
    assert.deepEqual(lines.slice(1), [
      'error: a is given up after 2 attempts: not now',
      'error: b is given up: not now',
    ]);
  });
});

interface Received {
  readonly text: string;
  readonly to: readonly string[];
  readonly from: string;
  readonly helo: string;
  readonly secure: boolean;
  readonly user: unknown;
}

async function smtpServer(options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData: (stream, session, done) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          text,
          to: rcptTo.map(({ address }) => address),
          from: mailFrom === false ? '' : mailFrom.address,
          helo: session.hostNameAppearsAs || '',
          secure: session.secure,
          user: session.user,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  closing.push(() => server.close());
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return { port: (server.server.address() as AddressInfo).port, received };
}

const mailTo = (port: number, more: Partial<SendMail> = {}): SendMail => ({
  kind: 'send-mail',
  server: { host: '127.0.0.1', port },
  router: 'lb1',
  helo: 'lb1.example.net',
  from: 'holdfast@example.net',
  to: ['Night Shift <night@example.net>', 'day@example.net'],
  connectTimeout: seconds(5),
  subject: 'VRRP Instance VI_1 - Entering MASTER state',
  body: 'Why: no advert\n',
  ...more,
});

/** A server that behaves as the function says with every connection. */
async function rudeServer(behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listening(server);
}

describe('a mail', () => {
  test('arrives with subject, body, sender and all recipients', async () => {
    const { port, received } = await smtpServer();
    await sendMail(mailTo(port));
    const [mail] = received;
    assert.ok(mail);
    assert.deepEqual(mail.to, ['night@example.net', 'day@example.net']);
    assert.equal(mail.from, 'holdfast@example.net');
    assert.equal(mail.helo, 'lb1.example.net');
    assert.match(mail.text, /^Subject: \[lb1\] VRRP Instance VI_1 - Entering MASTER state\r$/m);
    assert.match(mail.text, /^X-Mailer: Holdfast\r$/m);
    assert.match(mail.text, /^Date: .+\r$/m);
    assert.match(mail.text, /\r\n\r\nWhy: no advert\r\n/);
  });

  test('logs in where that is asked for, with the password of a file', async () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'sesame\n');
    const { port, received } = await smtpServer({
      disabledCommands: ['STARTTLS'],
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        password === 'sesame' ? done(null, { user: username }) : done(new Error('no')),
    });
    await sendMail(mailTo(port, { auth: { user: 'lb1', secretFile: file } }));
    assert.equal(received[0]?.user, 'lb1');
    await assert.rejects(sendMail(mailTo(port, { auth: { user: 'lb1', secret: 'wrong' } })), FinalFailure);
    await assert.rejects(
      sendMail(mailTo(port, { auth: { user: 'lb1', secretFile: join(folder, 'none') } })),
      (error: Error) => error instanceof FinalFailure && /none cannot be read/.test(error.message),
    );
  });

  test('takes the TLS that is offered, and demands it only where that is asked for', async () => {
    const offering = await smtpServer({ disabledCommands: ['AUTH'] });
    await sendMail(mailTo(offering.port));
    assert.equal(offering.received[0]?.secure, true);
    await sendMail(mailTo(offering.port, { tls: 'off' }));
    assert.equal(offering.received[1]?.secure, false);
    // The certificate of the test's server is nobody's.
    await assert.rejects(sendMail(mailTo(offering.port, { tls: 'required' })), /certificate/);
    const plain = await smtpServer();
    await assert.rejects(sendMail(mailTo(plain.port, { tls: 'required' })));
    assert.equal(plain.received.length, 0);
  });

  test('that the server refuses is not tried again; one that it cannot take now is', async () => {
    const refusing = (code: number) =>
      smtpServer({
        onRcptTo: (_address, _session, done) =>
          done(Object.assign(new Error('mailbox'), { responseCode: code })),
      });
    await assert.rejects(sendMail(mailTo((await refusing(550)).port)), FinalFailure);
    await assert.rejects(
      sendMail(mailTo((await refusing(450)).port)),
      (error: Error) => !(error instanceof FinalFailure),
    );
  });

  for (const [what, behave, says] of [
    ['says nothing', () => {}, /timeout; see whether a mail server answers at smtp_server/i],
    [
      'talks of something else',
      (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /what answers there is no mail server: correct smtp_server/,
    ],
    [
      'talks much of something else',
      (socket: Socket) => void socket.end(`${'\u0007x'.repeat(100_000)}\r\n`),
      /^[\x20-\x7e]{1,300}; what answers there is no mail server: correct smtp_server$/,
    ],
    [
      'closes at once',
      (socket: Socket) => void socket.end(),
      /closed .*; see the server's log, and whether smtp_server names the right one/,
    ],
    [
      'closes in the middle',
      (socket: Socket) => {
        socket.write('220 hello\r\n');
        socket.once('data', () => socket.destroy());
      },
      /closed .*; see the server's log/,
    ],
    [
      'falls silent in the middle',
      (socket: Socket) => void socket.write('220 hello\r\n'),
      /timeout; see whether a mail server answers at smtp_server/i,
    ],
    [
      'sends without end',
      (socket: Socket) => {
        socket.write('220-');
        const more = setInterval(() => socket.write('x'.repeat(1000)), 1);
        socket.on('close', () => clearInterval(more));
      },
      /; see whether a mail server answers at smtp_server/,
    ],
  ] as const) {
    test(`to a server that ${what} fails within its patience, with what to do`, async () => {
      const port = await rudeServer(behave);
      await assert.rejects(sendMail(mailTo(port), 300), (error: Error) => says.test(error.message));
    });
  }
});

interface Request {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function webServer(
  answer: (response: ServerResponse, nth: number) => void,
): Promise<{ url: string; requests: Request[] }> {
  const requests: Request[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      requests.push({ headers: request.headers, body });
      answer(response, requests.length);
    });
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${await listening(server)}/hook`, requests };
}

const postTo = (url: string, more: Partial<PostWebhook['webhook']> = {}): PostWebhook => ({
  kind: 'post-webhook',
  webhook: { url, ...more },
  router: 'lb1',
  body: { event: 'transition', name: 'VI_1', to: 'MASTER' },
});
const withStatus =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end();

describe('a webhook', () => {
  test('is posted as JSON and signed', async () => {
    const { url, requests } = await webServer(withStatus(204));
    await postWebhook(postTo(url, { secret: 'sesame' }));
    const [request] = requests;
    assert.ok(request);
    assert.deepEqual(JSON.parse(request.body), {
      router: 'lb1',
      event: 'transition',
      name: 'VI_1',
      to: 'MASTER',
    });
    assert.equal(request.headers['content-type'], 'application/json');
    const expected = createHmac('sha256', 'sesame').update(request.body).digest('hex');
    assert.equal(request.headers['x-holdfast-signature'], `sha256=${expected}`);
    await postWebhook(postTo(url));
    assert.equal(requests[1]?.headers['x-holdfast-signature'], undefined);
  });

  test('in a circle of redirections is asked once, and says what to write instead', async () => {
    const { url, requests } = await webServer(withStatus(302, { location: '/hook' }));
    await assert.rejects(
      postWebhook(postTo(url)),
      (error: Error) =>
        error instanceof FinalFailure && /: write that address into notify_url/.test(error.message),
    );
    assert.equal(requests.length, 1);
  });

  test('that nobody listens for says so', async () => {
    const port = await rudeServer(() => {});
    for (const close of closing.splice(-1)) close();
    await assert.rejects(
      postWebhook(postTo(`http://127.0.0.1:${port}/`), 3000),
      /ECONNREFUSED.*; see that the receiver runs/,
    );
  });

  test('follows no redirection, and says where it was sent to', async () => {
    const { url, requests } = await webServer(withStatus(302, { location: 'http://127.0.0.1:9/' }));
    await assert.rejects(
      postWebhook(postTo(url)),
      (error: Error) =>
        error instanceof FinalFailure && /points to http:\/\/127.0.0.1:9\/: write that/.test(error.message),
    );
    assert.equal(requests.length, 1);
  });

  test('is refused for good by 4xx, for now by 5xx and 429', async () => {
    for (const [status, final] of [
      [400, true],
      [404, true],
      [429, false],
      [500, false],
      [503, false],
    ] as const) {
      const { url } = await webServer(withStatus(status));
      await assert.rejects(
        postWebhook(postTo(url)),
        (error: Error) =>
          error instanceof FinalFailure === final &&
          error.message.startsWith(`it answers ${status}`) &&
          (final
            ? /correct the address or the secret of notify_url$/
            : /; see the log of the receiver$/
          ).test(error.message),
      );
    }
  });

  test('waits for no server that says nothing, and reads no answer without end', async () => {
    const silent = await rudeServer(() => {});
    await assert.rejects(
      postWebhook(postTo(`http://127.0.0.1:${silent}/`), 300),
      /no answer within 0.3 s; see that the receiver runs .*, or correct notify_url$/,
    );
    const endless = await webServer((response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => clearInterval(more));
    });
    await postWebhook(postTo(endless.url));
  });

  test('names itself without user, password and query', () => {
    assert.equal(
      webhookName(postTo('https://me:word@example.net/hook?token=x')),
      'the webhook https://example.net/hook',
    );
  });
});

test('the courier delivers from its thread, in order, and finishes what waits before it ends', async () => {
  const lines: string[] = [];
  const courier = new Courier((level, text) => lines.push(`${level}: ${text}`));
  const { url, requests } = await webServer(
    (response, nth) => void response.writeHead(nth === 1 ? 503 : 204).end(),
  );
  const { port, received } = await smtpServer();
  for (const name of ['first', 'second']) courier.deliver({ ...postTo(url), body: { name } });
  courier.deliver(mailTo(port));
  // Its end has a bound, the start of its thread has none.
  await until('it delivers', () => requests.length > 0);
  await courier.close();
  assert.deepEqual(
    requests.map(({ body }) => (JSON.parse(body) as { name: string }).name),
    ['first', 'first', 'second'],
  );
  assert.equal(received.length, 1);
  assert.match(
    lines.join('\n'),
    /could not be delivered: it answers 503; see the log of the receiver; it is tried again/,
  );
});
