/**
 * What a configuration is held against on this machine: its links and addresses, programs and users, what it forwards. For commands
 * and -t: it waits for the kernel and for disks, so the loop never asks. (configuration reference section 9)
 */
import type { Environment } from '../config/cross-check.js';
import { commandFacts } from './command-facts.js';
import { forwarding } from './forwarding.js';
import { RtnlClient } from './linux/rtnl-client.js';
import { nameFiles } from './name-files.js';
import { readSnapshot } from './netlink-sockets.js';

/** What the kernel keeps back is not there, and then nothing is compared with it. */
export function machineFacts(): Environment {
  const files: Environment = { commands: commandFacts, nameFiles, forwarding };
  let client: RtnlClient | undefined;
  try {
    client = new RtnlClient();
    const snapshot = readSnapshot(client);
    return { ...(snapshot.ok ? snapshot.value : {}), ...files };
  } catch {
    return files;
  } finally {
    client?.close();
  }
}
