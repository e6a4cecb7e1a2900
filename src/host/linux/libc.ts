/**
 * The only file that imports koffi: libc (and the libuv inside Node) as typed functions. Every call here
 * returns the result, or the errno negated, so that nobody can read errno too late; pointers are plain
 * numbers into an Arena. It decides nothing about sockets or timers. DESIGN section 5 governs it.
 */
import koffi from 'koffi';

const KOFFI_VERSION = '3.3.4';

/** Refuses, with a sentence for people, what the layouts below would misread. */
function assertPlatform(): void {
  if (process.platform !== 'linux') throw new Error(`holdfast runs on Linux, this is ${process.platform}`);
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1)
    throw new Error('holdfast does not run on big-endian machines: its netlink codecs are little-endian');
  if (koffi.sizeof('void *') !== 8) throw new Error('holdfast needs a 64-bit machine');
  const shape: Record<string, unknown> = { ...koffi, poll: koffi.node?.poll };
  for (const name of ['alloc', 'view', 'address', 'errno', 'load', 'register', 'proto', 'poll']) {
    if (typeof shape[name] !== 'function')
      throw new Error(`koffi ${koffi.version} has no ${name}(): holdfast was written for ${KOFFI_VERSION}`);
  }
}
assertPlatform();

const library = koffi.load(null);

/** A number, or an errno negated. */
export type Outcome = number;
type Call<A extends unknown[]> = (...args: A) => Outcome;

/** Binds a libc function whose failure is -1 and errno; both are read in here, at once. */
function bind<A extends unknown[]>(definition: string): Call<A> {
  const native = library.func(definition) as unknown as (...args: A) => number;
  return (...args) => {
    const result = native(...args);
    return result === -1 ? -koffi.errno() : result;
  };
}

/** Binds a function that cannot fail or that reports its failure otherwise. */
function bindPlain<A extends unknown[], R>(definition: string): (...args: A) => R {
  return library.func(definition) as unknown as (...args: A) => R;
}

// --- memory the kernel sees ---------------------------------------------------------------------------

