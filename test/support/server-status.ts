/** A status of one real server with every field filled, for tests of what shows it. */
import type { ServerStatus } from '../../src/core/lvs/status.js';

export function serverStatus(changes: Partial<ServerStatus> = {}): ServerStatus {
  return {
    name: '[192.168.33.1]:tcp:80',
    alive: true,
    method: 'NAT',
    configuredWeight: 3,
    weight: 3,
    tableWeight: 3,
    since: 1_700_000_000_000_000,
    reason: 'no check has failed',
    connections: { active: 5, inactive: 7, persistent: 0 },
    checkers: [{ kind: 'HTTP_GET', up: true, contribution: 0, last: '200, 28 bytes' }],
    ...changes,
  };
}
