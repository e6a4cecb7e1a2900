/** Checks between the files of routers of one cluster; routers that agree are told nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadCluster } from '../../src/config/load.js';
import { instance, key, password, script, tracking } from './check-texts.js';
import { readerOf } from './support.js';

describe('routers of one cluster', () => {
  /** Two scripts with these weights, both tracked. */
  const several = (first: string, second: string): string =>
    script('/x', first) +
    script('/y', second).replace('vrrp_script s', 'vrrp_script t') +
    a.replace('priority', 'track_script {\n s\n t\n }\npriority');
  const router = (source: string, peer: string, extra = ''): string =>
    instance(`unicast_src_ip ${source}\nunicast_peer {\n ${peer}\n }\n${extra}`);
  const a = router('10.0.0.2', '10.0.0.3', 'priority 100');
  const b = router('10.0.0.3', '10.0.0.2', 'priority 90');
  const found = (...texts: string[]): string[] => {
    const files = Object.fromEntries(texts.map((text, i) => [`/r${i}`, text]));
    const all = loadCluster(
      texts.map((_, i) => ({ path: `/r${i}`, configId: 'x' })),
      readerOf(files),
    );
    // What has no effect yet is another matter.
    return all.flatMap(({ diagnostics }, i) =>
      diagnostics.filter(({ code }) => code !== 'HF0215').map(({ code }) => `${code} ${i}`),
    );
  };

  const cluster: readonly {
    readonly what: string;
    readonly texts: readonly string[];
    readonly codes: readonly string[];
  }[] = [
    { what: 'that agree', texts: [a, b], codes: [] },
    {
      what: 'of which one lacks an address',
      texts: [a, b.replace('10.0.0.1/24', '10.0.0.1/24\n10.0.0.4/24')],
      codes: ['HF0521 1'],
    },
    {
      what: 'with a password and without',
      texts: [a, b.replace('priority', `${password}\npriority`)],
      codes: ['HF0522 1'],
    },
    {
      what: 'that sign with different keys',
      texts: [a, b].map((text, i) =>
        text.replace('priority', `auth_hmac {\n key 1 ${i}${key}\n active_key 1\n }\npriority`),
      ),
      codes: ['HF0522 1'],
    },
    {
      what: 'of which one already knows another key',
      texts: [a, b].map((text, i) =>
        text.replace(
          'priority',
          `auth_hmac {\n key 1 ${key}\n ${i === 0 ? '' : `key 2 x${key}`}\n active_key 1\n }\npriority`,
        ),
      ),
      codes: [],
    },
    {
      what: 'of two versions',
      texts: [a, b.replace('priority', 'version 3\npriority')],
      codes: ['HF0523 1'],
    },
    {
      what: 'of two intervals',
      texts: [a, b.replace('priority', 'advert_int 2\npriority')],
      codes: ['HF0524 1'],
    },
    {
      what: 'of which one gives up before the other can speak',
      texts: [a, b].map((text, i) =>
        text.replace('priority', `version 3\nadvert_int ${i === 0 ? 5 : 1}\nnopreempt\npriority`),
      ),
      codes: ['HF0524 1', 'HF0529 1'],
    },
    {
      what: 'of which one is only less patient',
      texts: [a, b].map((text, i) =>
        text.replace('priority', `version 3\nadvert_int ${i === 0 ? 3 : 1}\npriority`),
      ),
      codes: ['HF0524 1'],
    },
    {
      what: 'of which one does not name the other',
      texts: [a, b.replace(' 10.0.0.2\n', ' 10.0.0.9\n')],
      codes: ['HF0525 1'],
    },
    { what: 'of which one multicasts', texts: [a, instance('priority 90')], codes: ['HF0525 1'] },
    { what: 'of equal priority', texts: [a, b.replace('90', '100')], codes: ['HF0526 1'] },
    {
      what: 'with a weight too small',
      texts: [script('/x', 'weight -5') + a.replace('priority', `${tracking}\npriority`), b],
      codes: ['HF0527 0'],
    },
    {
      what: 'with one large enough',
      texts: [script('/x', 'weight -15') + a.replace('priority', `${tracking}\npriority`), b],
      codes: [],
    },
    {
      what: 'with a weight that lifts above nobody',
      texts: [a, script('/x', 'weight 5') + b.replace('priority', `${tracking}\npriority`)],
      codes: ['HF0527 1'],
    },
    {
      what: 'with two weights of which neither suffices, but both do',
      texts: [several('weight -6', 'weight -6'), b],
      codes: [],
    },
    {
      what: 'with two weights that are not enough together',
      texts: [several('weight -4', 'weight -5'), b],
      codes: ['HF0527 0', 'HF0527 0'],
    },
    {
      what: 'with two weights, one of them large enough alone',
      texts: [several('weight -30', 'weight -1'), b],
      codes: ['HF0527 0'],
    },
    {
      what: 'with a weight that matters once the other has failed',
      texts: [several('weight -30', 'weight -1'), b.replace('priority 90', 'priority 70')],
      codes: [],
    },
    {
      what: 'with a file against an owner',
      texts: [
        a.replace('priority 100', 'priority 255'),
        `track_file f {\n file /x\n weight 2\n}\n${b.replace('priority', 'track_file {\n f\n }\npriority')}`,
      ],
      codes: ['HF0527 1'],
    },
    {
      what: 'with a file that may hold any number',
      texts: [
        a,
        `track_file f {\n file /x\n weight 2\n}\n${b.replace('priority', 'track_file {\n f\n }\npriority')}`,
      ],
      codes: [],
    },
    {
      what: 'that have nothing in common',
      texts: [a, b.replace('_id 1', '_id 2')],
      codes: ['HF0528 0', 'HF0528 1'],
    },
    {
      what: 'three of them',
      texts: [a, b.replace(' 10.0.0.2\n', ' 10.0.0.2\n 10.0.0.4\n'), b.replace('10.0.0.3', '10.0.0.4')],
      codes: ['HF0525 0'],
    },
  ];
  for (const { what, texts, codes: expected } of cluster) {
    test(what, () => assert.deepEqual(found(...texts), expected));
  }

  test('a comment silences it', () => {
    assert.deepEqual(found(a, b.replace('priority 90', 'priority 100 # holdfast: allow HF0526')), []);
    assert.deepEqual(found(a, b.replace('priority 90', 'priority 100 # holdfast: allow HF0527')), [
      'HF0526 1',
    ]);
  });

  test('a finding shows the other file', () => {
    const files = { '/r0': a, '/r1': b.replace('90', '100') };
    const [, second] = loadCluster(
      Object.keys(files).map((path) => ({ path, configId: 'x' })),
      readerOf(files),
    );
    const [tie] = second?.diagnostics ?? [];
    assert.equal(tie?.place?.path, '/r1');
    assert.deepEqual(
      tie?.related.map(({ place, text }) => `${place.path}:${place.line} ${text}`),
      ['/r0:1 the other router'],
    );
  });
});
