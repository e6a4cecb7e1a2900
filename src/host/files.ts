/**
 * Tracked files: watched by inotify on their directory (a file that is finished, deleted or moved; not one that is
 * being written), read off the loop, one read at a time. A directory that is not there yet is waited for at its
 * nearest ancestor; one that is moved away is noticed. What a content means is decided in core/track.
 * Reference: directives-vrrp section 10.
 */
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { MAX_TRACK_FILE_BYTES } from '../base/limits.js';
import type { Failure, Input } from '../core/inputs.js';
import * as k from './linux/constants.js';
import { ENOENT, errnoText, required } from './linux/errno.js';
import { closeFd } from './linux/fd.js';
import { allocateArena, inotifyAdd, inotifyInit, inotifyRemove, read } from './linux/libc.js';
import type { Poller, Watch } from './linux/poller.js';

const BUFFER = 64 * 1024;
const EVENT_HEADER = 16;
/** Every folder of the path: it goes away itself, or a name in it is exchanged. */
const FOLDER_EVENTS = k.IN_DELETE_SELF | k.IN_MOVE_SELF | k.IN_MOVED_FROM | k.IN_MOVED_TO;
/** The file's own folder: the file is complete, or gone. */
const FILE_EVENTS = FOLDER_EVENTS | k.IN_CLOSE_WRITE | k.IN_DELETE;
const GONE = k.IN_DELETE_SELF | k.IN_MOVE_SELF | k.IN_IGNORED | k.IN_UNMOUNT;
/** Milliseconds given to a writer that has emptied the file and not yet written it. */
const SETTLE_MS = 20;

/** Never through a link: whoever may write the folder could point it anywhere. */
const OVERWRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** `init_file` */
interface InitialContent {
  readonly value: number;
  readonly overwrite: boolean;
}

interface Tracked {
  readonly tracker: string;
  readonly path: string;
  /** Watches by descriptor, each with the name in that folder that matters. */
  readonly names: Map<number, string>;
  /** The watch of the file's own folder, once that exists. */
  home: number | undefined;
  state: 'idle' | 'reading' | 'again';
  last: string | undefined;
}

export class Files {
  readonly #push: (input: Input) => void;
  readonly #warn: (text: string) => void;
  readonly #inotify: number;
  readonly #watch: Watch;
  readonly #area = allocateArena(BUFFER);
  readonly #tracked = new Map<string, Tracked>();
  /** Who shares a watch: the kernel has one per folder. */
  readonly #sharing = new Map<number, Set<Tracked>>();
  #closed = false;

  /** Throws SystemError: only during setup. */
  constructor(poller: Poller, push: (input: Input) => void, warn: (text: string) => void) {
    this.#push = push;
    this.#warn = warn;
    this.#inotify = required(inotifyInit(k.IN_NONBLOCK | k.IN_CLOEXEC), 'opening inotify');
    this.#watch = poller.add(this.#inotify, () => this.#readable());
  }

  /** The content comes as `file-content`, now and after every change; `init` makes the file first. */
  watch(tracker: string, path: string, init?: InitialContent): void {
    this.unwatch(tracker);
    const tracked: Tracked = {
      tracker,
      path: resolve(path),
      names: new Map(),
      home: undefined,
      state: 'idle',
      last: undefined,
    };
    this.#tracked.set(tracker, tracked);
    if (init) void this.#make(tracked, init);
    else this.#place(tracked);
  }

