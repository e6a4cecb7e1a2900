/**
 * What Keepalived does not have: webhooks, TLS and a login for mail, readers of FIFOs that are told all states.
 * Who is told what is decided in core/notify. (docs/guides/notifications.md)
 */
import type { SmtpAuthSettings, WebhookSettings } from '../model-globals.js';
import { decodeBytes } from '../source.js';
import { type Argument, boolean, oneOf, quoteIfNeeded, type Reading } from './arguments.js';
import { each, line } from './row.js';

/** The first release of ours, for keywords that no Keepalived knows. */
export const EXTENSION = 'Holdfast 0.1.0';

/** `secret WORD` or `secret_file PATH` behind what it opens. */
function secretOf(at: Reading): { readonly secret: string } | { readonly secretFile: string } | undefined {
  const kind = at.take();
  const value = at.take();
  if (!kind || !value) return at.missing('secret WORD|secret_file PATH');
  const text = decodeBytes(value.text);
  if (kind.text === 'secret') return { secret: text };
  if (kind.text === 'secret_file' && text.startsWith('/')) return { secretFile: text };
  return at.report('invalidValue', kind, `"${decodeBytes(kind.text)}" is neither secret nor secret_file`, {
    remedy: 'Write secret WORD, or secret_file and a path from the root.',
  });
}

const showSecret = (secret: Partial<WebhookSettings>): string =>
  secret.secretFile === undefined
    ? `secret ${quoteIfNeeded(secret.secret ?? '')}`
    : `secret_file ${quoteIfNeeded(secret.secretFile)}`;

/** `URL [secret WORD|secret_file PATH]` */
const webhook: Argument<WebhookSettings> = {
  syntax: 'URL [secret WORD|secret_file PATH]',
  examples: {
    accepted: [
      'https://example.net/hook',
      'http://127.0.0.1:8080/x secret word',
      'https://e.net/ secret_file /etc/key',
    ],
    refused: [
      'example.net',
      'ftp://example.net/',
      'https://',
      'https://e.net/ secret',
      'https://e.net/ key x',
    ],
  },
  read: (at) => {
    const word = at.take();
    if (!word) return at.missing('URL');
    const url = decodeBytes(word.text);
    if (!/^https?:\/\/[^\s/?#]+/.test(url))
      return at.report('invalidValue', word, `"${url}" is no address of a web server`, {
        remedy: 'Begin it with https:// or http:// and a host.',
      });
    if (!at.peek()) return { url };
    const secret = secretOf(at);
    return secret && { url, ...secret };
  },
  show: (settings) =>
    settings.secret === undefined && settings.secretFile === undefined
      ? settings.url
      : `${settings.url} ${showSecret(settings)}`,
};

/** `USER secret WORD|secret_file PATH` */
const smtpAuth: Argument<SmtpAuthSettings> = {
  syntax: 'USER secret WORD|secret_file PATH',
  examples: {
    accepted: ['router secret word', 'router secret_file /etc/holdfast/mail'],
    refused: ['router', 'router word', 'router secret_file mail'],
  },
  read: (at) => {
    const user = at.take();
    if (!user) return at.missing('USER');
    const secret = secretOf(at);
    if (!secret) return undefined;
    return { user: decodeBytes(user.text), ...secret };
  },
  show: ({ user, ...secret }) => `${quoteIfNeeded(user)} ${showSecret(secret)}`,
};

/** In global_defs, in an instance and in a sync group alike. */
export const notifyUrl = each('notify_url', webhook, {
  secret: true,
  missing: 'error',
  doc: 'Changes of state and priority are posted there as JSON, signed with the secret; several lines are several receivers.',
  since: EXTENSION,
});

export const mailSecurityRows = {
  smtpTls: line('smtp_tls', oneOf(['off', 'required', 'implicit']), {
    missing: 'error',
    doc: 'Whether mail is encrypted: never, by STARTTLS or not at all, or from the first byte.',
    since: EXTENSION,
    default: 'as the server offers it',
  }),
  smtpAuth: line('smtp_auth', smtpAuth, {
    secret: true,
    missing: 'error',
    doc: 'User and password for the mail relay.',
    since: EXTENSION,
  }),
};

export const fifoRows = {
  fifoWriteStatesToReaders: line('fifo_write_states_to_readers', boolean, {
    doc: 'Whoever opens a notify FIFO for reading gets the states of all instances and groups first.',
    since: EXTENSION,
    default: 'off',
  }),
  fifoWriteReasons: line('fifo_write_reasons', boolean, {
    doc: 'Lines in the FIFOs end with why, in quotes.',
    since: EXTENSION,
    default: 'off',
  }),
};
