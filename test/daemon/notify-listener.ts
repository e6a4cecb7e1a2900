/** The service manager's end of sd_notify(3): a Unix datagram socket, which Node itself does not offer. */
import { AF_UNIX, SOCK_DGRAM } from '../../src/host/linux/constants.js';
import { closeFd, openSocket } from '../../src/host/linux/fd.js';
import { allocateArena, bindSocket, recv } from '../../src/host/linux/libc.js';

const area = allocateArena(8192);

export class NotifyListener {
  /** Every message so far. */
  readonly said: string[] = [];
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSocket(AF_UNIX, SOCK_DGRAM, 0);
    area.view.setUint16(0, AF_UNIX, true);
    const name = Buffer.from(`${path}\0`);
    area.bytes.set(name, 2);
    const bound = bindSocket(this.#fd, area.address, 2 + name.length);
    if (bound < 0) throw new Error(`binding ${path}: ${bound}`);
  }

  /** Takes what waits; returns everything so far. */
  read(): readonly string[] {
    for (;;) {
      const length = recv(this.#fd, area.address, area.bytes.length, 0);
      if (length < 0) return this.said;
      this.said.push(Buffer.from(area.bytes.subarray(0, length)).toString());
    }
  }

  close(): void {
    closeFd(this.#fd);
  }
}
