/**
 * Starting a program with what Node has for it, so that there is one way in which it fails. Node emits some of the kernel's
 * reasons as an event and throws others (no memory, too long a command line): thrown on the loop, one of these would end the
 * daemon because a script could not be started. It loads nothing but Node's own.
 */
import { ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** Never throws: what cannot be started has an 'error' in the next turn, and perhaps no streams. */
export function startProcess(program: string, argv: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(program, argv, options);
  } catch (error) {
    const none = new ChildProcess();
    process.nextTick(() => none.emit('error', error));
    return none;
  }
}
