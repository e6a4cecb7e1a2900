/** Datagrams to Unix sockets: syslog's /dev/log and systemd's notification socket. Never blocks (unix(7)). */
import { MAX_SOCKET_PATH, MAX_UNIX_DATAGRAM } from '../../base/limits.js';
import { AF_UNIX, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_DGRAM } from './constants.js';
import { EINVAL } from './errno.js';
import { closeFd, openSocket, scratch } from './fd.js';
import { allocateArena, type Outcome, sendto } from './libc.js';

const area = allocateArena(MAX_UNIX_DATAGRAM);

/** A socket to send from, or an errno negated; close it with closeFd. */
export const openUnixDatagram = (): Outcome => openSocket(AF_UNIX, SOCK_DGRAM, 0);

/**
 * Sends to the socket at `path` (`@name` in the abstract namespace); what is beyond 64 KiB is cut off. EAGAIN: the
 * reader is slow; ENOENT and ECONNREFUSED: there is none.
 */
export function sendUnixDatagram(fd: number, path: string, bytes: Uint8Array): Outcome {
  const name = Buffer.from(path, 'utf8');
  if (name.length === 0 || name.length > MAX_SOCKET_PATH) return -EINVAL;
  if (path.startsWith('@')) name[0] = 0;
  scratch.bytes.fill(0, 0, 2 + MAX_SOCKET_PATH + 1);
  scratch.view.setUint16(0, AF_UNIX, true);
  scratch.bytes.set(name, 2);
  const length = Math.min(bytes.length, MAX_UNIX_DATAGRAM);
  area.bytes.set(bytes.subarray(0, length));
  // A name in the file system ends with its NUL, an abstract one with its length.
  const addressLength = 2 + name.length + (path.startsWith('@') ? 0 : 1);
  return sendto(fd, area.address, length, MSG_DONTWAIT | MSG_NOSIGNAL, scratch.address, addressLength);
}

/** One datagram from a socket of its own: for what is rarely said, such as sd_notify(3). */
export function notifySocket(path: string, text: string): Outcome {
  const fd = openUnixDatagram();
  if (fd < 0) return fd;
  const sent = sendUnixDatagram(fd, path, Buffer.from(text, 'utf8'));
  closeFd(fd);
  return sent;
}
