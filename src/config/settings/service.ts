/** What the builders of a virtual server and of its real servers share. (directives-lvs sections 2 to 4) */
import type { Family } from '../../base/ip-address.js';
import type { Duration } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type { ForwardingMethod, ServiceSelector, VirtualServerGroupSettings } from '../model-lvs.js';
import type { Statement } from '../tree.js';
import type { BfdBlock } from './bfd.js';
import type { GlobalValues, Names, Outline, RootValues } from './context.js';
import type { FileBlock } from './trackers.js';

export type ServiceBlock = NonNullable<RootValues['virtualServers']>[number];
export type ServiceValues = ServiceBlock['values'];

/** A group with what its many users ask of its entries, found once. */
export interface Group {
  readonly settings: VirtualServerGroupSettings;
  /** Of its addresses; empty where it has only marks. */
  readonly ports: ReadonlySet<number>;
  /** Undefined: there is a mark without one. */
  readonly families: ReadonlySet<Family | undefined>;
}

export interface ServiceSurroundings {
  readonly defaults: GlobalValues;
  /** Undefined for a group that was left out. */
  readonly groups: ReadonlyMap<string, Group | undefined>;
  readonly files: Names<FileBlock>;
  readonly sessions: Names<BfdBlock>;
  /** Blocks that something refers to. */
  readonly used: Set<Statement>;
  readonly outline: Outline;
  readonly report: Report;
}

/** A service, as far as its servers need to know it. */
export interface Service {
  readonly block: ServiceBlock;
  readonly selector: ServiceSelector;
  /** As in messages. */
  readonly shown: string;
  readonly family: Family;
  readonly method: ForwardingMethod;
  readonly delayLoop: Duration;
  readonly group: Group | undefined;
}

/** The port of a server where the method or the service decides it. */
export function portOfServer(
  selector: ServiceSelector,
  method: ForwardingMethod,
  written: number,
  adjust: (message: string) => void,
): number {
  if (selector.kind === 'group') return written;
  const service = selector.kind === 'address' ? selector.port : 0;
  if (method.kind === 'NAT') return written === 0 ? service : written;
  if (written !== 0 && written !== service) {
    adjust(
      selector.kind === 'mark'
        ? `${method.kind} leaves ports alone, so port ${written} is not used`
        : `${method.kind} leaves ports alone, so port ${service} of the service is used instead of ${written}`,
    );
  }
  return service;
}
