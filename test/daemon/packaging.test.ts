/** The unit file and what comes with it (packaging/README.md). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../wire/fixtures.js';

const unit = readFileSync(join(projectRoot, 'packaging/holdfast.service'), 'utf8');
const hardening = readFileSync(join(projectRoot, 'packaging/holdfast.service.d/hardening.conf'), 'utf8');
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

test('systemd finds nothing wrong with the unit and its hardening', {
  skip: hasAnalyze ? false : 'no systemd-analyze',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-unit-'));
  try {
    const path = join(directory, 'holdfast.service');
    // It is not installed here; everything else is verified as it stands.
    writeFileSync(path, unit.replace('/usr/sbin/holdfast', '/bin/true'));
    mkdirSync(`${path}.d`);
    writeFileSync(join(`${path}.d`, 'hardening.conf'), hardening);
    const verified = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    assert.equal(verified.stderr.replace(/^.*\/lib\/systemd\/.*\n/gm, ''), '');
    assert.equal(verified.status, 0);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('whoever follows a page puts the program where the unit starts it', () => {
  const program = /^ExecStart=(\S+)/m.exec(unit)?.[1];
  for (const page of ['README.md', 'docs/tutorial.md', 'packaging/README.md']) {
    const text = readFileSync(join(projectRoot, page), 'utf8');
    assert.deepEqual(
      [...text.matchAll(/^ *ln -s \S+\/bin\/holdfast (\S+)$/gm)].map((match) => match[1]),
      [program],
      page,
    );
  }
});

test('the drop-in for keys hands over one credential, sealed', () => {
  const dropIn = readFileSync(join(projectRoot, 'packaging/holdfast.service.d/auth-hmac.conf'), 'utf8');
  assert.deepEqual(
    dropIn.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    ['[Service]', 'LoadCredentialEncrypted=vrrp_hmac:/etc/holdfast/vrrp_hmac.cred'],
  );
  // The name that the comment tells to write into the configuration is the name of the credential.
  assert.match(dropIn, /file:\$\{_ENV CREDENTIALS_DIRECTORY\}\/vrrp_hmac$/m);
});

test("options given to Keepalived are read first, so that Holdfast's own win", () => {
  const files = [...unit.matchAll(/^EnvironmentFile=-(.*)$/gm)].map((match) => match[1]);
  assert.deepEqual(files, ['/etc/sysconfig/keepalived', '/etc/default/keepalived', '/etc/default/holdfast']);
  // Without an order the one would start while the other still runs.
  assert.match(unit, /^Conflicts=keepalived\.service\nAfter=keepalived\.service$/m);
  assert.match(unit, /^Type=notify$/m);
  assert.match(unit, /^NotifyAccess=main$/m);
});

test('the example of /etc/default/holdfast sets nothing by itself', () => {
  const example = readFileSync(join(projectRoot, 'packaging/default/holdfast'), 'utf8');
  assert.deepEqual(
    example.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    [],
  );
});
