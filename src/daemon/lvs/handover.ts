/**
 * The load balancer's part of a configuration, taken out of it as the JSON in which it goes to the other process. It is
 * made where the configuration is read, at a reload in the reading thread: however many servers there are, the loop of
 * VRRP only passes bytes on. (DESIGN rule 11)
 */
import type { Configuration } from '../../config/model.js';
import { lvsPartOf } from '../../core/lvs/configuration.js';

export interface Handover {
  /** How many virtual servers there are. */
  readonly services: number;
  /** An LvsConfiguration, in UTF-8. */
  readonly json: Uint8Array;
}

export interface Divided {
  /** Without virtual servers. */
  readonly configuration: Configuration;
  readonly handover: Handover;
}

export function divide(configuration: Configuration): Divided {
  // Memory of its own, so that a thread can give it away.
  const json = new TextEncoder().encode(JSON.stringify(lvsPartOf(configuration)));
  return {
    configuration: { ...configuration, virtualServers: [], virtualServerGroups: [] },
    handover: { services: configuration.virtualServers.length, json },
  };
}
