/**
 * The switch of a lab: a process whose network namespace holds the bridges and one end of every cable. It does
 * what switch-protocol.ts says, in order, and ends with its standard input; bridges and cables end with it.
 * Argument: the lab's directory, which it removes at the end, since it is the last to know that all is over.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type IpAddress, type IpPrefix, parseIpAddress } from '../base/ip-address.js';
import { Links } from './links.js';
import type { SwitchAnswer, SwitchCommand, SwitchRequest } from './switch-protocol.js';

const here = new Links();
here.change('lo', { up: true });

function carryOut(command: SwitchCommand): void {
  switch (command.do) {
    case 'network':
      here.create({ kind: 'bridge', name: command.name, up: true });
      return;
    case 'cable':
      here.create({
        kind: 'veth',
        name: command.port,
        up: true,
        master: here.index(command.network),
        peer: { name: command.interface, namespace: { pid: command.host } },
      });
      inHost(command.host, (links) => {
        links.change(command.interface, { up: true });
        for (const address of command.addresses) links.address('add', command.interface, prefixOf(address));
      });
      return;
    case 'link':
      inHost(command.host, (links) => links.change(command.interface, { up: command.up }));
      return;
    case 'plug':
      here.change(command.port, { master: command.network === undefined ? 0 : here.index(command.network) });
      return;
    case 'address':
      inHost(command.host, (links) =>
        links.address(command.change, command.interface, prefixOf(command.address)),
      );
      return;
    case 'route':
      inHost(command.host, (links) =>
        links.route(
          addressOf(command.via),
          command.destination === undefined ? undefined : prefixOf(command.destination),
        ),
      );
      return;
    case 'remove':
      inHost(command.host, (links) => links.delete(command.interface));
  }
}

function inHost(pid: number | undefined, work: (links: Links) => void): void {
  const links = pid === undefined ? here : new Links(pid);
  try {
    work(links);
  } finally {
    if (links !== here) links.close();
  }
}

/** `192.0.2.1/24` */
function prefixOf(text: string): IpPrefix {
  const [address = '', length = ''] = text.split('/');
  return { address: addressOf(address), length: Number(length) };
}

function addressOf(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function answer(request: SwitchRequest): SwitchAnswer {
  try {
    carryOut(request);
    return { id: request.id };
  } catch (error) {
    return { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) =>
    process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as SwitchRequest))}\n`),
  )
  .on('close', () => {
    const directory = process.argv[2];
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    process.exit(0);
  });
// Ctrl-C, a closed terminal and timeout(1) reach the whole process group; it is the end of our input that says
// when it is time, and then there is a directory to remove.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
