/** `holdfast explain` and `holdfast completion`: what they print and answer. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { bashCompletion, runCompletion } from '../../src/cli/commands/completion.js';
import { type ExplainOptions, runExplain } from '../../src/cli/commands/explain.js';
import type { Output } from '../../src/cli/output.js';
import { CODES } from '../../src/config/codes.js';
import { makeReference } from '../../src/config/reference.js';

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

const collect = (): Output & { text: string } => ({
  colour: false,
  text: '',
  write(part: string) {
    this.text += part;
  },
});

function explain(word: string, block?: string, options: ExplainOptions = {}): Ran {
  const [out, err] = [collect(), collect()];
  const exit = runExplain(word, block, options, out, err);
  return { exit, out: out.text, err: err.text };
}

describe('explain', () => {
  test('a keyword with its range, default, version and place', () => {
    const { exit, out, err } = explain('virtual_router_id');
    assert.deepEqual([exit, err], [0, '']);
    assert.match(out, /^virtual_router_id NUMBER\n {2}Stands in vrrp_instance\.\n/);
    assert.match(out, /\n {2}range +1\.\.255\n/);
    assert.match(out, /\n {2}since +Keepalived 0\.5\.3\n/);
    assert.match(out, /\n {2}effect +yes\n/);
  });

  test('a keyword of several blocks, one of them, and none of them', () => {
    const all = explain('priority', undefined).out;
    assert.match(all, /Stands in vrrp_instance\./);
    const [weights, one] = [explain('weight').out, explain('weight', 'vrrp_script').out];
    assert.match(weights, /real_server/);
    assert.match(one, /^weight WEIGHT \[reverse\]\n {2}Stands in vrrp_script\.\n/);
    assert.doesNotMatch(one, /real_server/);
    const none = explain('virtual_router_id', 'real_server');
    assert.equal(none.exit, 1);
    assert.match(none.err, /virtual_router_id does not stand in real_server, but in vrrp_instance\./);
  });

  test('places where it is the same share a section', () => {
    const { out } = explain('connect_ip');
    assert.equal(out.match(/^connect_ip/gm)?.length, 1, out);
    assert.match(out, /TCP_CHECK, HTTP_GET/);
  });

  test('a block shows what may stand inside, a list its entries', () => {
    assert.match(explain('vrrp_instance').out, /\n {2}inside +state, interface,/);
    assert.match(explain('virtual_ipaddress').out, /^virtual_ipaddress \{\n {4}ADDRESS\[\/LENGTH\]/);
  });

  test('another spelling names the usual one', () => {
    assert.match(explain('vrrp_track_file').out, /vrrp_track_file is another spelling of track_file\./);
  });

  test('a finding, in either case', () => {
    const { exit, out } = explain('hf0102');
    assert.equal(exit, 0);
    assert.match(out, /^warning\[HF0102\] An unknown keyword\n/);
    assert.match(out, /\n {2}exit +-t answers 5\n/);
    assert.match(out, /# holdfast: allow HF0102/);
    assert.match(explain('HF0201').out, /silence +not possible/);
  });

  test('unknown words lead to known ones', () => {
    const typo = explain('priorty');
    assert.equal(typo.exit, 1);
    assert.equal(typo.out, '');
    assert.match(typo.err, /there is no keyword "priorty"\. Did you mean priority/);
    assert.match(explain('HF9999').err, /there is no finding HF9999/);
    assert.match(explain('\u001b[2J').err, /"\?\[2J"/);
  });

  test('every keyword and every code can be explained, as text and as JSON', () => {
    for (const word of makeReference().words.keys()) {
      assert.equal(explain(word).exit, 0, word);
      const { meanings } = JSON.parse(explain(word, undefined, { json: true }).out);
      assert.ok(meanings.length > 0 && meanings.every((one: { doc: string }) => one.doc !== ''), word);
    }
    for (const { id, title } of Object.values(CODES)) {
      assert.ok(explain(id).out.includes(title), id);
      assert.equal(JSON.parse(explain(id, undefined, { json: true }).out).title, title);
    }
  });
});

describe('completion', () => {
  const program = new Command('holdfast');
  program.command('check').option('--json', 'x');
  program.command('explain').option('--json', 'x');
  const script = bashCompletion(program, ['--use-file', '-f']);

  /** What bash offers behind these words. */
  function offered(...words: string[]): string[] {
    const list = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', `${script}\n${ask}`], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    assert.equal(status, 0, stderr);
    return stdout.split('\n').filter((line) => line !== '');
  }

  test('commands and the options of the daemon', () => {
    assert.deepEqual(offered('holdfast', 'e'), ['explain']);
    assert.deepEqual(offered('holdfast', '--use'), ['--use-file']);
  });
  test('options of a command', () => assert.deepEqual(offered('holdfast', 'check', '--j'), ['--json']));
  test('keywords, codes and blocks', () => {
    assert.deepEqual(offered('holdfast', 'explain', 'virtual_router'), ['virtual_router_id']);
    assert.deepEqual(offered('holdfast', 'explain', 'HF010').sort()[0], 'HF0101');
    assert.deepEqual(offered('holdfast', 'explain', 'weight', 'vrrp_sc'), ['vrrp_script']);
  });
  test('files', () => {
    assert.deepEqual(offered('holdfast', 'check', '/etc/host').includes('/etc/hosts'), true);
    assert.deepEqual(offered('holdfast', '-f', '/etc/host').includes('/etc/hosts'), true);
  });
  test('only shells that are known', () => {
    const [out, err] = [collect(), collect()];
    assert.equal(runCompletion('fish', program, [], out, err), 1);
    assert.equal(out.text, '');
    assert.equal(runCompletion('bash', program, ['--use-file', '-f'], out, err), 0);
    assert.equal(out.text, script);
  });
});
