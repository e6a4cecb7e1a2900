/**
 * What the thread that follows files does: inotify on their directories (a file that is finished, deleted or moved; not
 * one that is being written), one read at a time. A directory that is not there yet is waited for at its nearest
 * ancestor; one that is moved away is noticed. What a content means is decided in core/track. Directives-vrrp section 10.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { MAX_TRACK_FILE_BYTES } from '../base/limits.js';
import type { Failure } from '../core/inputs.js';
import type { FoundContent, InitialContent } from './file-protocol.js';
import * as k from './linux/constants.js';
import { ENOENT, errnoSymbol, errnoText } from './linux/errno.js';
import { closeFd } from './linux/fd.js';
import { type Arena, allocateArena, inotifyAdd, inotifyRemove, open, read } from './linux/libc.js';

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
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
/** A FIFO or a device does not hold us up. */
const READ = k.O_RDONLY | k.O_NONBLOCK | k.O_CLOEXEC;

interface Tracked {
  readonly tracker: string;
  readonly path: string;
  /** Watches by descriptor, each with the name in that folder that matters. */
  readonly names: Map<number, string>;
  /** The watch of the file's own folder, once that exists. */
  home: number | undefined;
  /** A look that waits for a writer to finish. */
  settling: NodeJS.Timeout | undefined;
  /** As told; undefined: nothing was told yet. */
  told: Content | undefined;
}

/** What a file holds, or why that is not known. */
type Content = Omit<FoundContent, 'tracker'>;

export class FileWatch {
  readonly #inotify: number;
  readonly #found: (content: FoundContent) => void;
  readonly #warn: (text: string) => void;
  readonly #events = allocateArena(BUFFER);
  readonly #area = allocateArena(MAX_TRACK_FILE_BYTES);
  /** The same memory, for what makes texts of it: made once, not for each text. */
  readonly #eventText = bufferOf(this.#events);
  readonly #areaText = bufferOf(this.#area);
  readonly #tracked = new Map<string, Tracked>();
  /** Who shares a watch (the kernel has one per folder), by the name in it that matters to them. */
  readonly #sharing = new Map<number, Map<string, Set<Tracked>>>();

  /** `inotify`: the descriptor, whose readability is somebody else's affair. */
  constructor(inotify: number, found: (content: FoundContent) => void, warn: (text: string) => void) {
    this.#inotify = inotify;
    this.#found = found;
    this.#warn = warn;
  }

  /** The content is told now and after every change; `init` makes the file first. */
  watch(tracker: string, path: string, init?: InitialContent): void {
    this.unwatch(tracker);
    const tracked: Tracked = {
      tracker,
      path: resolve(path),
      names: new Map(),
      home: undefined,
      settling: undefined,
      told: undefined,
    };
    this.#tracked.set(tracker, tracked);
    if (init) this.#make(tracked.path, init);
    this.#place(tracked);
  }

