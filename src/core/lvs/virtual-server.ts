/**
 * One virtual server: its quorum, its sorry server, and what each of its servers shall have in the table. Who is told of
 * a change, and with which line, stands here too. (directives-lvs sections 3 and 7)
 */
import type {
  RealServerSettings,
  VirtualServerGroupSettings,
  VirtualServerSettings,
} from '../../config/model-lvs.js';
import { hasQuorum, quorumThreshold } from '../health/quorum.js';
import type { LvsHouse } from './house.js';
import { serverName } from './names.js';
import { RealServer, type ServiceOfServer } from './real-server.js';
import { destinationOf, servicesOf, sorryDestinationOf } from './services.js';
import type { Destination, Service, ServiceIdentity } from './table.js';

/** Why something is known anew. */
const CHANGED = 'its settings were changed by a reload';

export class VirtualServer implements ServiceOfServer {
  settings: VirtualServerSettings;
  /** What it has in the table: one service for each address, range member or mark. */
  services: readonly Service[] = [];
  readonly servers: RealServer[] = [];
  /** Whether it has its quorum. */
  up = false;
  /** Whether the sorry server has taken the place of the real ones. */
  sorryServes = false;
  /** `ha_suspend`, and none of its addresses is here. */
  suspended = false;
  #weight = 0;
  /** Servers come, go and change one after the other: the quorum is that of when all of them have. */
  #reloading = false;

  constructor(
    readonly name: string,
    settings: VirtualServerSettings,
    readonly house: LvsHouse,
  ) {
    this.settings = settings;
  }

  get protocol(): string | undefined {
    return this.settings.protocol;
  }
  /** Weights of the live servers together. */
  get weight(): number {
    return this.#weight;
  }
  get sorryName(): string | undefined {
    const { sorryServer } = this.settings;
    return sorryServer && serverName(sorryServer, this.settings);
  }

  addServer(settings: RealServerSettings): RealServer {
    const server = new RealServer(serverName(settings, this.settings), settings, this, this.house);
    this.servers.push(server);
    return server;
  }

  resolve(groups: ReadonlyMap<string, VirtualServerGroupSettings>): void {
    this.services = servicesOf(this.settings, groups);
  }

  /** Its servers have begun: the first word about it. `wasUp`: in the life before this one. */
  begin(wasUp: boolean): void {
    this.#weigh();
    this.up = hasQuorum(this.settings, wasUp, this.#weight);
    this.house.upkeep.serviceChanged(this);
    if (this.house.notices.globals?.rsInitNotifies)
      for (const server of this.servers) if (server.alive) this.#tellServer(server, 'it starts alive');
    if (this.up) {
      const threshold = quorumThreshold(this.settings, wasUp);
      const words = this.#equation('Starting with quorum up', wasUp ? '-' : '+', threshold, '<=');
      this.house.notices.log('info', `${words} for VS ${this.name}`);
      this.#tellQuorum(words);
    } else if (this.settings.sorryServer) this.#lose('Starting with quorum down');
  }

  #weigh(): void {
    this.#weight = this.servers.reduce((sum, server) => sum + (server.alive ? server.weight : 0), 0);
  }

  // What a server has in the table.

  /** The weight that a server shall have in the table; undefined: it shall not be there. */
  wantedWeight(server: RealServer): number | undefined {
    if (server.alive && !this.sorryServes) return server.tableWeight;
    // A drained one keeps its connections whoever serves.
    if (server.alive && server.drained) return 0;
    return server.settings.inhibitOnFailure ? 0 : undefined;
  }
  get wantedSorryWeight(): number | undefined {
    if (this.sorryServes) return 1;
    return this.settings.sorryServer?.inhibit ? 0 : undefined;
  }
  destinationFor(server: RealServer, identity: ServiceIdentity): Destination | undefined {
    return destinationOf(server.settings, identity, this.wantedWeight(server) ?? 0);
  }
  sorryFor(identity: ServiceIdentity): Destination | undefined {
    const { sorryServer } = this.settings;
    return sorryServer && sorryDestinationOf(sorryServer, identity, this.wantedSorryWeight ?? 0);
  }

  // What its servers tell.

