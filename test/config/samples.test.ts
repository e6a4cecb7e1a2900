/**
 * The samples in Debian's keepalived package, judged by the keepalived that is installed and by us in the same
 * run: accepted (0), accepted with remarks (5; 6 is told the same), refused (4), stopped at a missing value (2).
 * Where Keepalived 2.4.3 judges otherwise than the installed 2.2.7, it counts; those are listed.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfiguration } from '../../src/config/load.js';
import { commandFacts } from '../../src/host/command-facts.js';
import { configFiles } from '../../src/host/config-files.js';

const SAMPLES = '/usr/share/doc/keepalived/samples';
const KEEPALIVED = '/usr/sbin/keepalived';

/** Files on which the installed version and Keepalived 2.4.3 differ; we agree with the latter. */
const DIFFERENCES: readonly {
  readonly file: string;
  readonly ours: number;
  readonly theirs: number;
  readonly why: string;
}[] = [
  {
    file: 'keepalived.conf.track_interface',
    ours: 0,
    theirs: 5,
    why: '2.2.7 remarks that a route without an interface cannot be tracked; 2.4.3 does not',
  },
  {
    file: 'keepalived.conf.vrrp',
    ours: 5,
    theirs: 0,
    why: '2.4.3 remarks on an address that stands twice; 2.2.7 takes it silently',
  },
  {
    file: 'keepalived.conf.vrrp.static_ipaddress',
    ours: 0,
    theirs: 5,
    why: '2.2.7 remarks that a route without an interface cannot be tracked; 2.4.3 does not',
  },
];

/** Runs in a network namespace of its own with the interfaces that follow $1; `exec` keeps the exit code. */
const IN_NAMESPACE = `file=$1; shift
for name; do ip link add "$name" type veth peer name "peer$((n += 1))" && ip link set "$name" up || exit 99; done
exec ${KEEPALIVED} -t -f "$file"`;

function whyNot(): string | false {
  if (!existsSync(KEEPALIVED) || !existsSync(SAMPLES)) return "Debian's keepalived is not installed";
  if (!/v2\.2\.7\b/.test(spawnSync(KEEPALIVED, ['--version'], { encoding: 'utf8' }).stderr))
    return 'the installed keepalived is not 2.2.7';
  try {
    execFileSync('unshare', ['-n', 'ip', 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1'], {
      stdio: 'pipe',
    });
    return false;
  } catch {
    return 'no network namespaces here';
  }
}

const skip = whyNot();
const files = skip ? [] : readdirSync(SAMPLES).filter((name) => name.startsWith('keepalived.conf'));
const classOf = (status: number | null): number | null => (status === 6 ? 5 : status);

describe("Debian's samples", { skip }, () => {
  for (const file of files) {
    test(file, () => {
      const path = join(SAMPLES, file);
      const names = new Set(readFileSync(path, 'latin1').match(/\beth[0-9]+(\.[0-9]+)?\b/g) ?? []);
      const { status, stderr } = spawnSync(
        'unshare',
        ['-n', 'sh', '-c', IN_NAMESPACE, 'sh', path, ...names],
        {
          encoding: 'utf8',
          timeout: 20_000,
        },
      );
      const { verdict, diagnostics } = loadConfiguration({ path, configId: 'node1' }, configFiles, {
        commands: commandFacts,
      });
      const found = { ours: classOf(verdict.exit), theirs: classOf(status) };
      const shown = [
        stderr,
        ...diagnostics.map(({ code, place, message }) => `${code} ${place?.line}: ${message}`),
      ];
      const listed = DIFFERENCES.find((one) => one.file === file);
      if (listed) assert.deepEqual(found, { ours: listed.ours, theirs: listed.theirs }, shown.join('\n'));
      else assert.equal(found.ours, found.theirs, shown.join('\n'));
    });
  }

  test('every listed difference is one, about a file that is there', () => {
    for (const { file, ours, theirs } of DIFFERENCES) {
      assert.ok(files.includes(file), file);
      assert.notEqual(ours, theirs, file);
    }
  });
});
