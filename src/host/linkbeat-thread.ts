/**
 * The thread that polls links (`linkbeat_use_polling`, `linkbeat_interfaces`): asks each interface once a second, and
 * tells what it finds the first time and whenever it is something else. An interface that is not there is asked again.
 * DESIGN rule 11: a driver that takes its time delays nobody but this thread.
 */
import { parentPort } from 'node:worker_threads';
import { invariant } from '../base/invariant.js';
import type { LinkbeatMethod } from '../core/effects.js';
import type { FromLinkbeat, ToLinkbeat } from './linkbeat-protocol.js';
import { LinkStatus } from './linux/link-status.js';

/** Keepalived's rhythm. */
const INTERVAL_MS = 1000;

const port = parentPort;
invariant(port, 'links are polled in a thread of the daemon');

interface Polled {
  readonly method: LinkbeatMethod | undefined;
  told: string | undefined;
}

const status = new LinkStatus();
const polled = new Map<string, Polled>();

function ask(name: string, one: Polled): void {
  const answer = status.ask(name, one.method);
  const said = answer && `${answer.up} ${answer.method}`;
  if (answer && said !== one.told) port?.postMessage({ interface: name, ...answer } satisfies FromLinkbeat);
  one.told = said;
}

port.on('message', (message: ToLinkbeat) => {
  if (message.kind === 'unwatch') {
    polled.delete(message.interface);
    return;
  }
  const one: Polled = { method: message.method, told: undefined };
  polled.set(message.interface, one);
  ask(message.interface, one);
});

setInterval(() => {
  for (const [name, one] of polled) ask(name, one);
}, INTERVAL_MS);
