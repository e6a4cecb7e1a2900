/**
 * What systemd is told (sd_notify(3)): readiness, reloads, the end. One datagram each, to the socket that the
 * environment names; without one nothing is said. Sending never blocks and its failure changes nothing.
 */

export interface ServiceManager {
  /** Whether we run under one: then it restarts us, and no parent of ours is needed. */
  readonly present: boolean;
  ready(): void;
  reloading(): void;
  stopping(): void;
}

/** Sends one datagram; how is the host's affair. */
export type SendDatagram = (path: string, text: string) => unknown;

/** Takes NOTIFY_SOCKET out of the environment, so that scripts cannot speak for us. */
export function connectServiceManager(
  environment: NodeJS.ProcessEnv,
  send: SendDatagram,
  monotonicMicroseconds: () => number,
): ServiceManager {
  const path = environment['NOTIFY_SOCKET'];
  delete environment['NOTIFY_SOCKET'];
  const tell = (text: string): void => {
    if (path !== undefined && path !== '') send(path, text);
  };
  return {
    present: path !== undefined && path !== '',
    ready: () => tell(`READY=1\nMAINPID=${process.pid}\nSTATUS=Running\n`),
    reloading: () => tell(`RELOADING=1\nMONOTONIC_USEC=${monotonicMicroseconds()}\nSTATUS=Reloading\n`),
    stopping: () => tell('STOPPING=1\nSTATUS=Stopping\n'),
  };
}
