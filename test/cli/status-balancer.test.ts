/** What `holdfast status` says of virtual and real servers to people. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balancerText } from '../../src/cli/commands/status-balancer.js';
import type { Output } from '../../src/cli/output.js';
import type { CheckerStatus, ServerStatus } from '../../src/core/lvs/status.js';

const plain: Output = { colour: false, write: () => {} };
const since = 1_700_000_000_000_000;
const REFUSED = 'connecting: connection refused';

const checker = (kind: string, up: boolean, last?: string): CheckerStatus => ({
  kind,
  up,
  contribution: 0,
  ...(last === undefined ? {} : { last }),
});

/** The line of a server out of a service with nobody else. */
function line(server: Partial<ServerStatus>): string {
  const text = balancerText(
    plain,
    {
      problems: [],
      services: [
        {
          name: '[192.0.2.1]:tcp:80',
          scheduler: 'rr',
          method: 'NAT',
          up: false,
          quorum: 1,
          hysteresis: 0,
          weight: 0,
          servers: [
            {
              name: '[10.0.0.1]:tcp:80',
              alive: false,
              method: 'NAT',
              configuredWeight: 1,
              weight: 1,
              since,
              reason: REFUSED,
              checkers: [],
              ...server,
            },
          ],
        },
      ],
    },
    since + 60e6,
  );
  return text.split('\n')[2] ?? '';
}

test('a server that is out: what took it out, and what keeps it out where that is another thing by now', () => {
  assert.match(
    line({ checkers: [checker('HTTP_GET', false, REFUSED)] }),
    /DOWN .* connecting: connection refused$/,
  );
  assert.match(
    line({ checkers: [checker('HTTP_GET', false, 'HTTP status code 500, not 200-299')] }),
    /connection refused; now HTTP_GET: HTTP status code 500, not 200-299$/,
  );
});

test('of several checkers those that still fail are named', () => {
  const checkers = [
    checker('TCP_CHECK', true, 'connected'),
    checker('MISC_CHECK', false, 'exited with status 1'),
    checker('PING_CHECK', false),
  ];
  assert.match(line({ checkers }), /connection refused; now MISC_CHECK: exited with status 1$/);
});

test('a server that is in: what brought it in, whatever came since', () => {
  const checkers = [checker('TCP_CHECK', true, REFUSED)];
  assert.match(line({ alive: true, reason: 'connected', tableWeight: 1, checkers }), /UP .* connected$/);
});

test('a check that this machine cannot make is told, also of a server that is in', () => {
  const checkers = [
    { ...checker('TCP_CHECK', true, 'could not be made: there is no such device'), unmade: true as const },
  ];
  assert.match(
    line({ alive: true, reason: 'no check has failed', tableWeight: 1, checkers }),
    /UP .* no check has failed; now TCP_CHECK: could not be made: there is no such device$/,
  );
});
