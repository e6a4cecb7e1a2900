/** What the demo makes of the visitor's reports; and that its example, its page and its digest belong together. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { readExample } from '../../../src/demo/examples.js';
import { PAGE, SERVERS, SERVICE_ADDRESS } from '../../../src/demo/lvs/farm.js';
import { Requests } from '../../../src/demo/lvs/requests.js';

const answered = (number: number, server?: string) => ({
  kind: 'request' as const,
  number,
  sent: 1000 + number,
  ...(server === undefined ? { failure: 'ECONNREFUSED' } : { server }),
});

test('requests count in the order of sending, whoever is answered first', () => {
  const requests = new Requests();
  for (const report of [answered(1, 'web2'), answered(0, 'web1'), answered(3, 'web1'), answered(2)])
    requests.take(report);
  assert.deepEqual(
    requests.all.map(({ server }) => server),
    ['web1', 'web2', undefined, 'web1'],
  );
  assert.equal(requests.failed, 1);
});

test('shares are of the requests that are asked for', () => {
  const requests = new Requests();
  for (const [number, server] of ['web1', 'web1', 'web2', undefined, 'web3'].entries())
    requests.take(answered(number, server));
  assert.deepEqual(
    [...requests.shares(1, 4).answers],
    [
      ['web1', 1],
      ['web2', 1],
    ],
  );
  assert.equal(requests.shares(1, 4).failed, 1);
  assert.deepEqual(requests.shares(4), { answers: new Map([['web3', 1]]), failed: 0 });
});

test('the example asks for the digest of the page that the servers show, of as many servers', () => {
  const example = readExample('lvs-nat', 'director.conf');
  const digests = [...example.matchAll(/digest (\w{32})$/gm)].map(([, digest]) => digest);
  assert.deepEqual(
    digests,
    SERVERS.map(() => createHash('md5').update(`${PAGE}\n`).digest('hex')),
  );
  assert.ok(example.includes(`virtual_server ${SERVICE_ADDRESS} 80`));
});
