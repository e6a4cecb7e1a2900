/**
 * Talks to a daemon's control socket for the commands: one answer, or a stream of lines. Every failure is a
 * sentence that names the socket and what to do about it.
 */
import { type IncomingMessage, request } from 'node:http';
import { CONTROL_PATIENCE_MS, MAX_CONTROL_ANSWER } from '../base/limits.js';
import { ok, type Result, refuse } from '../base/result.js';

export interface Answer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** `patienceMs` 0: wait as long as it takes. `question` becomes the body of the request. */
export function ask(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  patienceMs = CONTROL_PATIENCE_MS,
  question?: object,
): Promise<Result<Answer>> {
  return new Promise((done) => {
    const sent = request({ socketPath: socket, method, path }, (response) => {
      const parts: string[] = [];
      let size = 0;
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        size += part.length;
        parts.push(part);
        if (size > MAX_CONTROL_ANSWER) response.destroy(new Error('the answer is too long'));
      });
      response.on('error', (error) => done(refuse(explain(socket, error))));
      response.on('end', () => {
        try {
          done(ok({ status: response.statusCode ?? 0, body: JSON.parse(parts.join('')) }));
        } catch {
          done(refuse(`The answer on ${socket} is not JSON: is another program listening there?`));
        }
      });
    });
    sent.setTimeout(patienceMs, () =>
      sent.destroy(new Error(`no answer within ${patienceMs / 1000} seconds`)),
    );
    sent.on('error', (error) => done(refuse(explain(socket, error))));
    sent.end(question === undefined ? undefined : JSON.stringify(question));
  });
}

/** Calls `line` for every line until the daemon ends the stream; then, or on failure, resolves. */
export function follow(
  socket: string,
  path: string,
  line: (value: unknown) => void,
): Promise<Result<'ended'>> {
  return new Promise((done) => {
    const sent = request({ socketPath: socket, method: 'GET', path }, (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const one of lines) {
          const value = parse(one);
          if (response.statusCode === 200) {
            if (value !== undefined) line(value);
          } else done(refuse(`The daemon on ${socket} refused: ${refusalText(value)}`));
        }
      });
      response.on('error', (error) => done(refuse(explain(socket, error))));
      response.on('end', () => done(ok('ended')));
    });
    sent.on('error', (error) => done(refuse(explain(socket, error))));
    sent.end();
  });
}

/**
 * What a daemon of ours answers, which has `says` in it; refused where it refuses, or where another program answers.
 * `fine`: a status besides 200 that is no refusal; the others as in `ask`.
 */
export async function askFor<T extends object>(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  says: readonly (keyof T)[],
  { fine, patienceMs, question }: { fine?: number; patienceMs?: number; question?: object } = {},
): Promise<Result<T>> {
  const answer = await ask(socket, method, path, patienceMs, question);
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status !== 200 && status !== fine) return refuse(`The daemon refused: ${refusalText(body)}`);
  const ours = typeof body === 'object' && body !== null && says.every((name) => name in body);
  return ours
    ? ok(body as T)
    : refuse(`The answer on ${socket} is none of Holdfast's: is another program listening there?`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function refusalText(body: unknown): string {
  return typeof body === 'object' && body !== null && 'error' in body
    ? String(body.error)
    : 'no reason was given';
}

function explain(socket: string, error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return (
        `No daemon is running here: there is no ${socket}.\n` +
        'Start one with "systemctl start holdfast" or "holdfast -f FILE"; ' +
        'one with its own --run-dir, namespace or instance name is found with the same option.'
      );
    case 'ECONNREFUSED':
      return (
        `Nobody listens on ${socket}: the daemon that made it has died.\n` +
        'Start it again with "systemctl start holdfast" or "holdfast -f FILE".'
      );
    case 'EACCES':
    case 'EPERM':
      return `You may not open ${socket}: only the user the daemon runs as may, usually root. Try sudo.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `The daemon closed the connection on ${socket}: it stopped, or has too many clients.`;
    default:
      return `Asking the daemon on ${socket} failed: ${error.message}`;
  }
}
