/**
 * Carries out the effects that both processes have: files that are watched, scripts, FIFOs and mail. Which of them comes
 * when, and all others, is decided in effect-runner.ts and lvs-host.ts. Failures come back as inputs, never as exceptions.
 */
import { unreachable } from '../base/invariant.js';
import type { HostEffect } from '../ports/ports.js';
import type { Courier } from './courier.js';
import type { Fifos } from './fifos.js';
import type { Files } from './files.js';
import type { Scripts } from './scripts.js';

export type MessengerEffect = Extract<
  HostEffect,
  {
    kind:
      | 'watch-file'
      | 'unwatch-file'
      | 'run-notify'
      | 'open-fifo'
      | 'write-fifo'
      | 'close-fifo'
      | 'send-mail';
  }
>;

/** Who carries out which of them. */
export interface Messengers {
  readonly scripts: Pick<Scripts, 'notify'>;
  readonly files: Pick<Files, 'watch' | 'unwatch'>;
  readonly fifos: Pick<Fifos, 'open' | 'write' | 'close'>;
  readonly courier: Pick<Courier, 'deliver'>;
}

export function runMessenger(effect: MessengerEffect, messengers: Messengers): void {
  const { courier, fifos, files, scripts } = messengers;
  switch (effect.kind) {
    case 'run-notify':
      scripts.notify(effect);
      break;
    case 'watch-file':
      files.watch(effect.tracker, effect.path, effect.init);
      break;
    case 'unwatch-file':
      files.unwatch(effect.tracker);
      break;
    case 'open-fifo':
      fifos.open(effect);
      break;
    case 'write-fifo':
      fifos.write(effect.fifo, effect.line);
      break;
    case 'close-fifo':
      fifos.close(effect.fifo);
      break;
    case 'send-mail':
      courier.deliver(effect);
      break;
    default:
      unreachable(effect);
  }
}
