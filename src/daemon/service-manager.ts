/**
 * What systemd is told (sd_notify(3)): readiness, reloads and what became of them, steps that take long, the end, and
 * where a unit has WatchdogSec= that the loop still turns. One datagram each, to the socket that the environment names;
 * without one nothing is said. Sending never blocks and its failure changes nothing.
 */

export interface ServiceManager {
  /** Whether we run under one: then it restarts us, and no parent of ours is needed. */
  readonly present: boolean;
  /** `status`: a line for people, shown by `systemctl status`. */
  ready(status?: string): void;
  reloading(): void;
  stopping(): void;
  /** What is done now may take so many milliseconds, whatever patience the unit has for a start or a stop. */
  askPatience(milliseconds: number): void;
}

/** Sends one datagram; how is the host's affair. */
export type SendDatagram = (path: string, text: string) => unknown;

/** Takes the socket and the watchdog's time out of the environment, so that scripts cannot speak for us. */
export function connectServiceManager(
  environment: NodeJS.ProcessEnv,
  send: SendDatagram,
  monotonicMicroseconds: () => number,
): ServiceManager {
  const path = environment['NOTIFY_SOCKET'];
  const watchdog = watchdogInterval(environment);
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  let watched = false;
  const tell = (text: string): void => {
    if (path !== undefined && path !== '') send(path, text);
  };
  return {
    present: path !== undefined && path !== '',
    ready: (status = 'Running') => {
      tell(`READY=1\nMAINPID=${process.pid}\nSTATUS=${status}\n`);
      if (watchdog === undefined || watched) return;
      watched = true;
      setInterval(() => tell('WATCHDOG=1\n'), watchdog).unref();
    },
    reloading: () => tell(`RELOADING=1\nMONOTONIC_USEC=${monotonicMicroseconds()}\nSTATUS=Reloading\n`),
    stopping: () => tell('STOPPING=1\nSTATUS=Stopping\n'),
    askPatience: (milliseconds) => tell(`EXTEND_TIMEOUT_USEC=${Math.ceil(milliseconds * 1000)}\n`),
  };
}

/** Milliseconds, half of what systemd waits for (sd_watchdog_enabled(3)); undefined where nobody waits. */
function watchdogInterval(environment: NodeJS.ProcessEnv): number | undefined {
  const { WATCHDOG_USEC: patience, WATCHDOG_PID: whose } = environment;
  const microseconds = Number(patience);
  if (!(microseconds > 0) || (whose !== undefined && Number(whose) !== process.pid)) return undefined;
  return microseconds / 2000;
}