  /** What cannot be made is said, and watched all the same: somebody else may make it. */
  async #make(tracked: Tracked, { value, overwrite }: InitialContent): Promise<void> {
    try {
      await writeFile(tracked.path, `${value}\n`, { flag: overwrite ? OVERWRITE : 'wx' });
    } catch (error) {
      const there = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!there)
        this.#warn(
          `init_file: ${error instanceof Error ? error.message : String(error)}; make ${tracked.path} by hand`,
        );
    }
    if (!this.#closed && this.#tracked.get(tracked.tracker) === tracked) this.#place(tracked);
  }

  unwatch(tracker: string): void {
    const tracked = this.#tracked.get(tracker);
    if (!tracked) return;
    this.#tracked.delete(tracker);
    this.#leave(tracked);
  }

  #leave(tracked: Tracked): void {
    for (const watch of tracked.names.keys()) {
      const sharing = this.#sharing.get(watch);
      sharing?.delete(tracked);
      if (!sharing || sharing.size > 0) continue;
      this.#sharing.delete(watch);
      inotifyRemove(this.#inotify, watch);
    }
    tracked.names.clear();
    tracked.home = undefined;
  }

  /**
   * Watches every folder of the path, from the root to the deepest that exists, and then reads: in this order,
   * so that nothing changes unseen. Going down, a folder that appears after its parent is watched is reported.
   */
  #place(tracked: Tracked): void {
    this.#leave(tracked);
    const home = dirname(tracked.path);
    const folders: string[] = [home];
    while (folders[0] !== '/') folders.unshift(dirname(folders[0] ?? '/'));
    let parent: string | undefined;
    for (const [depth, folder] of folders.entries()) {
      const next = folders[depth + 1];
      const events = next === undefined ? FILE_EVENTS : FOLDER_EVENTS;
      let watch = this.#add(folder, events);
      if (watch === -ENOENT && parent !== undefined) {
        // Only now creation matters in the folder above; it may have happened a moment ago.
        this.#add(parent, k.IN_CREATE);
        watch = this.#add(folder, events);
      }
      if (watch < 0) {
        if (watch !== -ENOENT) this.#warn(`${tracked.path} is not watched: ${folder}: ${errnoText(watch)}`);
        break;
      }
      this.#join(tracked, watch, basename(next ?? tracked.path));
      if (next === undefined) tracked.home = watch;
      parent = folder;
    }
    this.#request(tracked);
  }

  #add(folder: string, events: number): number {
    return inotifyAdd(this.#inotify, folder, events | k.IN_MASK_ADD | k.IN_ONLYDIR);
  }

  #join(tracked: Tracked, watch: number, name: string): void {
    tracked.names.set(watch, name);
    const sharing = this.#sharing.get(watch);
    if (sharing) sharing.add(tracked);
    else this.#sharing.set(watch, new Set([tracked]));
  }

  #readable(): void {
    const size = read(this.#inotify, this.#area.address, BUFFER);
    const { view, bytes } = this.#area;
    const changed = new Set<Tracked>();
    const displaced = new Set<Tracked>();
    for (let at = 0; at + EVENT_HEADER <= size; ) {
      const watch = view.getInt32(at, true);
      const mask = view.getUint32(at + 4, true);
      const length = view.getUint32(at + 12, true);
      const text = bytes.subarray(at + EVENT_HEADER, at + EVENT_HEADER + length);
      const end = text.indexOf(0);
      const name = Buffer.from(end < 0 ? text : text.subarray(0, end)).toString('utf8');
      at += EVENT_HEADER + length;
      if ((mask & k.IN_Q_OVERFLOW) !== 0)
        for (const tracked of this.#tracked.values()) displaced.add(tracked);
      for (const tracked of this.#sharing.get(watch) ?? []) {
        if ((mask & GONE) !== 0) displaced.add(tracked);
        else if (name !== tracked.names.get(watch)) continue;
        else if (watch !== tracked.home) displaced.add(tracked);
        else if ((mask & FILE_EVENTS) !== 0) changed.add(tracked);
      }
    }
    for (const tracked of displaced) if (this.#tracked.get(tracked.tracker) === tracked) this.#place(tracked);
    for (const tracked of changed) if (!displaced.has(tracked)) this.#request(tracked);
  }

  /** Reads, or remembers that what is being read is old already. */
  #request(tracked: Tracked): void {
    if (tracked.state !== 'idle') {
      tracked.state = 'again';
      return;
    }
    tracked.state = 'reading';
    void this.#read(tracked);
  }

  async #read(tracked: Tracked): Promise<void> {
    let found = await readStart(tracked.path);
    // Caught between truncation and writing? Then the writer is about to finish.
    if (found.content === '' && tracked.last !== undefined && tracked.last !== '') {
      await new Promise((settled) => setTimeout(settled, SETTLE_MS));
      found = await readStart(tracked.path);
    }
    if (this.#closed || this.#tracked.get(tracked.tracker) !== tracked) return;
    const again = tracked.state === 'again';
    tracked.state = 'idle';
    tracked.last = found.content;
    this.#push({ kind: 'file-content', tracker: tracked.tracker, ...found });
    if (again) this.#request(tracked);
  }

  close(): void {
    this.#closed = true;
    this.#tracked.clear();
    this.#watch.remove();
    closeFd(this.#inotify);
  }
}

/** The first bytes of a file, on the thread pool; a FIFO or a device does not hold it up. */
async function readStart(path: string): Promise<{ content?: string; error?: Failure }> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(MAX_TRACK_FILE_BYTES);
      const { bytesRead } = await file.read(buffer, 0, MAX_TRACK_FILE_BYTES, null);
      return { content: buffer.toString('latin1', 0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO';
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'it does not exist',
      EACCES: 'we may not read it',
      EISDIR: 'it is a directory',
      EAGAIN: 'it is a FIFO or a device with nothing to read',
    };
    return { error: { code, message: `reading ${path}: ${reasons[code] ?? code}` } };
  }
}
