/**
 * The thread that delivers mail and webhooks: dialogues, TLS and name look-ups happen here, away from the packet
 * loop. One queue for the mail server, one for each URL. It is started by courier.ts and tells it what to log.
 */
import { parentPort } from 'node:worker_threads';
import { invariant } from '../../base/invariant.js';
import { MAX_WEBHOOK_QUEUES } from '../../base/limits.js';
import type { FromCourier, ToCourier } from '../courier.js';
import { DeliveryQueue, type Say } from './delivery-queue.js';
import { mailName, sendMail } from './mail.js';
import { postWebhook, webhookName } from './webhook.js';

const port = parentPort;
invariant(port, 'the courier runs in a thread of the daemon');

const tell = (message: FromCourier): void => port.postMessage(message);
const say: Say = (level, text) => tell({ type: 'log', level, text });

const mails = new DeliveryQueue('mail', say);
const webhooks = new Map<string, DeliveryQueue>();

/** Queues of URLs that a reload took away are forgotten once they are empty and others need the place. */
function queueFor(url: string, name: string): DeliveryQueue {
  const known = webhooks.get(url);
  if (known) return known;
  if (webhooks.size >= MAX_WEBHOOK_QUEUES)
    for (const [other, queue] of webhooks) if (queue.idle) webhooks.delete(other);
  const queue = new DeliveryQueue(name, say);
  webhooks.set(url, queue);
  return queue;
}

port.on('message', (messages: ToCourier) => {
  for (const message of messages) take(message);
});

function take(message: ToCourier[number]): void {
  switch (message.kind) {
    case 'send-mail':
      mails.add({ what: mailName(message), attempt: () => sendMail(message) });
      return;
    case 'post-webhook': {
      const name = webhookName(message);
      queueFor(message.webhook.url, name).add({
        what: `a message to ${name}`,
        attempt: () => postWebhook(message),
      });
      return;
    }
    case 'finish':
      void Promise.all([mails, ...webhooks.values()].map((queue) => queue.finish())).then(() =>
        tell({ type: 'finished' }),
      );
  }
}
