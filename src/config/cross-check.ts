/**
 * What must hold between blocks, and between the configuration and the machine it is for. Each finding tells
 * its consequence; nothing here changes the model. The checks themselves stand in checks/.
 */
import type { AddressFacts, LinkFacts } from '../wire/netlink/facts.js';
import { advise } from './checks/advice.js';
import { checkBalancerPlaces } from './checks/balancer-places.js';
import { type CommandFacts, checkCommands } from './checks/commands.js';
import { checkDataPlane } from './checks/data-plane.js';
import { checkForwarding, type ForwardingReader } from './checks/forwarding.js';
import { checkInterfaces, checkSources } from './checks/machine.js';
import { checkOtherInterfaces } from './checks/other-interfaces.js';
import { checkOwnPeers } from './checks/peers.js';
import { advisePreemption } from './checks/preemption.js';
import { checkRouterIds } from './checks/router-ids.js';
import { checkSecrets } from './checks/secrets.js';
import { checkShellSigns } from './checks/shell-signs.js';
import type { Report } from './diagnostics.js';
import type { Opened } from './include.js';
import type { Command } from './model.js';
import type { NameFiles } from './routing-names.js';
import type { Built } from './settings/configuration.js';
import type { RootValues } from './settings/context.js';

/** What is known of the machine; what is absent is not checked. */
export interface Environment {
  readonly links?: readonly LinkFacts[];
  readonly addresses?: readonly AddressFacts[];
  /** What a command would meet when it is started; looks at files, so only workers and commands have it. */
  readonly commands?: (command: Command) => CommandFacts;
  /** The files of iproute2 that name routing tables and the like; without them, unknown names are let be. */
  readonly nameFiles?: NameFiles;
  /** What the kernel forwards; asks it, so only start, workers and commands have it. */
  readonly forwarding?: ForwardingReader;
}

export function crossCheck(
  values: RootValues,
  built: Built,
  opened: readonly Opened[],
  environment: Environment,
  report: Report,
): void {
  checkRouterIds(built, report);
  if (environment.links) {
    checkInterfaces(built, environment.links, report);
    checkOtherInterfaces(values, built.configuration.globals.defaultInterface, environment.links, report);
    checkBalancerPlaces(values, built.configuration, environment.links, environment.addresses, report);
  }
  if (environment.addresses) checkSources(built, environment.addresses, environment.links ?? [], report);
  checkOwnPeers(built, report);
  checkDataPlane(values, built.configuration, report);
  if (environment.forwarding) checkForwarding(values, built.configuration, environment.forwarding, report);
  advise(built, environment, report);
  checkSecrets(built, opened, report);
  advisePreemption(built, report);
  checkShellSigns(values, report);
  if (environment.commands) checkCommands(values, environment.commands, report);
}
