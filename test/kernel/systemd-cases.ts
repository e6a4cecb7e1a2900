/**
 * The unit of packaging/ under a real systemd: what its words come to, and what a person who swaps Keepalived for
 * Holdfast sees of `systemctl` and of the journal.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { until } from '../lab/journal.js';
import { projectRoot } from '../wire/fixtures.js';
import { withoutKeepalived } from './keepalived.js';
import type { KernelCase } from './suite.js';
import { CONFIGURATION, Systemd, UNITS, withoutSystemd } from './systemd.js';

const INSTANCE = `vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.10/24
    }
}
`;
const DROP_IN = `${UNITS}/holdfast.service.d`;

let booted: Promise<Systemd> | undefined;

/** The file, what is dropped into the unit, and the options of Keepalived that are there already. */
interface Given {
  readonly text?: string;
  readonly dropIn?: string;
  readonly options?: string;
}

function configure(text: string): void {
  writeFileSync(CONFIGURATION, text);
  chmodSync(CONFIGURATION, 0o600);
}

async function withSystemd(given: Given, use: (systemd: Systemd) => Promise<void>): Promise<void> {
  booted ??= Systemd.boot();
  const systemd = await booted;
  configure(given.text ?? INSTANCE);
  writeFileSync('/etc/default/keepalived', `DAEMON_ARGS="${given.options ?? ''}"\n`);
  if (given.dropIn !== undefined) {
    mkdirSync(DROP_IN, { recursive: true });
    writeFileSync(`${DROP_IN}/test.conf`, given.dropIn);
  }
  await systemd.run('systemctl', 'daemon-reload');
  try {
    await use(systemd);
  } finally {
    await systemd.run('systemctl', 'stop', 'holdfast', 'keepalived');
    await systemd.run('systemctl', 'reset-failed');
    rmSync(DROP_IN, { recursive: true, force: true });
  }
}

const succeeds = async (systemd: Systemd, ...words: readonly string[]): Promise<void> => {
  const { code, text } = await systemd.run('systemctl', ...words);
  if (code === 0) return;
  const { text: status } = await systemd.run('systemctl', 'status', 'holdfast');
  assert.fail(`systemctl ${words.join(' ')} ended with ${code}: ${text}\n${status}`);
};

const state = async (systemd: Systemd, unit: string): Promise<string> =>
  systemd.property(unit, 'ActiveState');

const swap: KernelCase = {
  name: 'starting holdfast stops a running keepalived first, and the other way round; neither has to be tried again',
  obstacle: withoutSystemd ?? withoutKeepalived,
  run: () =>
    withSystemd({}, async (systemd) => {
      await succeeds(systemd, 'start', 'keepalived');
      await succeeds(systemd, 'start', 'holdfast');
      assert.equal(await state(systemd, 'keepalived'), 'inactive');
      assert.equal(await state(systemd, 'holdfast'), 'active');
      assert.equal(await systemd.property('holdfast', 'NRestarts'), '0');
      await succeeds(systemd, 'start', 'keepalived');
      assert.equal(await state(systemd, 'holdfast'), 'inactive');
      assert.equal(await systemd.property('holdfast', 'Result'), 'success');
      assert.equal(await state(systemd, 'keepalived'), 'active');
    }),
};

const refusedStart: KernelCase = {
  name: 'what only repeats is not tried again: no configuration, and a daemon that runs already; said once, as an error',
  obstacle: withoutSystemd,
  run: () =>
    withSystemd({}, async (systemd) => {
      rmSync(CONFIGURATION);
      const before = await systemd.moment();
      assert.equal((await systemd.run('systemctl', 'start', 'holdfast')).code, 1);
      assert.equal(await state(systemd, 'holdfast'), 'failed');
      assert.equal(await systemd.property('holdfast', 'ExecMainStatus'), '6');
      const said = await systemd.journal('holdfast', before);
      const reasons = said.filter(({ text }) => text.includes('There is no configuration: neither'));
      assert.deepEqual(
        reasons.map(({ ident, priority }) => [ident, priority]),
        [['Keepalived', 3]],
      );
      assert.deepEqual(
        said.filter(({ ident }) => ident === 'holdfast'),
        [],
      );
      configure(INSTANCE);
      const byHand = await systemd.run('holdfast');
      assert.equal(byHand.code, 0, byHand.text);
      try {
        assert.equal((await systemd.run('systemctl', 'start', 'holdfast')).code, 1);
        assert.equal(await state(systemd, 'holdfast'), 'failed');
      } finally {
        const { text: pid } = await systemd.run('cat', '/run/keepalived.pid');
        await systemd.run('kill', pid.trim());
        await until(
          'it has ended',
          async () => (await systemd.run('test', '-e', '/run/keepalived.pid')).code === 1,
        );
      }
    }),
};

