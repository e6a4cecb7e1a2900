/**
 * The first process of the second kernel, as two shell scripts for busybox: they give the guest this machine's
 * files to read, a place of its own for what it writes, devices and modules, and then run one command on the
 * console. Nothing it writes stays, but for the shared folders.
 */
import type { KernelParts } from './parts.js';

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Replaces the root: this machine's files below, what is written above, in memory. */
export function firstStage(
  { busybox, modules }: KernelParts,
  job: string,
  shared: readonly string[],
): string {
  const version = modules.slice(modules.lastIndexOf('/') + 1);
  return `#!${busybox} sh
B=${quote(busybox)}
b() { $B "$@"; }
fail() { echo "guest: $*" >/dev/console; b poweroff -f; }
b mount -t proc proc /proc 2>/dev/null
b insmod ${quote(`${modules}/kernel/fs/overlayfs/overlay.ko`)} || fail "no overlayfs"
b mount -t tmpfs -o size=80% tmpfs /mnt && b mkdir -p /mnt/up /mnt/work /mnt/new || fail "no tmpfs"
LIB=/mnt/up/lib; [ ! -L /lib ] || LIB=/mnt/up/usr/lib
SBIN=/mnt/up/sbin; [ ! -L /sbin ] || SBIN=/mnt/up/usr/sbin
b mkdir -p $LIB/modules $SBIN; b ln -s ${quote(modules)} $LIB/modules/${version}
[ -x /sbin/modprobe ] || b ln -s $B $SBIN/modprobe
b mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work /mnt/new || fail "no overlay"
cd /mnt/new
b mount -t proc proc proc; b mount -t sysfs sys sys; b mount -t tmpfs -o mode=755 run run
b mount -t devtmpfs dev dev; b mkdir -p dev/pts dev/shm
b mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts dev/pts; b mount -t tmpfs shm dev/shm
b ln -s /proc/self/fd dev/fd; b ln -s fd/0 dev/stdin; b ln -s fd/1 dev/stdout; b ln -s fd/2 dev/stderr
for d in ${[job, ...shared].map(quote).join(' ')}; do b mount -t hostfs -o "$d" none "/mnt/new$d" || fail "no $d"; done
b mount --move . /
exec $B chroot . $B sh ${quote(`${job}/second`)}
`;
}

/** Runs the command with the console as its output. */
export function secondStage(
  { busybox }: KernelParts,
  job: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
  command: readonly string[],
): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
  return `B=${quote(busybox)}
b() { $B "$@"; }
${exports.join('\n')}
echo guest >/proc/sys/kernel/hostname; b ip link set lo up; b mkdir -p /run/lock /run/netns
b stty -F /dev/tty1 raw -echo
cd ${quote(directory)}
${command.map(quote).join(' ')} </dev/null 2>${quote(`${job}/stderr`)} | b cat >/dev/tty1
b poweroff -f
`;
}
