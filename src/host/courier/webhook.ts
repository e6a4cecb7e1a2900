/**
 * A post to a webhook: JSON, signed where there is a secret, never redirected, and which answers are final. What the
 * object says is decided in core/notify; order and retries in delivery-queue.ts. docs/guides/notifications.md tells
 * receivers how to check the signature.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { PostWebhook } from '../../core/effects.js';
import { FinalFailure } from './delivery-queue.js';
import { readSecret } from './mail.js';

/** A receiver has this long for its whole answer. */
const ANSWER_PATIENCE_MS = 10_000;
/** Answers that ask for another attempt although they are of the 400s (RFC 9110, RFC 6585). */
const LATER = new Set([408, 425, 429]);

/** URLs may hold a user and a password: neither reaches a log. */
export function webhookName({ webhook }: PostWebhook): string {
  try {
    const { origin, pathname } = new URL(webhook.url);
    return `the webhook ${origin}${pathname}`;
  } catch {
    return 'the webhook';
  }
}

export async function postWebhook(
  { webhook, body, router }: PostWebhook,
  patience = ANSWER_PATIENCE_MS,
): Promise<void> {
  const text = JSON.stringify({ router: router ?? hostname(), ...body });
  const secret = webhook.secretFile === undefined ? webhook.secret : await readSecret(webhook.secretFile);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'holdfast',
    'x-holdfast-delivery': randomUUID(),
  };
  if (secret !== undefined)
    headers['x-holdfast-signature'] = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
  let answer: Response;
  try {
    answer = await fetch(webhook.url, {
      method: 'POST',
      headers,
      body: text,
      // Whoever answers with another place could send our signature anywhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    throw new Error(
      `${reasonOf(error, patience)}; see that the receiver runs and can be reached, or correct notify_url`,
    );
  }
  // What it says is not for us; reading it could take for ever.
  await answer.body?.cancel();
  if (answer.ok) return;
  const { status } = answer;
  if (status >= 300 && status < 400) {
    const target = answer.headers.get('location') ?? 'nowhere';
    throw new FinalFailure(
      `it answers ${status} and points to ${target}: write that address into notify_url instead`,
    );
  }
  if (status >= 500 || LATER.has(status))
    throw new Error(`it answers ${status}; see the log of the receiver`);
  throw new FinalFailure(
    `it answers ${status}: the receiver does not want it; correct the address or the secret of notify_url`,
  );
}

function reasonOf(error: unknown, patience: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${patience / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error)
    return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : String(error);
}