/** A run of memory outside the garbage-collected heap, at a fixed address; lives as long as the process. */
export interface Arena {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Zeroed memory of `size` bytes, by calloc(3): none of its pages is there before it is used. Meant for a few long-lived areas, so it is never given back. */
export function allocateArena(size: number): Arena {
  const pointer: unknown = koffi.alloc('uint8_t', size);
  const buffer = koffi.view(pointer, size);
  const bytes = new Uint8Array(buffer);
  return { address: Number(koffi.address(pointer)), bytes, view: new DataView(buffer) };
}

/** Writes a pointer (or size_t) into an arena. */
export function putPointer(arena: Arena, at: number, value: number): void {
  arena.view.setUint32(at, value >>> 0, true);
  arena.view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

interface Layout<F extends string> {
  readonly size: number;
  readonly at: Readonly<Record<F, number>>;
}

function layout<F extends string>(fields: Record<F, string>, packed = false): Layout<F> {
  const type = packed ? koffi.pack(fields) : koffi.struct(fields);
  const at = {} as Record<F, number>;
  for (const name of Object.keys(fields) as F[]) at[name] = koffi.offsetof(type, name);
  return { size: koffi.sizeof(type), at };
}

/** Kernel structures by the platform's own rules of alignment; `epoll_event` is packed on x86-64 only. */
export const layouts = {
  epollEvent: layout({ events: 'uint32_t', data: 'uint64_t' }, process.arch === 'x64'),
  iovec: layout({ base: 'void *', length: 'size_t' }),
  msghdr: layout({
    name: 'void *',
    nameLength: 'uint32_t',
    iov: 'void *',
    iovLength: 'size_t',
    control: 'void *',
    controlLength: 'size_t',
    flags: 'int',
  }),
  cmsghdr: layout({ length: 'size_t', level: 'int', type: 'int' }),
  timespec: layout({ seconds: 'int64_t', nanoseconds: 'int64_t' }),
  sockFprog: layout({ length: 'uint16_t', filter: 'void *' }),
  flock: layout({ type: 'int16_t', whence: 'int16_t', start: 'int64_t', length: 'int64_t', pid: 'int32_t' }),
} as const;
/** struct mmsghdr: a msghdr and the number of bytes that moved. */
export const MMSGHDR_SIZE = layouts.msghdr.size + 8;
export const MMSGHDR_LENGTH = layouts.msghdr.size;

// --- descriptors --------------------------------------------------------------------------------------

export const close = bind<[fd: number]>('int close(int)');
export const read = bind<[fd: number, buffer: number, size: number]>('intptr_t read(int, uintptr_t, size_t)');
export const write = bind<[fd: number, buffer: number, size: number]>(
  'intptr_t write(int, uintptr_t, size_t)',
);
export const open = bind<[path: string, flags: number, mode: number]>(
  'int open(const char *, int, uint32_t)',
);
/** `mode` is reduced by the umask. */
export const makeFifo = bind<[path: string, mode: number]>('int mkfifo(const char *, uint32_t)');
export const pipe = bind<[descriptors: number, flags: number]>('int pipe2(uintptr_t, int)');
/** Fills `buffer` with random bytes of the kernel's. */
export const getRandom = bind<[buffer: number, size: number, flags: number]>(
  'intptr_t getrandom(uintptr_t, size_t, uint32_t)',
);
export const ioctl = bind<[fd: number, request: number, argument: number]>(
  'int ioctl(int, unsigned long, uintptr_t)',
);
export const fcntl = bind<[fd: number, command: number, argument: number]>('int fcntl(int, int, uintptr_t)');

// --- sockets ------------------------------------------------------------------------------------------

export const socket = bind<[domain: number, type: number, protocol: number]>('int socket(int, int, int)');
export const bindSocket = bind<[fd: number, address: number, length: number]>(
  'int bind(int, uintptr_t, uint32_t)',
);
export const connect = bind<[fd: number, address: number, length: number]>(
  'int connect(int, uintptr_t, uint32_t)',
);
export const setsockopt = bind<[fd: number, level: number, name: number, value: number, length: number]>(
  'int setsockopt(int, int, int, uintptr_t, uint32_t)',
);
export const getsockopt = bind<[fd: number, level: number, name: number, value: number, length: number]>(
  'int getsockopt(int, int, int, uintptr_t, uintptr_t)',
);
export const getsockname = bind<[fd: number, address: number, length: number]>(
  'int getsockname(int, uintptr_t, uintptr_t)',
);
export const recv = bind<[fd: number, buffer: number, size: number, flags: number]>(
  'intptr_t recv(int, uintptr_t, size_t, int)',
);
export const send = bind<[fd: number, buffer: number, size: number, flags: number]>(
  'intptr_t send(int, uintptr_t, size_t, int)',
);
export const sendto = bind<
  [fd: number, buffer: number, size: number, flags: number, address: number, length: number]
>('intptr_t sendto(int, uintptr_t, size_t, int, uintptr_t, uint32_t)');
/** `timeout` is always null here: the sockets are non-blocking. */
export const recvmmsg = bind<[fd: number, messages: number, count: number, flags: number, timeout: number]>(
  'int recvmmsg(int, uintptr_t, uint32_t, int, uintptr_t)',
);
export const sendmmsg = bind<[fd: number, messages: number, count: number, flags: number]>(
  'int sendmmsg(int, uintptr_t, uint32_t, int)',
);

const ifIndexToName = bindPlain<[index: number, name: number], number>(
  'uintptr_t if_indextoname(uint32_t, uintptr_t)',
);
/** Writes the interface's name and a NUL (16 bytes at most) to `name`; an errno negated where there is none. */
export const interfaceName = (index: number, name: number): Outcome =>
  ifIndexToName(index, name) === 0 ? -koffi.errno() : 0;

// --- readiness, time, files ---------------------------------------------------------------------------

export const epollCreate = bind<[flags: number]>('int epoll_create1(int)');
export const epollControl = bind<[epoll: number, operation: number, fd: number, event: number]>(
  'int epoll_ctl(int, int, int, uintptr_t)',
);
export const epollWait = bind<[epoll: number, events: number, capacity: number, timeout: number]>(
  'int epoll_wait(int, uintptr_t, int, int)',
);
export const poll = bind<[descriptors: number, count: number, timeout: number]>(
  'int poll(uintptr_t, unsigned long, int)',
);
export const timerfdCreate = bind<[clock: number, flags: number]>('int timerfd_create(int, int)');
export const timerfdSet = bind<[fd: number, flags: number, value: number, old: number]>(
  'int timerfd_settime(int, int, uintptr_t, uintptr_t)',
);
export const clockGettime = bind<[clock: number, timespec: number]>('int clock_gettime(int, uintptr_t)');
export const inotifyInit = bind<[flags: number]>('int inotify_init1(int)');
export const inotifyAdd = bind<[fd: number, path: string, mask: number]>(
  'int inotify_add_watch(int, const char *, uint32_t)',
);
export const inotifyRemove = bind<[fd: number, watch: number]>('int inotify_rm_watch(int, int)');

// --- processes and namespaces -------------------------------------------------------------------------

/** Both move the calling thread only. */
export const unshare = bind<[flags: number]>('int unshare(int)');
export const setns = bind<[fd: number, type: number]>('int setns(int, int)');
/** `pid` 0: the calling thread. */
export const schedSetAffinity = bind<[pid: number, size: number, set: number]>(
  'int sched_setaffinity(int, size_t, uintptr_t)',
);
export const schedGetAffinity = bind<[pid: number, size: number, set: number]>(
  'int sched_getaffinity(int, size_t, uintptr_t)',
);
/** `pid` 0: the calling thread. */
export const schedSetScheduler = bind<[pid: number, policy: number, parameter: number]>(
  'int sched_setscheduler(int, int, uintptr_t)',
);
export const setResourceLimit = bind<[resource: number, limit: number]>('int setrlimit(int, uintptr_t)');
export const getResourceLimit = bind<[resource: number, limit: number]>('int getrlimit(int, uintptr_t)');
/** `status` 0: nobody asks how it ended. */
export const waitpid = bind<[pid: number, status: number, options: number]>(
  'int waitpid(int, uintptr_t, int)',
);
/** 0, or an errno as it is: unlike the others, this one returns it. */
export const posixSpawn = bindPlain<
  [pid: number, path: string, actions: number, attributes: number, argv: number, environment: number],
  number
>('int posix_spawn(uintptr_t, const char *, uintptr_t, uintptr_t, uintptr_t, uintptr_t)');
export const spawnActionsInit = bindPlain<[actions: number], number>(
  'int posix_spawn_file_actions_init(uintptr_t)',
);
export const spawnActionsDestroy = bindPlain<[actions: number], number>(
  'int posix_spawn_file_actions_destroy(uintptr_t)',
);
export const spawnActionsAddDup2 = bindPlain<[actions: number, from: number, to: number], number>(
  'int posix_spawn_file_actions_adddup2(uintptr_t, int, int)',
);
export const spawnAttributesInit = bindPlain<[attributes: number], number>(
  'int posix_spawnattr_init(uintptr_t)',
);
export const spawnAttributesSetFlags = bindPlain<[attributes: number, flags: number], number>(
  'int posix_spawnattr_setflags(uintptr_t, short)',
);
export const spawnAttributesSetDefaults = bindPlain<[attributes: number, signals: number], number>(
  'int posix_spawnattr_setsigdefault(uintptr_t, uintptr_t)',
);
/** For calls that older C libraries do not wrap; the numbers used are the same on every architecture. */
export const syscall = bind<[number: number, a: number, b: number, c: number, d: number]>(
  'long syscall(long, long, long, long, long)',
);

// --- Node's own loop ----------------------------------------------------------------------------------

/** koffi drops what a callback throws: here it becomes an uncaught exception, as a broken invariant must. */
function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}

/** Stops watching; call it before the descriptor is closed. */
export interface LoopWatch {
  stop(): void;
}

/**
 * Calls back from Node's loop as long as `fd` is readable (level-triggered). koffi passes `(status, events)`
 * although its typing says otherwise; neither is needed, since the caller asks the descriptor itself.
 */
export function watchOnLoop(fd: number, readable: () => void): LoopWatch {
  const handle = koffi.node.poll(fd, { readable: true }, () => guarded(readable));
  return {
    stop: () => {
      handle.stop();
      handle.close();
    },
  };
}

const UV_SIGNAL_HANDLE = 16;
const uvDefaultLoop = bindPlain<[], number>('uintptr_t uv_default_loop()');
const uvHandleSize = bindPlain<[type: number], number>('size_t uv_handle_size(int)');
const uvSignalInit = bindPlain<[loop: number, handle: number], number>(
  'int uv_signal_init(uintptr_t, uintptr_t)',
);
const signalCallback = koffi.proto('void HoldfastSignal(uintptr_t handle, int signal)');
const uvSignalStart = bindPlain<[handle: number, callback: unknown, signal: number], number>(
  'int uv_signal_start(uintptr_t, HoldfastSignal *, int)',
);
const uvUnref = bindPlain<[handle: number], void>('void uv_unref(uintptr_t)');

/**
 * Handles a signal that `process.on` does not know (real-time signals kill a process that has no handler).
 * Main thread only; for the life of the process; does not keep it alive. Returns 0 or an errno negated.
 */
export function watchSignal(signal: number, callback: () => void): Outcome {
  const handle = allocateArena(uvHandleSize(UV_SIGNAL_HANDLE));
  const failed = uvSignalInit(uvDefaultLoop(), handle.address);
  if (failed < 0) return failed;
  const registered = koffi.register(() => guarded(callback), koffi.pointer(signalCallback));
  const started = uvSignalStart(handle.address, registered, signal);
  if (started < 0) {
    koffi.unregister(registered);
    return started;
  }
  uvUnref(handle.address);
  return 0;
}
