// How long a client is without its router when the master dies without a word and the backup follows a BFD session
// with it. Keepalived has no such thing: its figure is what VRRP alone needs.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Rights } from '../../src/lab/rights.js';
import { Capture, untilLine } from '../capture.js';
import type { Occasion } from '../occasion.js';
import type { Comparison } from '../report.js';
import { configuration, freeze, killSilently, Rig } from '../rig.js';
import type { Rival, RivalName } from '../rivals.js';

/** Milliseconds between two questions of the client. */
const askEvery = 0.5;

export async function measureFastTakeover({
  rights,
  rivals,
  runs,
  say,
}: Occasion): Promise<readonly Comparison[]> {
  const samples: Partial<Record<RivalName, number[]>> = {};
  for (const rival of rivals) {
    const wanted = rival.name === 'holdfast' ? runs : Math.min(runs, 3);
    const found: number[] = [];
    for (let tries = 0; found.length < wanted && tries < 3 * wanted; tries++) {
      const outage = await takeOver(rights, rival);
      say(`fast takeover: ${rival.name} ${outage?.toFixed(2) ?? 'was master before'} ms`);
      if (outage !== undefined) found.push(outage);
    }
    samples[rival.name] = found;
  }
  const fastTakeover: Comparison = {
    id: 'bfd-fast-takeover',
    title: 'silent death, adverts every 1 s, BFD 10 ms x 3 with fast_takeover: outage',
    unit: 'ms',
    aim: 'at most 45 ms',
    samples,
    note: `Keepalived without it, so three adverts and the skew; the client asks every ${askEvery} ms`,
  };
  return [fastTakeover];
}

/**
 * From the last answer of the dead to the first of the survivor, milliseconds; undefined where the backup had taken over
 * before, on a machine that gave the master no time.
 */
async function takeOver(rights: Rights, rival: Rival): Promise<number | undefined> {
  const rig = await Rig.open(rights);
  try {
    await rig.ask(askEvery);
    const start = async (end: 1 | 2) => {
      const router = end === 1 ? rig.first : rig.second;
      const session = `bfd_instance peer {
  neighbor_ip 10.77.0.${3 - end}
  source_ip 10.77.0.${end}
  min_rx 10
  min_tx 10
  multiplier 3
}
`;
      const vrrp = configuration({ priority: end === 1 ? 200 : 100 });
      const followed =
        rival.name === 'holdfast'
          ? `${session}${vrrp.replace(/\}\s*$/, '  track_bfd {\n    peer fast_takeover\n  }\n}\n')}`
          : vrrp;
      const file = router.host.write('bfd.conf', followed);
      return router.host.start(
        rival.command(file).filter((word) => rival.name !== 'holdfast' || word !== '-P'),
      );
    };
    const master = await start(1);
    await untilLine(master, ({ text }) => /Entering MASTER STATE/.test(text), 30_000, 'the master');
    const backup = await start(2);
    await untilLine(backup, ({ text }) => /Entering BACKUP STATE/.test(text), 30_000, 'the backup');
    if (rival.name === 'holdfast')
      await untilLine(backup, ({ text }) => /Entering Up state/.test(text), 30_000, 'the session');
    await wait(3000 + Math.random() * 1000);
    const file = join(rig.lab.directory, 'fast.pcap');
    const capture = await Capture.start(
      rig.lab,
      rig.client.cable.port,
      'icmp[icmptype] == icmp-echoreply',
      file,
    );
    await wait(500);
    if (backup.lines.some(({ text }) => /Entering MASTER STATE/.test(text))) return undefined;
    await rig.first.cable.silence();
    freeze(master);
    await untilLine(backup, ({ text }) => /Entering MASTER STATE/.test(text), 30_000, 'the takeover');
    await wait(500);
    const frames = await capture.stop();
    await killSilently(master);
    const survivor = await rig.macOf(rig.second);
    const first = frames.findIndex(({ text }) => text.startsWith(`${survivor} >`));
    const [answer, last] = [frames[first], frames[first - 1]];
    if (!answer || !last) throw new Error('the client was never answered again');
    return (answer.at - last.at) * 1000;
  } finally {
    await rig.close();
  }
}
