/** The counters of an instance at zero; what they count is said in core/status.ts. */
import type { InstanceCounters } from '../status.js';

export const noCounts = (): InstanceCounters => ({
  advertReceived: 0,
  advertSent: 0,
  becomeMaster: 0,
  releaseMaster: 0,
  priorityZeroReceived: 0,
  priorityZeroSent: 0,
  packetLength: 0,
  version: 0,
  checksum: 0,
  ttl: 0,
  type: 0,
  interval: 0,
  authenticationType: 0,
  authentication: 0,
  addressList: 0,
  source: 0,
  destination: 0,
  sendErrors: 0,
  missedAdverts: 0,
});
