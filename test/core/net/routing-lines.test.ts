/**
 * Lines of virtual_routes and virtual_rules against iproute2: what the engine asks the kernel for is what `ip` was recorded
 * to ask for in the same words. Whether the kernel then shows the same is shown beside Keepalived, in the lab.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readNetlinkMessages } from '../../../src/wire/netlink/message.js';
import { decodeRoute } from '../../../src/wire/netlink/rtnl-route.js';
import { decodeRule } from '../../../src/wire/netlink/rtnl-rule.js';
import { loadText } from '../../support/configuration.js';
import { fixtureBytes } from '../../wire/fixtures.js';
import { Rig } from '../rig.js';
import { single } from '../texts.js';

const recorded = new TextDecoder().decode(fixtureBytes('netlink/routing-requests.txt')).trim().split('\n');
const commands = recorded.flatMap((line, i): (readonly [string, Uint8Array])[] => {
  if (!/^ip (-6 )?(route|rule) (?!del)/.test(line)) return [];
  const [request] = readNetlinkMessages(new Uint8Array(Buffer.from(recorded[i + 1] ?? '', 'hex'))).messages;
  assert.ok(request, line);
  return [[line, request.payload]];
});

/** In words of the configuration. */
function lineOf(command: string): string {
  const rule = command.includes(' rule ');
  const line = command
    .replace(/^ip (?:-6 )?(?:route|rule) (\w+) /, (_, verb: string) =>
      !rule && /add|append/.test(verb) ? `${verb} ` : '',
    )
    .replace(/ proto(?:col)? \S+/, '')
    .replace(/\ba0\b/g, 'eth0')
    .replace(/\ba1\b/g, 'eth1')
    .replace('tun_id', 'tunnel-id')
    .replace('realm ', 'realms ')
    // iproute2 locks it unasked.
    .replace('rto_min', 'rto_min lock')
    // Where it takes what nobody names from the type, and from a gateway that is missing, Keepalived does not.
    .replace(/^((?:local|broadcast) .*)$/, '$1 table 255')
    .replace(/^(.* encap ip .*)$/, '$1 scope link');
  return `${command.startsWith('ip -6') ? 'inet6 ' : ''}${rule ? line.replace(/\bpref\b/, 'preference') : line}`;
}

/** Interfaces have other names and numbers there. */
const anywhere = (what: object): unknown =>
  JSON.parse(
    JSON.stringify(what, (key, value: unknown) =>
      /^interfaceIndex$|^(in|out)putInterface$/.test(key) ? 'there' : value,
    ),
  );

describe('a line asks for what ip asks for', () => {
  for (const [command, payload] of commands) {
    const line = lineOf(command);
    test(line, () => {
      const rule = command.includes(' rule ');
      const text = single(`virtual_${rule ? 'rules' : 'routes'} {\n  ${line}\n }`);
      assert.deepEqual(
        loadText(text).diagnostics.filter(({ exit }) => exit > 0),
        [],
      );
      const rig = new Rig(text).start().wait(4);
      const asked = rig.effects
        .flatMap((effect) => (effect.kind === 'apply-routes' ? effect.operations : []))
        .filter(({ verb }) => verb !== 'delete');
      assert.equal(asked.length, 1);
      const [ours] = asked;
      assert.ok(ours && ours.verb !== 'delete');
      const theirs = rule ? decodeRule(payload) : decodeRoute(payload);
      assert.ok(theirs.ok);
      assert.deepEqual(anywhere(ours.item === 'rule' ? ours.rule : ours.route), anywhere(theirs.value));
      if (/ (add|append) /.test(` ${line}`)) assert.ok(line.includes(`${ours.verb} `), ours.verb);
    });
  }

  test('there are many', () => assert.ok(commands.length >= 38, `${commands.length} commands`));
});
