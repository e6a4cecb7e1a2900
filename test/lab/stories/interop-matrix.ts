/**
 * The whole interop matrix in one pair of daemons: alone, preempted (or not), left with a goodbye, left in silence.
 * In each phase every cell must have its addresses on one router and on no other, and its adverts from that one; and
 * neither daemon may find fault with a packet of the other's.
 */
import assert from 'node:assert/strict';
import type { Advert, Capture } from '../capture.js';
import { until } from '../journal.js';
import {
  CELLS,
  cellName,
  type Ends,
  excludedAddress,
  FIRST,
  matrixConfiguration,
  type NumberedCell,
  SECOND,
  spoken,
  virtualAddresses,
} from '../matrix.js';
import type { Router } from '../router.js';
import { ALL_MIXES, type Stage, type Story } from '../stage.js';

const HIGH = 150;
const LOW = 100;

async function play(stage: Stage): Promise<void> {
  const { srv1, srv2 } = stage;
  const on = ({ ipv4, ipv6 }: Ends): string[] => [`${ipv4}/24`, `${ipv6}/64`];
  const { captures } = await stage.wire('eth0', [on(FIRST), on(SECOND)]);
  const [wire] = captures;
  const first: Party = { router: srv1, sources: await sourcesOf(srv1, FIRST) };
  const second: Party = { router: srv2, sources: await sourcesOf(srv2, SECOND) };
  const high = matrixConfiguration(srv1, FIRST, SECOND, HIGH);
  const low = matrixConfiguration(srv2, SECOND, FIRST, LOW);

  await srv2.start(low);
  await untilMasters('srv2 is alone', wire, () => [second, first]);
  await srv1.start(high);
  await untilMasters('srv1 joins', wire, ({ preempt }) => (preempt ? [first, second] : [second, first]));
  await srv2.stop();
  await untilMasters('srv2 has said goodbye', wire, () => [first, second]);
  const back = srv2.log.mark();
  await srv2.start(low);
  for (const { vrid } of CELLS) await srv2.entered('BACKUP', back, `VI_${vrid}`);
  await untilMasters('srv2 is back, and lower', wire, () => [first, second]);
  if ([srv1, srv2].some(wasStarved))
    for (const router of [srv1, srv2]) router.forgiveAbout('sequence number');
  await srv1.kill();
  // What the dead one held stays on its interface.
  await untilMasters('srv1 died in silence', wire, () => [second, undefined]);
}

/**
 * Whom a busy machine keeps from sending for three adverts is taken for dead, and comes back beside another master: both
 * count on from the same number of AH then, and have to refuse what they hear of each other.
 */
const wasStarved = ({ log }: Router): boolean =>
  log.entries.some(({ text }) => /was stalled|MASTER STATE; reason: no advert from/.test(text));

/** A router, and where its adverts may come from. */
interface Party {
  readonly router: Router;
  readonly sources: ReadonlySet<string>;
}

/** Once duplicate address detection is through: Keepalived does not wait for that. */
async function sourcesOf(router: Router, { ipv4, ipv6 }: Ends): Promise<ReadonlySet<string>> {
  const linkLocal = await until(`${router.name} has a link-local address`, async () => {
    const shown = await router.host.run(['ip', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link']);
    return shown.includes('tentative') ? undefined : /inet6 (fe80[^/]+)\//.exec(shown)?.[1];
  });
  return new Set([ipv4, ipv6, linkLocal]);
}

/** Waits until each cell's addresses stand where they shall, then until its adverts come from there and only there. */
async function untilMasters(
  phase: string,
  wire: Capture,
  roles: (cell: NumberedCell) => readonly [master: Party, other: Party | undefined],
): Promise<void> {
  let wrong: string[] = [];
  const placed = async (): Promise<boolean> => {
    wrong = [];
    const held = new Map<Router, Set<string>>();
    for (const cell of CELLS) {
      const [master, other] = roles(cell);
      for (const party of [master, other]) {
        if (!party) continue;
        const { router } = party;
        let there = held.get(router);
        if (!there) {
          there = new Set((await router.addresses()).map(({ address }) => address));
          held.set(router, there);
        }
        for (const address of [...virtualAddresses(cell), excludedAddress(cell)])
          if (there.has(address) !== (party === master))
            wrong.push(
              `${cellName(cell)}: ${router.name} ${party === master ? 'lacks' : 'holds'} ${address}`,
            );
      }
    }
    return wrong.length === 0;
  };
  await until(`${phase}: all addresses stand where they shall`, placed).catch((error: Error) => {
    throw new Error(`${error.message}\n  ${wrong.slice(0, 20).join('\n  ')}`);
  });
  // tcpdump tells later than it stamps: what was sent before all was settled still comes.
  const settled = Date.now() / 1000;
  for (const cell of CELLS) {
    const [{ router, sources }] = roles(cell);
    const fits = ({ virtualRouterId, source, priority, at }: Advert): boolean =>
      virtualRouterId === cell.vrid && priority > 0 && sources.has(source) && at > settled;
    await wire.adverts.find(`${phase}: ${cellName(cell)}: an advert from ${router.name}`, fits);
  }
  const later = wire.adverts.entries.filter(({ at }) => at > settled);
  const strange = later.flatMap((advert) => {
    const { virtualRouterId, source, version, text } = advert;
    const cell = CELLS[virtualRouterId - 1];
    if (!cell) return [text];
    const [{ sources }] = roles(cell);
    const right =
      sources.has(source) &&
      version === spoken(cell) &&
      authenticated(cell).test(text) &&
      virtualMac(cell) === (/^00:00:5e:00:0[12]:/.test(advert.mac) ? advert.mac : undefined);
    return right ? [] : [`${cellName(cell)}: ${text}`];
  });
  assert.deepEqual(strange, [], `${phase}: only one is master`);
}

/** How tcpdump names what a cell's adverts carry; version 3 has nothing to name. */
function authenticated(cell: NumberedCell): RegExp {
  if (spoken(cell) === 3) return /vrid \d+, prio \d+, intvl/;
  if (cell.auth === 'ah') return / AH\(.*authtype ah,/;
  return cell.auth === 'pass' ? /authtype simple,/ : /authtype none,/;
}

/** The hardware address that a cell's adverts come from; undefined: that of the interface. Unicast stays on the base. */
function virtualMac({ vmac, transport, family, vrid }: NumberedCell): string | undefined {
  if (!vmac || transport === 'unicast') return undefined;
  return `00:00:5e:00:0${family === 'ipv4' ? 1 : 2}:${vrid.toString(16).padStart(2, '0')}`;
}

export const interopMatrix: Story = {
  name: `the interop matrix, ${CELLS.length} cells at once`,
  mixes: ALL_MIXES,
  play,
};
