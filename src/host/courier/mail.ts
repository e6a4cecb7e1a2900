/**
 * A mail as the SMTP server gets it, and which of its answers are final. The dialogue itself is nodemailer's
 * (docs/adr/0011). Runtime reference section 12; RFC 5321 section 4.2.1 for the meaning of answers.
 */
import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { createTransport } from 'nodemailer';
import { MAX_SECRET_FILE } from '../../base/limits.js';
import type { SendMail } from '../../core/effects.js';
import { FinalFailure } from './delivery-queue.js';

/** A server that has accepted the connection may take this long for its greeting, and for each answer. */
const ANSWER_PATIENCE_MS = 30_000;

/** First line of a small file, without its newline; a sentence where it cannot be read. */
export async function readSecret(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new FinalFailure(
      `the file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (text.length > MAX_SECRET_FILE)
    throw new FinalFailure(`the file ${path} has more than ${MAX_SECRET_FILE} bytes: it is no password`);
  return text.split('\n', 1)[0]?.trimEnd() ?? '';
}

export const mailName = ({ subject, to, server }: SendMail): string =>
  `the mail "${subject}" to ${to.join(', ')} by ${server.host} port ${server.port}`;

/** Resolves when the server has taken it; FinalFailure where another attempt would end the same way. */
export async function sendMail(mail: SendMail, patience = ANSWER_PATIENCE_MS): Promise<void> {
  const { server, tls, auth } = mail;
  const password = auth && ('secret' in auth ? auth.secret : await readSecret(auth.secretFile));
  const transport = createTransport({
    host: server.host,
    port: server.port,
    name: mail.helo ?? hostname(),
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    opportunisticTLS: tls === undefined,
    // Who demands TLS wants to know to whom; who merely uses what is offered had plain text otherwise.
    tls: { rejectUnauthorized: tls === 'required' || tls === 'implicit' },
    connectionTimeout: mail.connectTimeout / 1000,
    dnsTimeout: mail.connectTimeout / 1000,
    greetingTimeout: patience,
    socketTimeout: patience,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(auth && password !== undefined ? { auth: { user: auth.user, pass: password } } : {}),
  });
  try {
    await transport.sendMail({
      from: mail.from ?? `${userInfo().username}@${hostname()}`,
      to: [...mail.to],
      subject: `[${mail.router ?? hostname()}] ${mail.subject}`,
      text: mail.body,
      headers: { 'X-Mailer': 'Holdfast' },
      xMailer: false,
    });
  } catch (error) {
    throw judged(error);
  } finally {
    transport.close();
  }
}

/** Characters of what a server says that reach the log. */
const LONGEST_WORDS = 300;

/** What went wrong on the way to the server, by nodemailer's codes, and what to do about it. */
const REMEDIES: Readonly<Record<string, string>> = {
  EDNS: 'correct the host of smtp_server',
  EPROTOCOL: 'what answers there is no mail server: correct smtp_server',
  ETIMEDOUT: 'see whether a mail server answers at smtp_server and no firewall is between',
  ECONNECTION: "see the server's log, and whether smtp_server names the right one",
  ESOCKET: 'see whether a mail server listens at smtp_server',
  ECONNRESET: "see the server's log, and whether smtp_server names the right one",
  ETLS: 'see smtp_tls and the certificate of the server',
};

/** Answers of 500 and above are the server's last word, apart from those to a connection that was too soon. */
function judged(error: unknown): Error {
  if (error instanceof FinalFailure) return error;
  const failure = error instanceof Error ? error : new Error(String(error));
  const code = 'responseCode' in failure ? Number(failure.responseCode) : 0;
  const kind = 'code' in failure ? String(failure.code) : '';
  // It may be the server's own words, and those may be anything.
  const said = failure.message.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST_WORDS);
  if (code >= 500)
    return new FinalFailure(`the server refuses it: ${said}; see notification_email, and the server's log`);
  if (kind === 'EAUTH') return new FinalFailure(`the server does not know us: ${said}; see smtp_auth`);
  if (kind === 'EENVELOPE' && code === 0)
    return new FinalFailure(`no address can be used: ${said}; see notification_email`);
  const remedy = code > 0 ? "see the server's log" : (REMEDIES[kind] ?? 'see smtp_server');
  return new Error(`${said}; ${remedy}`);
}