  serverTurned(server: RealServer, up: boolean, why: string): void {
    const { settings } = server;
    const { house, name } = this;
    const verb = up
      ? settings.inhibitOnFailure
        ? 'Enabling'
        : 'Adding'
      : settings.inhibitOnFailure
        ? 'Disabling'
        : 'Removing';
    const place = settings.inhibitOnFailure ? 'of' : up ? 'to' : 'from';
    house.notices.log('info', `${verb} service ${server.name} ${place} VS ${name}; reason: ${why}`);
    server.alive = up;
    server.since = house.outbox.wall;
    server.reason = why;
    this.#weight += up ? server.weight : -server.weight;
    if (up) server.beginClimb();
    else server.endClimb();
    house.upkeep.serverChanged(server);
    this.#tellServer(server, why);
    this.#consider();
  }

  serverStillDown(server: RealServer, why: string): void {
    server.reason = why;
    this.#tellServer(server, why);
  }

  weightChanged(server: RealServer, before: number): void {
    this.house.notices.log(
      'info',
      `Changing weight from ${before} to ${server.weight} for ${server.alive ? '' : 'in'}active service ${server.name} of VS ${this.name}`,
    );
    if (!server.alive) return;
    this.#weight += server.weight - before;
    this.house.upkeep.serverChanged(server);
    this.#consider();
  }

  /** Its connections go on, new ones go elsewhere; or not any more. */
  drain(server: RealServer, drained: boolean): void {
    if (server.drained === drained) return;
    const before = server.weight;
    server.drained = drained;
    this.house.notices.log(
      'notice',
      drained
        ? `Draining service ${server.name} of VS ${this.name}: it gets no new connections`
        : `Service ${server.name} of VS ${this.name} gets connections again`,
    );
    if (!server.alive) return;
    if (!drained) server.beginClimb();
    this.#weight += server.weight - before;
    this.house.upkeep.serverChanged(server);
    this.#consider();
  }

  // The quorum.

  #consider(): void {
    const { settings, up } = this;
    if (this.#reloading || hasQuorum(settings, up, this.#weight) === up) return;
    if (up) this.#lose('Lost quorum');
    else this.#gain();
  }

