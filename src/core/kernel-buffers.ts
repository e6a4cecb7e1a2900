/**
 * How much of what the kernel says may wait until it is read. What is not said is left to the host, and goes back
 * there with a reload. (directives-global section 3.3)
 */
import type { GlobalSettings } from '../config/model-globals.js';
import type { Outbox } from './outbox.js';

export interface BufferSize {
  readonly bytes: number;
  /** Also beyond the limit of the system. */
  readonly force: boolean;
}

/** Absent is what is usual. */
export interface BufferSizes {
  /** Answers to what is asked of the kernel. */
  readonly answers?: BufferSize;
  /** What the kernel tells by itself: links, addresses, routes. */
  readonly events?: BufferSize;
  /** Starts and ends of processes. */
  readonly processes?: BufferSize;
}

const NOTHING = JSON.stringify({});

export class KernelBuffers {
  #asked = NOTHING;

  constructor(readonly outbox: Outbox) {}

  /** At the start and after every reload. */
  configure(globals: GlobalSettings): void {
    const sizes = sizesOf(globals);
    const text = JSON.stringify(sizes);
    if (text === this.#asked) return;
    this.#asked = text;
    this.outbox.sizeBuffers({ kind: 'size-buffers', sizes });
  }
}

function sizesOf(globals: GlobalSettings): BufferSizes {
  const answers = sizeOf(globals.vrrpNetlinkCommandBuffer, globals.vrrpNetlinkCommandBufferForce);
  const events = sizeOf(globals.vrrpNetlinkMonitorBuffer, globals.vrrpNetlinkMonitorBufferForce);
  const processes = sizeOf(globals.processMonitorBuffer, globals.processMonitorBufferForce);
  return {
    ...(answers ? { answers } : {}),
    ...(events ? { events } : {}),
    ...(processes ? { processes } : {}),
  };
}

/** Of what the kernel tells the process of the load balancer by itself. */
export const lvsEventBuffer = (globals: GlobalSettings): BufferSize | undefined =>
  sizeOf(globals.lvsNetlinkMonitorBuffer, globals.lvsNetlinkMonitorBufferForce);

const sizeOf = (bytes: number | undefined, force: boolean | undefined): BufferSize | undefined =>
  bytes === undefined ? undefined : { bytes, force: force ?? false };
