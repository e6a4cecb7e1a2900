// A second kernel for cases that want IPVS: booted once for all that is measured, so that both daemons are measured in
// the same boot; it answers to the name of a case. That kernel is a process with one processor, in which system calls
// and page faults are several times dearer than outside: only ratios mean anything. What its cases do is decided in
// cases.ts.

import { fileURLToPath } from 'node:url';
import { TOOL_PATH } from '../../src/lab/rights.js';
import { Guest } from '../../test/kernel/guest.js';
import { findParts } from '../../test/kernel/parts.js';
import type { Outcome } from '../../test/kernel/suite.js';
import { projectRoot } from '../rivals.js';
import { cases } from './cases.js';

const INSIDE = fileURLToPath(new URL('../../test/kernel/inside.js', import.meta.url));
const CASES = fileURLToPath(new URL('./cases.js', import.meta.url));

export class GuestSession {
  readonly #guest: Guest;

  private constructor(guest: Guest) {
    this.#guest = guest;
  }

  static async open(): Promise<GuestSession> {
    const parts = await findParts();
    if (!parts.ok) throw new Error(parts.error);
    return new GuestSession(
      new Guest(parts.value, {
        command: [process.execPath, INSIDE, CASES],
        directory: projectRoot(),
        environment: { HOME: '/root', PATH: TOOL_PATH },
        shared: [],
      }),
    );
  }

  /** What the case measured; `T` is what cases.ts says of it. */
  async measure<T>(name: string): Promise<T> {
    const number = cases.findIndex((one) => one.name === name);
    const { value, error } = JSON.parse(await this.#guest.ask(String(number))) as Outcome;
    if (error) throw new Error(error.stack);
    return value as T;
  }

  close(): Promise<void> {
    return this.#guest.close();
  }
}
