// The network inside of the second kernel: a daemon's interface, and somebody at its other end who listens.

import { execFileSync } from 'node:child_process';

export const sh = (line: string): string => execFileSync('sh', ['-c', line], { encoding: 'utf8' });

/** `front` is the daemon's, in the initial network namespace; `back` is in the namespace `peer`. Again: nothing happens. */
export function network(): void {
  sh(
    'ip netns add peer 2>/dev/null && ip link add front type veth peer name back netns peer && ip link set front up' +
      ' && ip address add 10.77.0.1/16 dev front && ip -n peer link set back up || true',
  );
}
