/** The routes and rules an engine moves, with a kernel that says no, has them already, loses events or is slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../src/core/effects.js';
import { ip } from '../../base/values.js';
import { configurationOf } from '../../support/configuration.js';
import { Rig } from '../rig.js';
import { single } from '../texts.js';

const EPERM = 1;
const EEXIST = 17;
const ENETUNREACH = 101;
const PLACE = 'route 254 198.51.100.0/24 0';
const ROUTE = '198.51.100.0/24 via 192.0.2.254 dev eth0';

type Asked = Extract<Effect, { kind: 'apply-routes' }>;
const asked = (rig: Rig): Asked[] => rig.effects.filter((effect) => effect.kind === 'apply-routes');
const said = (rig: Rig, text: string): number => rig.lines.filter((line) => line.includes(text)).length;
const vias = (rig: Rig): (string | undefined)[] => rig.routing.routes.map(({ via }) => via);
const routed = (line = ROUTE, head = ''): string => single(`virtual_routes {\n ${line}\n }`, head);
const master = (text = routed()): Rig => new Rig(text).start().wait(3.7);

test('a route that the kernel will not delete is said once and asked for until it is gone', () => {
  const rig = master();
  rig.refusals.set(`delete ${PLACE}`, EPERM);
  rig.advert({ priority: 150 }).wait(2.5);
  assert.equal(said(rig, `(VI_1) the kernel refused to delete route inet ${ROUTE}`), 1);
  assert.deepEqual(vias(rig), ['192.0.2.254']);
  rig.advert({ priority: 150 });
  rig.refusals.clear();
  rig.wait(1.1);
  assert.deepEqual(vias(rig), []);
  assert.equal(rig.state(), 'BACKUP');
});

test('a deletion that was refused is forgotten once another instance has the very same route', () => {
  const other = routed()
    .replace(/global_defs.*\n/, '')
    .replace('VI_1', 'VI_2')
    .replace('virtual_router_id 51', 'virtual_router_id 52')
    .replace('10.0.0.100', '10.0.0.101');
  const rig = new Rig(routed() + other).start();
  for (let n = 0; n < 4; n++) rig.wait(1).advert({ vrid: 52, priority: 150 });
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['MASTER', 'BACKUP']);
  rig.refusals.set(`delete ${PLACE}`, EPERM);
  // The one yields; a moment later the other one is told goodbye, and has the route from then on.
  rig.advert({ priority: 150 }).advert({ vrid: 52, priority: 0 }).wait(0.7);
  assert.deepEqual([rig.state('VI_1'), rig.state('VI_2')], ['BACKUP', 'MASTER']);
  rig.refusals.clear();
  rig.wait(1.5);
  assert.deepEqual(vias(rig), ['192.0.2.254']);
});

test('a route that stands there already is as it was wanted, except where only the first may enter', () => {
  const rig = new Rig(routed()).start();
  rig.refusals.set(`add ${PLACE}`, EEXIST);
  rig.wait(4);
  assert.equal(said(rig, 'refused'), 0);
  const first = new Rig(routed(`${ROUTE} add`)).start();
  first.refusals.set(`add ${PLACE}`, EEXIST);
  first.wait(6);
  assert.equal(said(first, 'another route with its destination and metric stands there'), 1);
  assert.equal(first.state(), 'MASTER');
  first.refusals.clear();
  first.wait(1.1);
  assert.deepEqual(vias(first), ['192.0.2.254']);
});

test('a reload whose changed route is refused does not leave the old one in its place', () => {
  const rig = master();
  rig.refusals.set(`add ${PLACE}`, EPERM);
  rig.handle({ kind: 'reload', configuration: configurationOf(routed(ROUTE.replace('.254', '.253'))) });
  assert.deepEqual(vias(rig), []);
  rig.refusals.clear();
  rig.wait(1.1);
  assert.deepEqual(vias(rig), ['192.0.2.253']);
});

test('events that were lost: a route that was deleted comes back, is told and goes; others are left alone', () => {
  const resync = (rig: Rig) =>
    rig.handle({ kind: 'resync', links: [...rig.links.values()], addresses: [...rig.addresses] });
  const rules = 'virtual_rules {\n from 198.51.100.0/24 table 100 priority 200\n }';
  const rig = master(
    routed(`${ROUTE} add\n 203.0.113.0/24 dev eth0 no_track`).replace(
      'virtual_routes',
      `${rules} virtual_routes`,
    ),
  );
  const there = [...rig.routing.routes];
  rig.take();
  resync(rig);
  assert.deepEqual(
    asked(rig).map(({ operations }) => operations.map(({ verb }) => verb)),
    [['append', 'add']],
    'what may be deleted by anybody is not asked for',
  );
  assert.deepEqual([rig.state(), rig.routing.routes], ['MASTER', there], 'the same truth changes nothing');
  assert.equal(said(rig, 'refused'), 0);
  const found = rig.routing.routes.find(({ via }) => via !== undefined);
  rig.routing.forget(found ?? assert.fail());
  resync(rig);
  assert.equal(rig.state(), 'BACKUP');
  assert.equal(said(rig, 'sent 0 priority'), 1);
  assert.deepEqual(rig.routing.routes, []);
  rig.advert({ priority: 0 }).wait(1);
  assert.equal(rig.state(), 'MASTER');
});

test('events that were lost: of a route that cannot be asked for it is not believed that it is gone', () => {
  const rig = master();
  rig.refusals.set(`add ${PLACE}`, ENETUNREACH);
  rig.handle({ kind: 'resync', links: [...rig.links.values()], addresses: [...rig.addresses] });
  assert.equal(rig.state(), 'MASTER');
  rig.refusals.clear();
  rig.advert({ priority: 150 });
  assert.deepEqual(rig.routing.routes, []);
});

test('a route that somebody deletes before the kernel has answered is a loss all the same', () => {
  const rig = new Rig(routed()).start();
  rig.kernelAnswers = false;
  rig.wait(3.7);
  const request = asked(rig).at(-1);
  const [operation] = request?.operations ?? [];
  assert.ok(request && operation?.item === 'route' && operation.verb !== 'delete');
  rig.handle({ kind: 'route-gone', route: operation.route });
  assert.equal(rig.state(), 'MASTER');
  rig.handle({ kind: 'routes-applied', request: request.request, results: [{ operation }] });
  assert.equal(rig.state(), 'BACKUP');
});

test('the answer of an earlier mastership says nothing of this one, and announces nothing', () => {
  const rig = new Rig(routed()).start();
  rig.kernelAnswers = false;
  rig.wait(3.7).advert({ priority: 150 }).advert({ priority: 0 }).wait(0.7);
  assert.equal(rig.state(), 'MASTER');
  const [first, remove, second] = asked(rig).slice(-3);
  assert.ok(first && remove && second);
  const present = (): boolean | undefined => rig.engine.status().instances[0]?.routing?.[0]?.present;
  const applied = ({ request, operations }: Asked): Rig =>
    rig.handle({ kind: 'routes-applied', request, results: operations.map((operation) => ({ operation })) });
  applied(first);
  assert.equal(present(), false, 'it is to be deleted yet');
  applied(remove);
  assert.equal(present(), false, 'and to be added again');
  applied(second);
  assert.equal(present(), true);
});

test('a route of the same place by another way is not ours, whoever deletes it', () => {
  const rig = master();
  const [ours] = rig.routing.routes;
  assert.ok(ours);
  for (const other of [
    { ...ours, via: ip('192.0.2.7') },
    { ...ours, interfaceIndex: 3 },
    { ...ours, protocol: 4 },
  ])
    rig.handle({ kind: 'route-gone', route: other });
  assert.equal(rig.state(), 'MASTER');
  rig.handle({ kind: 'route-gone', route: ours });
  assert.equal(rig.state(), 'BACKUP');
});
