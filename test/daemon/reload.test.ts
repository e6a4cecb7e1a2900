/** Reloads: refused ones change nothing, one runs and one waits, and the reading happens in another thread. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Loaded } from '../../src/config/load.js';
import type { Configuration } from '../../src/config/model.js';
import { Told } from '../../src/daemon/lvs/handover.js';
import { Received } from '../../src/daemon/lvs/received.js';
import type { ToBalancer } from '../../src/daemon/lvs/talk.js';
import { ReadingThread } from '../../src/daemon/reading-thread.js';
import { type ReadInBackground, Reloader } from '../../src/daemon/reload.js';
import { configurationOf, loadText } from '../support/configuration.js';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-reload-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const GOOD = `
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 10.0.0.9/24 }
}
`;
const OTHER = GOOD.replace('51', '52');
const request = { path: '/test.conf', configId: 'x', allIncludes: false };

function setUp(read: ReadInBackground, running = GOOD) {
  const state = { current: configurationOf(running), applied: [] as Configuration[], said: [] as string[] };
  const reloader = new Reloader(
    request,
    {
      log: (level, text) => state.said.push(`${level}: ${text}`),
      current: () => state.current,
      apply: (next) => {
        state.current = next;
        state.applied.push(next);
      },
      began: () => state.said.push('began'),
      ended: (outcome) => state.said.push(`ended: ${outcome}`),
      before: () => undefined,
      after: () => {},
    },
    read,
  );
  return { reloader, state };
}
const reading =
  (text: string): ReadInBackground =>
  async () =>
    loadText(text);

test('a good configuration is applied', async () => {
  const { reloader, state } = setUp(reading(OTHER));
  assert.equal((await reloader.reload()).outcome, 'applied');
  assert.equal(state.applied[0]?.instances[0]?.virtualRouterId, 52);
  assert.ok(state.said.indexOf('began') < state.said.indexOf('ended: applied'));
});

test('the same text is told apart', async () => {
  const { reloader } = setUp(reading(GOOD));
  assert.equal((await reloader.reload()).outcome, 'unchanged');
});

const wrong: readonly (readonly [what: string, text: string])[] = [
  ['a brace is missing', 'vrrp_instance VI_1 {\n  interface eth0\n'],
  ['a router id out of range', GOOD.replace('51', '300')],
  ['two instances with one router id', GOOD + GOOD.replace('VI_1', 'VI_2')],
];
for (const [what, text] of wrong)
  test(`refused, and nothing changes: ${what}`, async () => {
    const { reloader, state } = setUp(reading(text));
    const report = await reloader.reload();
    assert.equal(report.outcome, 'refused');
    assert.match(report.diagnostics, /HF\d{4}/);
    assert.equal(state.applied.length, 0);
    assert.ok(state.said.some((line) => line.startsWith('error: Reload refused, nothing was changed')));
    assert.ok(
      state.said.some((line) => /HF\d{4}/.test(line)),
      'the log does not say why',
    );
  });

const slips: readonly (readonly [what: string, text: string, reason: RegExp])[] = [
  [
    'a keyword',
    GOOD.replace('interface', 'priorty 90\n interface'),
    /"priorty" in vrrp_instance VI_1 .* resembles priority/,
  ],
  [
    'a block',
    `${GOOD}vrrp_instnce VI_2 {\n}\n`,
    /"vrrp_instnce" at the outermost level .* resembles vrrp_instance/,
  ],
];
for (const [what, text, reason] of slips) {
  test(`refused: a misspelt word for ${what}, which a start only remarks on`, async () => {
    const loaded = loadText(text);
    assert.equal(loaded.verdict.runnable && loaded.verdict.reloadable, true);
    const { reloader, state } = setUp(reading(text));
    const report = await reloader.reload();
    assert.equal(report.outcome, 'refused');
    assert.match(report.diagnostics, reason);
    assert.equal(state.applied.length, 0);
  });

  test(`accepted: a misspelt word for ${what} that the running configuration has, too`, async () => {
    const { reloader } = setUp(reading(text.replace('10.0.0.9', '10.0.0.8')), text);
    assert.equal((await reloader.reload()).outcome, 'applied');
  });
}

test('refused: a file without a line, which a start remarks on', async () => {
  const { reloader, state } = setUp(reading('# nothing\n'));
  const report = await reloader.reload();
  assert.equal(report.outcome, 'refused');
  assert.match(report.diagnostics, /it has no line/);
  assert.equal(state.applied.length, 0);
});

test('accepted: a file without a line where none was before, and one that says nothing more', async () => {
  assert.equal((await setUp(reading(''), '').reloader.reload()).outcome, 'unchanged');
  assert.equal((await setUp(reading('global_defs {\n}\n')).reloader.reload()).outcome, 'applied');
});

test('refused: a virtual server of a group that does not exist', async () => {
  const text = `virtual_server group web {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 10.1.0.1 80 {
  }
}
`;
  const { reloader } = setUp(reading(GOOD + text));
  const report = await reloader.reload();
  assert.equal(report.outcome, 'refused');
  assert.match(report.diagnostics, /HF0353/);
});

test('accepted: words that resemble nothing, and words that a comment allows', async () => {
  const text = `# holdfast: allow HF0102\nvrrp_instnce VI_2 {\n}\nrestart_service\n${OTHER}`;
  const { reloader } = setUp(reading(text));
  assert.equal((await reloader.reload()).outcome, 'applied');
});

test('what only a restart can change is refused', async () => {
  for (const text of [`net_namespace blue\n${GOOD}`, `instance a\n${GOOD}`]) {
    const { reloader, state } = setUp(reading(text));
    const report = await reloader.reload();
    assert.equal(report.outcome, 'refused');
    assert.match(report.diagnostics, /cannot change without a restart/);
    assert.equal(state.applied.length, 0);
  }
});

test('a reader that fails is a refused reload, and the next one works', async () => {
  let first = true;
  const { reloader, state } = setUp(async () => {
    if (!first) return loadText(OTHER);
    first = false;
    throw new Error('out of threads');
  });
  const report = await reloader.reload();
  assert.equal(report.outcome, 'refused');
  assert.match(report.diagnostics, /out of threads/);
  assert.equal(state.said.at(-1), 'ended: refused');
  assert.ok(state.said.some((line) => /^error: Reload refused: .*out of threads/.test(line)));
  assert.equal((await reloader.reload()).outcome, 'applied');
});

test('one runs, one waits, and everybody who asks meanwhile shares the waiting one', async () => {
  const finish: ((loaded: Loaded) => void)[] = [];
  const { reloader, state } = setUp(() => new Promise((done) => finish.push(done)));
  const first = reloader.reload();
  const second = reloader.reload();
  const third = reloader.reload();
  assert.equal(second, third);
  assert.equal(finish.length, 1, 'two readers at once');
  finish[0]?.(loadText(OTHER));
  assert.equal((await first).outcome, 'applied');
  while (finish.length < 2) await new Promise((next) => setImmediate(next));
  finish[1]?.(loadText(GOOD));
  assert.equal((await second).outcome, 'applied');
  assert.equal(state.applied.length, 2);
});

test('after the stop nothing is applied any more', async () => {
  const finish: ((loaded: Loaded) => void)[] = [];
  const { reloader, state } = setUp(() => new Promise((done) => finish.push(done)));
  const running = reloader.reload();
  reloader.close();
  finish[0]?.(loadText(OTHER));
  assert.equal((await running).outcome, 'stopping');
  assert.equal((await reloader.reload()).outcome, 'stopping');
  assert.equal(state.applied.length, 0);
});

test('the worker thread reads a file and hands over the whole configuration', async () => {
  const path = join(directory, 'good.conf');
  writeFileSync(path, GOOD);
  const loaded = await new ReadingThread().read({ path, configId: 'x', allIncludes: false });
  assert.deepEqual(loaded.configuration?.instances, configurationOf(GOOD).instances);
  assert.equal(loaded.verdict.reloadable, true);
});

test('the worker thread reports a missing file as findings, not as an exception', async () => {
  const loaded = await new ReadingThread().read({
    path: join(directory, 'none.conf'),
    configId: 'x',
    allIncludes: false,
  });
  assert.equal(loaded.configuration, undefined);
  assert.equal(loaded.verdict.reloadable, false);
  assert.ok(loaded.diagnostics.length > 0);
});

test('of a large configuration the thread hands over what changed, and the other process hears only that', async () => {
  const path = join(directory, 'large.conf');
  const service = (n: number, weight = 1): string => `virtual_server 10.1.${n >> 8}.${n & 255} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
${[1, 2, 3, 4, 5, 6, 7, 8].map((m) => `  real_server 10.2.0.${m} 80 {\n    weight ${weight}\n    TCP_CHECK {\n      connect_timeout 3\n    }\n  }\n`).join('')}}
`;
  const text = (...weights: number[]): string =>
    Array.from({ length: 500 }, (_, n) => service(n, weights[n])).join('');
  const thread = new ReadingThread();
  const [told, received] = [new Told(), new Received()];
  const over = async (what: string) => {
    writeFileSync(path, what);
    const loaded = await thread.read({ path, configId: 'x', allIncludes: false });
    assert.ok(loaded.handover && loaded.configuration);
    let fresh = 0;
    for (const pieces of told.messages(loaded.handover)) {
      const message = Buffer.concat(pieces);
      assert.ok(message.length < 64 * 1024, 'no message is large');
      const word = JSON.parse(message.toString()) as ToBalancer;
      if (word.say === 'services') {
        received.services(word);
        fresh += word.fresh.length;
        continue;
      }
      assert.equal(word.say, 'configuration');
      const { virtualServers } = received.configuration(
        word as Extract<ToBalancer, { say: 'configuration' }>,
      );
      assert.deepEqual(virtualServers, configurationOf(what).virtualServers);
      return { fresh, virtualServers };
    }
    throw new Error('the configuration comes last');
  };
  try {
    const first = await over(text());
    assert.equal(first.fresh, 500);
    const second = await over(text(1, 7));
    assert.equal(second.fresh, 1);
    assert.deepEqual(
      second.virtualServers.flatMap((one, n) => (one === first.virtualServers[n] ? [] : n)),
      [1],
    );
    // Shorter, turned round, with one block twice.
    assert.equal((await over(service(3) + service(2) + text())).fresh, 1);
    assert.equal((await over(service(3, 9))).fresh, 1);
  } finally {
    thread.close();
  }
});

const FIXED: readonly (readonly [what: string, line: string, other: string])[] = [
  ['net_namespace', 'net_namespace red', 'net_namespace blue'],
  ['net_namespace_ipvs', 'net_namespace_ipvs red', ''],
  ['instance', 'instance one', 'instance two'],
  ['nftables', 'global_defs {\n nftables one\n}', 'global_defs {\n nftables two\n}'],
  ['nftables_ipvs', 'global_defs {\n nftables_ipvs one\n}', ''],
  ['tmp_config_directory', '', 'global_defs {\n tmp_config_directory /tmp\n}'],
  ['disable_local_igmp', '', 'global_defs {\n disable_local_igmp\n}'],
];
for (const [what, line, other] of FIXED) {
  test(`a reload that would change ${what} is refused, with both values, and changes nothing`, async () => {
    const { reloader, state } = setUp(reading(`${other}\n${OTHER}`), `${line}\n${GOOD}`);
    const report = await reloader.reload();
    assert.equal(report.outcome, 'refused');
    assert.match(report.diagnostics, new RegExp(`${what} cannot change without a restart \\(.* -> .*\\)`));
    assert.deepEqual(state.applied, []);
  });
}

test('reload_file: it stands there while the configuration is read, and no longer', async () => {
  const path = join(directory, 'reading');
  let seen = false;
  const read: ReadInBackground = async () => {
    seen = existsSync(path);
    return loadText(OTHER);
  };
  const { reloader } = setUp(read, `global_defs {\n reload_file ${path}\n}\n${GOOD}`);
  assert.equal((await reloader.reload()).outcome, 'applied');
  assert.equal(seen, true);
  assert.equal(existsSync(path), false);
});

test('reload_file: a link in its place is not followed, and the reload goes on', async () => {
  const path = join(directory, 'link');
  const target = join(directory, 'precious');
  writeFileSync(target, 'precious');
  symlinkSync(target, path);
  const { reloader, state } = setUp(reading(OTHER), `global_defs {\n reload_file ${path}\n}\n${GOOD}`);
  assert.equal((await reloader.reload()).outcome, 'applied');
  assert.ok(state.said.some((line) => line.startsWith('warning: reload_file')));
  assert.equal(readFileSync(target, 'utf8'), 'precious');
});

test('reload_check_config: what the check found is in its file, after a refusal too', async () => {
  const path = join(directory, 'findings');
  const { reloader } = setUp(
    reading(GOOD.replace('virtual_router_id 51', 'virtual_router_id 999')),
    `global_defs {\n reload_check_config ${path}\n}\n${GOOD}`,
  );
  assert.equal((await reloader.reload()).outcome, 'refused');
  assert.match(readFileSync(path, 'utf8'), /999/);
});
