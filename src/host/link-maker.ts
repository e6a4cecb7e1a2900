/**
 * Interfaces of our own for the engine: makes, sets up and removes macvlans and ipvlans by rtnetlink, a few in a turn
 * of the loop. Which, and what a refusal means, is decided in core/net/virtual-links.ts. What is set on one here goes
 * with it, so nobody has to put it back (directives-vrrp section 1.4).
 */
import { MAX_LINK_OPERATIONS } from '../base/limits.js';
import type { Result } from '../base/result.js';
import type { Failure, Input } from '../core/inputs.js';
import type { LinkOperation, LinkResult, WantedLink } from '../core/net/virtual-link-facts.js';
import {
  type Ipv4Settings,
  writeLinkConfiguration,
  writeLinkTouch,
  writeLinkUp,
  writeVirtualLinkCreate,
  writeVirtualLinkDelete,
} from '../wire/netlink/rtnl-virtual-link.js';
import { RtnlClient } from './linux/rtnl-client.js';

/**
 * It hears other routers though it has no address and their MAC is its own, it answers for its own addresses only, and
 * keeps the others when one of them goes.
 */
const IPV4_SETTINGS: Ipv4Settings = { arp_ignore: 1, accept_local: 1, rp_filter: 0, promote_secondaries: 1 };
const IPV6_SETTINGS: Ipv4Settings = { arp_ignore: 1 };

interface Job {
  readonly request: number;
  readonly operations: readonly LinkOperation[];
  readonly results: LinkResult[];
}

export class LinkMaker {
  readonly #client = new RtnlClient();
  readonly #jobs: Job[] = [];
  readonly #push: (input: Input) => void;
  readonly #requestTurn: () => void;

  /** Throws SystemError: only during setup. */
  constructor(push: (input: Input) => void, requestTurn: () => void) {
    this.#push = push;
    this.#requestTurn = requestTurn;
  }

  /** Answered once by `links-applied` with the same request. */
  apply(request: number, operations: readonly LinkOperation[]): void {
    this.#jobs.push({ request, operations, results: [] });
    if (this.#jobs.length === 1) this.step();
  }

  /** Does the next few, if there are any: called once per turn. */
  step(): void {
    let room = MAX_LINK_OPERATIONS;
    for (let job = this.#jobs[0]; job && room > 0; job = this.#jobs[0]) {
      for (; room > 0; room--) {
        const operation = job.operations[job.results.length];
        if (!operation) break;
        const done = this.#carryOut(operation);
        job.results.push(done.ok ? { operation } : { operation, error: done.error });
      }
      if (job.results.length < job.operations.length) break;
      this.#jobs.shift();
      this.#push({ kind: 'links-applied', request: job.request, results: job.results });
    }
    if (this.#jobs.length > 0) this.#requestTurn();
  }

  #carryOut(operation: LinkOperation): Result<unknown, Failure> {
    const client = this.#client;
    switch (operation.operation) {
      case 'create': {
        const { link } = operation;
        const made = client.request(`making ${link.name}`, (writer, sequence) =>
          writeVirtualLinkCreate(writer, sequence, { ...link.identity, ...link }, true),
        );
        return made.ok ? this.#setUp(link) : made;
      }
      case 'adopt':
        return this.#setUp(operation.link);
      case 'delete': {
        const { index, name } = operation;
        return client.request(`removing ${name}`, (writer, sequence) =>
          writeVirtualLinkDelete(writer, sequence, index === 0 ? name : index, true),
        );
      }
      case 'touch': {
        const { index, name, group } = operation;
        return client.request(`telling of ${name}`, (writer, sequence) =>
          writeLinkTouch(writer, sequence, index, group, true),
        );
      }
    }
  }

  #setUp({ name, identity, family, group, master, alias }: WantedLink): Result<unknown, Failure> {
    const client = this.#client;
    const ipv4 = identity.kind === 'ipvlan' ? {} : family === 'ipv4' ? IPV4_SETTINGS : IPV6_SETTINGS;
    const settings = { ipv4, withoutAddressGeneration: true, group, alias, ...(master ? { master } : {}) };
    const configured = client.request(`setting up ${name}`, (writer, sequence) =>
      writeLinkConfiguration(writer, sequence, name, settings, true),
    );
    if (!configured.ok) return configured;
    return client.request(`bringing ${name} up`, (writer, sequence) =>
      writeLinkUp(writer, sequence, name, true),
    );
  }

  close(): void {
    this.#jobs.length = 0;
    this.#client.close();
  }
}
