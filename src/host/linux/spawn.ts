/**
 * Starts a program by posix_spawn: the child borrows our memory until it executes, so that nothing is copied, where the
 * fork of Node's own spawn copies the page tables (measured in docs/internals/scripts.md). It becomes the leader of a
 * session of its own, in the folder that we are in, with /dev/null to read and every signal as it was at birth; it cannot
 * become another user.
 */
import { MAX_ARGUMENT_BYTES } from '../../base/limits.js';
import { O_CLOEXEC, O_RDWR } from './constants.js';
import { E2BIG, required } from './errno.js';
import {
  type Arena,
  allocateArena,
  open,
  posixSpawn,
  putPointer,
  spawnActionsAddDup2,
  spawnActionsDestroy,
  spawnActionsInit,
  spawnAttributesInit,
  spawnAttributesSetDefaults,
  spawnAttributesSetFlags,
} from './libc.js';

/** glibc's structures have 336 and 80 bytes, musl's are no larger. */
const STRUCTURE = 512;
/** sigset_t */
const SIGNAL_SET = 128;
const [SETSIGDEF, SETSIGMASK, SETSID] = [0x04, 0x08, 0x80];
const POINTER = 8;

export class Spawner {
  readonly #attributes = allocateArena(STRUCTURE);
  readonly #actions = allocateArena(STRUCTURE);
  readonly #pid = allocateArena(POINTER);
  readonly #argv = allocateArena(MAX_ARGUMENT_BYTES);
  readonly #environment: Arena;
  readonly #nothing: number;

  /** `environment` is every child's. Throws SystemError: only during setup. */
  constructor(environment: NodeJS.ProcessEnv) {
    const words = Object.entries(environment).map(([name, value]) => `${name}=${value ?? ''}`);
    this.#environment = allocateArena(sizeOf(words));
    putWords(this.#environment, words);
    this.#nothing = required(open('/dev/null', O_RDWR | O_CLOEXEC, 0), 'opening /dev/null');
    const every = allocateArena(SIGNAL_SET);
    every.bytes.fill(0xff);
    spawnAttributesInit(this.#attributes.address);
    spawnAttributesSetDefaults(this.#attributes.address, every.address);
    // Its mask is that of a fresh attribute: nothing is blocked.
    spawnAttributesSetFlags(this.#attributes.address, SETSIGDEF | SETSIGMASK | SETSID);
  }

  /** The number of the new process, or an errno negated, also where the program could not be executed. */
  spawn(path: string, argv: readonly string[], output: number): number {
    if (sizeOf(argv) > MAX_ARGUMENT_BYTES) return -E2BIG;
    putWords(this.#argv, argv);
    const actions = this.#actions.address;
    spawnActionsInit(actions);
    spawnActionsAddDup2(actions, this.#nothing, 0);
    spawnActionsAddDup2(actions, output, 1);
    spawnActionsAddDup2(actions, output, 2);
    const { address: pid, view } = this.#pid;
    const failed = posixSpawn(
      pid,
      path,
      actions,
      this.#attributes.address,
      this.#argv.address,
      this.#environment.address,
    );
    spawnActionsDestroy(actions);
    return failed === 0 ? view.getInt32(0, true) : -failed;
  }
}

/** Pointers, a null behind them, then the texts. */
const sizeOf = (words: readonly string[]): number =>
  words.reduce((sum, word) => sum + POINTER + Buffer.byteLength(word) + 1, POINTER);

function putWords(arena: Arena, words: readonly string[]): void {
  let at = (words.length + 1) * POINTER;
  for (const [index, word] of words.entries()) {
    putPointer(arena, index * POINTER, arena.address + at);
    at += Buffer.from(arena.bytes.buffer, arena.bytes.byteOffset).write(word, at);
    arena.bytes[at] = 0;
    at += 1;
  }
  putPointer(arena, words.length * POINTER, 0);
}