  /** What cannot be made is said, and watched all the same: somebody else may make it. */
  #make(path: string, { value, overwrite }: InitialContent): void {
    try {
      const fd = openSync(path, overwrite ? OVERWRITE : CREATE);
      writeSync(fd, `${value}\n`);
      closeSync(fd);
    } catch (error) {
      const there = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      const why = error instanceof Error ? error.message : String(error);
      if (!there) this.#warn(`init_file: ${why}; make ${path} by hand`);
    }
  }

  unwatch(tracker: string): void {
    const tracked = this.#tracked.get(tracker);
    if (!tracked) return;
    this.#tracked.delete(tracker);
    clearTimeout(tracked.settling);
    this.#leave(tracked);
  }

  #leave(tracked: Tracked): void {
    for (const [watch, name] of tracked.names) {
      const sharing = this.#sharing.get(watch);
      const namesakes = sharing?.get(name);
      namesakes?.delete(tracked);
      if (namesakes?.size === 0) sharing?.delete(name);
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
        if (watch !== -ENOENT)
          this.#warn(`changes of ${tracked.path} are not noticed: ${folder}: ${errnoText(watch)}`);
        break;
      }
      this.#join(tracked, watch, basename(next ?? tracked.path));
      if (next === undefined) tracked.home = watch;
      parent = folder;
    }
    this.#look(tracked);
  }

  #add(folder: string, events: number): number {
    return inotifyAdd(this.#inotify, folder, events | k.IN_MASK_ADD | k.IN_ONLYDIR);
  }

  #join(tracked: Tracked, watch: number, name: string): void {
    tracked.names.set(watch, name);
    let sharing = this.#sharing.get(watch);
    if (!sharing) {
      sharing = new Map();
      this.#sharing.set(watch, sharing);
    }
    const namesakes = sharing.get(name);
    if (namesakes) namesakes.add(tracked);
    else sharing.set(name, new Set([tracked]));
  }

  /** Takes what inotify has, one buffer of it, and reads what that concerns, each file once. False: it has nothing. */
  readable(): boolean {
    const size = read(this.#inotify, this.#events.address, BUFFER);
    const { view } = this.#events;
    const changed = new Set<Tracked>();
    const displaced = new Set<Tracked>();
    for (let at = 0; at + EVENT_HEADER <= size; ) {
      const watch = view.getInt32(at, true);
      const mask = view.getUint32(at + 4, true);
      const length = view.getUint32(at + 12, true);
      const begins = at + EVENT_HEADER;
      at = begins + length;
      if ((mask & k.IN_Q_OVERFLOW) !== 0)
        for (const tracked of this.#tracked.values()) displaced.add(tracked);
      const sharing = this.#sharing.get(watch);
      if (!sharing) continue;
      if ((mask & GONE) !== 0) {
        for (const namesakes of sharing.values()) for (const tracked of namesakes) displaced.add(tracked);
        continue;
      }
      for (const tracked of sharing.get(nameIn(this.#eventText, begins, at)) ?? []) {
        if (watch !== tracked.home) displaced.add(tracked);
        else if ((mask & FILE_EVENTS) !== 0) changed.add(tracked);
      }
    }
    for (const tracked of displaced) if (this.#tracked.get(tracked.tracker) === tracked) this.#place(tracked);
    for (const tracked of changed) if (!displaced.has(tracked)) this.#look(tracked);
    return size > 0;
  }

  #look(tracked: Tracked): void {
    // Who waits for a writer reads in a moment anyway.
    if (tracked.settling !== undefined) return;
    const content = this.#read(tracked);
    // Caught between truncation and writing? Then the writer is about to finish.
    if (content.content === '' && tracked.told?.content)
      tracked.settling = setTimeout(() => {
        tracked.settling = undefined;
        this.#tell(tracked, this.#read(tracked));
      }, SETTLE_MS);
    else this.#tell(tracked, content);
  }

  #tell(tracked: Tracked, content: Content): void {
    const { told } = tracked;
    if (told && told.content === content.content && told.error?.code === content.error?.code) return;
    tracked.told = content;
    this.#found({ tracker: tracked.tracker, ...content });
  }

  /** The first bytes of a file; what was told, where they are the same: most writers write what is there already. */
  #read({ path, told }: Tracked): Content {
    const fd = open(path, READ, 0);
    if (fd < 0) return { error: readFailure(fd, path) };
    const size = read(fd, this.#area.address, MAX_TRACK_FILE_BYTES);
    closeFd(fd);
    if (size < 0) return { error: readFailure(size, path) };
    const known = told?.content;
    if (known !== undefined && holds(this.#area.bytes, size, known)) return told as Content;
    return { content: this.#areaText.toString('latin1', 0, size) };
  }
}

const bufferOf = ({ bytes }: Arena): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Whether the first `size` bytes are this text of one byte for each character. */
function holds(bytes: Uint8Array, size: number, text: string): boolean {
  if (size !== text.length) return false;
  for (let at = 0; at < size; at += 1) if (bytes[at] !== text.charCodeAt(at)) return false;
  return true;
}

/** The name of an event, which fills the space up to `end` with zeros. */
function nameIn(bytes: Buffer, at: number, end: number): string {
  let last = at;
  while (last < end && bytes[last] !== 0) last += 1;
  return bytes.toString('utf8', at, last);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'we may not read it; let us with: chmod a+r, and a+x for the folders above',
  EISDIR: 'it is a directory; name a file in it',
  EAGAIN: 'it is a FIFO or a device with nothing to read; write the number into a regular file',
};

function readFailure(errno: number, path: string): Failure {
  const code = errnoSymbol(errno);
  return { code, message: `reading ${path}: ${REASONS[code] ?? errnoText(errno)}` };
}
