/**
 * Commands that cannot or must not run are left out, and who tracks or calls them goes on without; who they run as
 * is resolved for the whole configuration. Configuration reference section 11.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandFacts } from '../../src/config/checks/commands.js';
import { loadConfiguration } from '../../src/config/load.js';
import type { Configuration } from '../../src/config/model.js';
import { MAIN, readerOf } from './support.js';

const text = (globals = ''): string => `
global_defs {
  ${globals}
  notify_fifo /run/f
  notify_fifo_script /bin/reader
  startup_script /bin/start
}
vrrp_script check { script /bin/check }
vrrp_script other { script /bin/other
  user other :staff }
vrrp_instance a {
  interface eth0
  virtual_router_id 7
  virtual_ipaddress {
    10.0.0.9
  }
  track_script {
    check
    other
  }
  notify_master /bin/master
  notify /bin/any
}`;

const load = (globals: string, facts: (program: string, user: string | undefined) => CommandFacts) =>
  loadConfiguration({ path: MAIN, configId: 'x' }, readerOf({ [MAIN]: text(globals) }), {
    commands: ({ argv, user }) => facts(argv[0], user),
  });
const only =
  (program: string, facts: CommandFacts) =>
  (name: string): CommandFacts =>
    name === program ? facts : {};
const whatRuns = ({ scripts, instances, globals }: Configuration) => ({
  scripts: scripts.map(({ name }) => name),
  tracked: instances[0]?.trackScripts.map(({ name }) => name),
  notify: Object.keys(instances[0]?.notify ?? {}),
  globals: [globals.notifyFifoScript, globals.startupScript].flatMap((one) => one?.argv[0] ?? []),
});
const ALL = {
  scripts: ['check', 'other'],
  tracked: ['check', 'other'],
  notify: ['master', 'any'],
  globals: ['/bin/reader', '/bin/start'],
};

describe('commands that cannot run', () => {
  const cases: readonly [string, string, CommandFacts, string, object][] = [
    ['all is well', '', {}, '/bin/check', {}],
    ['a check is missing', '', { program: 'gone' }, '/bin/check', { scripts: ['other'], tracked: ['other'] }],
    ['a user is unknown', '', { identity: 'who?' }, '/bin/other', { scripts: ['check'], tracked: ['check'] }],
    ['a notify script is missing', '', { program: 'gone' }, '/bin/master', { notify: ['any'] }],
    ['a reader is missing', '', { program: 'gone' }, '/bin/reader', { globals: ['/bin/start'] }],
    ['others could change it, security off', '', { unsafe: 'oh' }, '/bin/check', {}],
    [
      'others could change it, security on',
      'enable_script_security',
      { unsafe: 'oh' },
      '/bin/check',
      { scripts: ['other'], tracked: ['other'] },
    ],
    ['nobody is named, security off', '', { asOurselves: true }, '/bin/any', {}],
    [
      'nobody is named, security on',
      'enable_script_security',
      { asOurselves: true },
      '/bin/any',
      { notify: ['master'] },
    ],
  ];
  for (const [what, globals, facts, program, left] of cases) {
    test(what, () => {
      const { configuration, diagnostics } = load(globals, only(program, facts));
      assert.ok(configuration);
      assert.deepEqual(whatRuns(configuration), { ...ALL, ...left });
      if (Object.keys(left).length > 0)
        assert.ok(
          diagnostics.some(({ place, severity }) => severity !== 'note' && place?.line !== undefined),
          'it is said',
        );
    });
  }
});

describe('who runs them', () => {
  const commandsOf = (globals: string) => {
    const { configuration } = load(globals, () => ({}));
    assert.ok(configuration);
    const [check, other] = configuration.scripts;
    return { check: check?.command, other: other?.command, start: configuration.globals.startupScript };
  };

  test('the user of the line, with a colon also all groups of that user', () => {
    assert.deepEqual(commandsOf('').other, {
      argv: ['/bin/other'],
      user: 'other',
      group: 'staff',
      supplementaryGroups: true,
    });
  });
  test('script_user for those who name nobody, FIFO readers and life scripts too', () => {
    const { check, other, start } = commandsOf('script_user me :');
    assert.deepEqual(check, { argv: ['/bin/check'], user: 'me', supplementaryGroups: true });
    assert.deepEqual(start, { argv: ['/bin/start'], user: 'me', supplementaryGroups: true });
    assert.equal(other?.user, 'other');
  });
  test('set_supplementary_groups and use_symlink_paths hold for all', () => {
    assert.equal(commandsOf('set_supplementary_groups').check?.supplementaryGroups, true);
    assert.equal(commandsOf('').check?.realPath, undefined);
    assert.equal(commandsOf('use_symlink_paths no').check?.realPath, true);
  });
  test('"<FILE" asks whether the file can be opened', () => {
    const loaded = loadConfiguration(
      { path: MAIN, configId: 'x' },
      readerOf({ [MAIN]: text().replace('script /bin/check', 'script "< /etc/hosts"') }),
    );
    assert.deepEqual(loaded.configuration?.scripts[0]?.command.argv, [
      '/bin/sh',
      '-c',
      ': <"$0"',
      '/etc/hosts',
    ]);
  });
});
