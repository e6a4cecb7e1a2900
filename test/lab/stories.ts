/** Every story of the lab, in the order of telling; the long ones first, since several play at once. */
import type { Story } from './stage.js';
import { announcementPace } from './stories/announcement-pace.js';
import { checkScript } from './stories/check-script.js';
import { everySeed } from './stories/every-seed.js';
import { fastTakeover } from './stories/fast-takeover.js';
import { firstOfSubnet } from './stories/first-of-subnet.js';
import { frr } from './stories/frr.js';
import { gateway } from './stories/gateway.js';
import { hmacRotation } from './stories/hmac-rotation.js';
import { interopMatrix } from './stories/interop-matrix.js';
import { junkFlood } from './stories/junk-flood.js';
import { lateInterface } from './stories/late-interface.js';
import { mail } from './stories/mail.js';
import { nearMiss } from './stories/near-miss.js';
import { noAccept } from './stories/no-accept.js';
import { reload } from './stories/reload.js';
import { routing } from './stories/routing.js';
import { silentDeath } from './stories/silent-death.js';
import { sources } from './stories/sources.js';
import { splitAtOnce, splitOneWay } from './stories/split.js';
import { stalled } from './stories/stalled.js';
import { syncGroup } from './stories/sync-group.js';
import { tentative } from './stories/tentative.js';
import { trackBfd } from './stories/track-bfd.js';
import { trackFile } from './stories/track-file.js';
import { trackInterface } from './stories/track-interface.js';
import { trackProcess } from './stories/track-process.js';
import { twoOwners } from './stories/two-owners.js';
import { virtualMac } from './stories/virtual-mac.js';
import { wrongSecret } from './stories/wrong-secret.js';

export const STORIES: readonly Story[] = [
  interopMatrix,
  frr,
  fastTakeover,
  trackBfd,
  syncGroup,
  checkScript,
  trackProcess,
  everySeed,
  trackFile,
  trackInterface,
  nearMiss,
  noAccept,
  lateInterface,
  reload,
  routing,
  junkFlood,
  wrongSecret,
  sources,
  hmacRotation,
  silentDeath,
  stalled,
  twoOwners,
  virtualMac,
  firstOfSubnet,
  announcementPace,
  mail,
  gateway,
  splitOneWay,
  tentative,
  splitAtOnce,
];