const refusedReload: KernelCase = {
  name: 'systemctl status tells that a reload was refused, until one is taken; what ran goes on',
  obstacle: withoutSystemd,
  run: () =>
    withSystemd({}, async (systemd) => {
      await succeeds(systemd, 'start', 'holdfast');
      const pid = await systemd.property('holdfast', 'MainPID');
      configure(INSTANCE.replace('150', '999'));
      await succeeds(systemd, 'reload', 'holdfast');
      await until('the refusal is told', async () =>
        /the last reload was refused/.test(await systemd.property('holdfast', 'StatusText')),
      );
      configure(INSTANCE.replace('150', '149'));
      await succeeds(systemd, 'reload', 'holdfast');
      await until(
        'it is told no more',
        async () => (await systemd.property('holdfast', 'StatusText')) === 'Running',
      );
      assert.equal(await systemd.property('holdfast', 'MainPID'), pid);
    }),
};

const death: KernelCase = {
  name: 'killed, it is started again, however often',
  obstacle: withoutSystemd,
  run: () =>
    withSystemd({}, async (systemd) => {
      await succeeds(systemd, 'start', 'holdfast');
      const pid = await systemd.property('holdfast', 'MainPID');
      await systemd.run('kill', '-KILL', pid);
      await until('another one runs', async () => {
        const other = await systemd.property('holdfast', 'MainPID');
        return other !== pid && other !== '0' && (await state(systemd, 'holdfast')) === 'active';
      });
      assert.equal(await systemd.property('holdfast', 'NRestarts'), '1');
      assert.equal(await systemd.property('holdfast', 'StartLimitIntervalUSec'), '0');
    }),
};

const slowEnd: KernelCase = {
  name: 'a shutdown_script that may take longer than TimeoutStopSec is waited for',
  obstacle: withoutSystemd,
  run: () =>
    withSystemd(
      {
        text: `global_defs {\n    shutdown_script "/bin/sleep 3"\n}\n${INSTANCE}`,
        dropIn: '[Service]\nTimeoutStopSec=1\n',
      },
      async (systemd) => {
        await succeeds(systemd, 'start', 'holdfast');
        const before = await systemd.moment();
        await succeeds(systemd, 'stop', 'holdfast');
        assert.equal(await systemd.property('holdfast', 'Result'), 'success');
        const said = await systemd.journal('holdfast', before);
        assert.ok(said.some(({ text }) => text === 'shutdown_script has ended'));
      },
    ),
};

const watched: KernelCase = {
  name: "WatchdogSec= of a drop-in ends a process whose loop stands still, and only that; Keepalived's -l and -D repeat no line",
  obstacle: withoutSystemd,
  run: () =>
    withSystemd({ options: '-l -D', dropIn: '[Service]\nWatchdogSec=4\n' }, async (systemd) => {
      const before = await systemd.moment();
      await succeeds(systemd, 'start', 'holdfast');
      const pid = await systemd.property('holdfast', 'MainPID');
      const isMaster = /\(web\) Entering MASTER STATE/;
      await until('it is MASTER, and still the first', async () =>
        (await systemd.journal('holdfast', before)).some(({ text }) => isMaster.test(text)),
      );
      await new Promise((later) => setTimeout(later, 2000));
      assert.equal(await systemd.property('holdfast', 'MainPID'), pid);
      const said = await systemd.journal('holdfast', before);
      const masters = said.filter(({ text }) => isMaster.test(text));
      assert.deepEqual(
        masters.map(({ ident, priority }) => [ident, priority]),
        [['Keepalived_vrrp', 5]],
      );
      await systemd.run('kill', '-STOP', pid);
      await until('systemd ends it', async () => (await systemd.property('holdfast', 'NRestarts')) === '1');
    }),
};

const hardened: KernelCase = {
  name: 'with the drop-in for hardening it becomes MASTER, and its scripts run as whom they should',
  obstacle: withoutSystemd,
  run: () =>
    withSystemd(
      {
        text: `global_defs {\n    script_user nobody\n    enable_script_security\n}
vrrp_script one {\n    script "/bin/true"\n    interval 1\n}
${INSTANCE.replace(/\}\s*$/, '    track_script {\n        one\n    }\n    notify_master "/usr/bin/touch /tmp/was-master"\n}\n')}`,
        dropIn: readFileSync(`${projectRoot}/packaging/holdfast.service.d/hardening.conf`, 'utf8'),
      },
      async (systemd) => {
        await succeeds(systemd, 'start', 'holdfast');
        await until(
          'the notify has run',
          async () => (await systemd.run('test', '-e', '/tmp/was-master')).code === 0,
        );
        const { text: owner } = await systemd.run('stat', '-c', '%U', '/tmp/was-master');
        assert.equal(owner, 'nobody\n');
        const { text: addresses } = await systemd.run('ip', '-br', 'address', 'show', 'eth0');
        assert.match(addresses, /192\.0\.2\.10\/24/);
      },
    ),
};

export const cases: readonly KernelCase[] = [
  swap,
  refusedStart,
  refusedReload,
  death,
  slowEnd,
  watched,
  hardened,
];