  #gain(): void {
    const { house, name, settings } = this;
    const words = this.#equation('Gained quorum', '+', quorumThreshold(settings, false), '<=');
    this.up = true;
    house.notices.log('info', `${words} for VS ${name}`);
    if (this.sorryServes) {
      const verb = settings.sorryServer?.inhibit ? 'Disabling' : 'Removing';
      house.notices.log('info', `${verb} sorry server ${this.sorryName} from VS ${name}`);
      house.notices.log('info', `Adding alive servers to the pool for VS ${name}`);
      this.#sorry(false);
    }
    this.#tellQuorum(words);
  }

  #lose(what: 'Lost quorum' | 'Starting with quorum down'): void {
    const { house, name, settings } = this;
    // At the start what would win it is missing; the sign is Keepalived's.
    const words = this.#equation(what, '-', quorumThreshold(settings, what === 'Lost quorum'), '>');
    this.up = false;
    house.notices.log('info', `${words} for VS ${name}`);
    if (settings.sorryServer && !this.sorryServes) {
      const verb = settings.sorryServer.inhibit ? 'Enabling' : 'Adding';
      house.notices.log('info', `${verb} sorry server ${this.sorryName} to VS ${name}`);
      house.notices.log('info', `Removing alive servers from the pool for VS ${name}`);
      this.#sorry(true);
    }
    this.#tellQuorum(words);
  }

  #sorry(serves: boolean): void {
    this.sorryServes = serves;
    this.house.upkeep.serviceChanged(this);
  }

  /** `Lost quorum 2-1=1 > 0`: who reads mail knows these numbers. */
  #equation(what: string, sign: '+' | '-', threshold: number, relation: '<=' | '>'): string {
    const { quorum, hysteresis } = this.settings;
    return `${what} ${quorum}${sign}${hysteresis}=${threshold} ${relation} ${this.#weight}`;
  }

  /** Whether a start would not come to the quorum that is there. */
  get #kept(): boolean {
    return this.up && this.settings.hysteresis > 0;
  }

  #tellQuorum(words: string): void {
    const { quorumUp, quorumDown, smtpAlert } = this.settings;
    const { notices } = this.house;
    const { name: service, up } = this;
    notices.tell({ service, up, reason: words, script: up ? quorumUp : quorumDown, kept: this.#kept });
    if (smtpAlert) notices.mail(`Virtualserver ${service} - ${up ? 'UP' : 'DOWN'}`, words);
  }

  #tellServer({ name: server, alive: up, kept, settings }: RealServer, reason: string): void {
    const script = up ? settings.notifyUp : settings.notifyDown;
    this.house.notices.tell({ server, service: this.name, up, reason, script, kept });
  }

  // Reloads and the end.

  /** Settings of its own, not of its servers. Nothing is told where the quorum stays what it is. */
  reconfigure(settings: VirtualServerSettings): void {
    this.#reloading = true;
    const wasKept = this.#kept;
    this.settings = settings;
    if (this.#kept !== wasKept)
      this.house.notices.note({ service: this.name, up: this.up, reason: CHANGED, kept: this.#kept });
    if (this.sorryServes && !settings.sorryServer) this.sorryServes = false;
  }

  /** Servers have come and gone. */
  reloaded(): void {
    this.#reloading = false;
    this.#weigh();
    this.house.upkeep.serviceChanged(this);
    this.#consider();
    const { settings } = this;
    // A sorry server that is new has work already.
    if (!this.up && settings.sorryServer && !this.sorryServes) this.#lose('Lost quorum');
  }

  /** A reload took a server away: as if it had gone down for good. */
  removeServer(server: RealServer): void {
    const at = this.servers.indexOf(server);
    if (at >= 0) this.servers.splice(at, 1);
    this.#takeAway(server, 'Removing', 'removed by a reload');
  }

  #takeAway(server: RealServer, verb: 'Removing' | 'Shutting down', why: string): void {
    const { notices, upkeep } = this.house;
    const inTable = this.wantedWeight(server) !== undefined;
    server.end();
    if (inTable || verb === 'Shutting down') {
      const inhibited = server.settings.inhibitOnFailure && !server.alive ? '(inhibited) ' : '';
      notices.log('info', `${verb} ${inhibited}service ${server.name} from VS ${this.name}`);
    }
    if (verb === 'Removing') upkeep.serverRemoved(server, this);
    if (!server.alive) {
      if (verb === 'Removing')
        notices.note({ server: server.name, service: this.name, up: false, reason: why, gone: true });
      return;
    }
    server.alive = false;
    this.#weight -= server.weight;
    const stopping = verb === 'Shutting down';
    if (stopping && !this.settings.omega) return;
    notices.tell({
      server: server.name,
      service: this.name,
      up: false,
      reason: why,
      script: server.settings.notifyDown,
      ...(stopping ? { stopping } : { gone: true }),
    });
    if (server.settings.smtpAlert)
      notices.mail(
        `Realserver ${server.name} of virtual server ${this.name} - DOWN`,
        stopping ? 'Shutting down' : 'Removing',
      );
  }

  /** A reload took it away: its servers go down, then it does, whether `omega` is set or not. */
  remove(): void {
    const wasUp = this.up;
    for (const server of this.servers) this.#takeAway(server, 'Removing', 'removed by a reload');
    this.servers.length = 0;
    this.up = false;
    this.house.upkeep.serviceRemoved(this);
    if (wasUp) this.#tellEnd('removed by a reload', 'Removing', false);
  }

  /** `quiet`: the table goes as a whole, so nobody reads of each server. `keeps`: it stays, and nobody is told. */
  stop(quiet: boolean, keeps: boolean): void {
    for (const server of this.servers) {
      if (quiet || keeps) server.end();
      else this.#takeAway(server, 'Shutting down', 'the daemon stops');
    }
    this.up = false;
    if (keeps) return;
    this.house.upkeep.serviceRemoved(this);
    // Also of one that was down already: whoever follows hears the end of it.
    if (this.settings.omega) this.#tellEnd('the daemon stops', 'Shutting down', true);
  }

  #tellEnd(reason: string, words: string, stopping: boolean): void {
    const { quorumDown, smtpAlert } = this.settings;
    const { notices } = this.house;
    notices.tell({
      service: this.name,
      up: false,
      reason,
      script: quorumDown,
      ...(stopping ? { stopping } : {}),
    });
    if (smtpAlert) notices.mail(`Virtualserver ${this.name} - DOWN`, words);
  }
}
