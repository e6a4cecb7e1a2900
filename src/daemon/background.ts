/**
 * Going into the background without fork: a detached copy of ourselves is started, and the launcher leaves when
 * that one is ready, or with its diagnostic and exit code when it will not be (DESIGN section 4).
 */
import { EXIT_PROGRAM_ERROR } from './exit-codes.js';
import { listenToChild, passSignal } from './link.js';
import type { SignalInbox, SignalRequest } from './signals.js';
import { startLinked } from './start-linked.js';

/** Resolves with the launcher's exit code. Signals that come meanwhile are the daemon's. */
export function launchInBackground(
  argv: readonly string[],
  inbox: SignalInbox,
  complain: (text: string) => void,
): Promise<number> {
  return new Promise((done) => {
    const child = startLinked('daemon', argv, 'ignore');
    child.once('error', (error) => {
      complain(`The daemon cannot be started: ${error.message}`);
      done(EXIT_PROGRAM_ERROR);
    });
    /** Before it has said that it lives, a signal may kill the shell that starts it. */
    const waiting = new Set<SignalRequest>();
    let ended: string | undefined;
    child.once('exit', (code, signal) => {
      ended = code === null ? `signal ${signal}` : `exit code ${code}`;
    });
    listenToChild(child, {
      report: (report) => {
        inbox.disconnect();
        child.unref();
        if (report?.kind === 'ready') {
          for (const request of waiting) passSignal(child, request);
          done(0);
          return;
        }
        if (report) {
          complain(report.text);
          done(report.code);
          return;
        }
        // The link closes a moment before or after the exit is seen.
        setImmediate(() => {
          complain(`The daemon died during its start (${ended ?? 'no exit code yet'}); see the log.`);
          done(EXIT_PROGRAM_ERROR);
        });
      },
    });
    inbox.connect((request) => {
      if (request === 'STOP') passSignal(child, request);
      else waiting.add(request);
    });
  });
}
