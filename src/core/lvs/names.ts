/**
 * How servers are named in log lines, FIFO lines and mails: `[ADDR]:tcp:PORT`, `FWM N`, `[GROUP]:N`, as Keepalived
 * writes them, so that what people grep for goes on working. (directives-lvs section 7; runtime section 12)
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { VirtualServerSettings } from '../../config/model-lvs.js';

type Named = Pick<VirtualServerSettings, 'selector' | 'protocol'>;

/** `nth`: how many virtual servers before this one use the same group. */
export function serviceName({ selector, protocol }: Named, nth: number): string {
  switch (selector.kind) {
    case 'address':
      return endpoint(selector.address, protocol, selector.port);
    case 'mark':
      return `FWM ${selector.mark}`;
    case 'group':
      return `[${selector.group}]:${nth}`;
  }
}

/** A real or sorry server of that service; under a mark its protocol is `none`. */
export const serverName = (
  { address, port }: { readonly address: IpAddress; readonly port: number },
  { selector, protocol }: Named,
): string => endpoint(address, selector.kind === 'mark' ? undefined : protocol, port);

const endpoint = (address: IpAddress, protocol: VirtualServerSettings['protocol'], port: number): string =>
  `[${address}]:${protocol?.toLowerCase() ?? 'none'}:${port}`;

export interface NamedService<S> {
  readonly name: string;
  /** What makes two of an old and a new configuration the same one; no two of one configuration have the same. */
  readonly identity: string;
  readonly settings: S;
}

/** Virtual servers with their names, in the order of the text. (directives-lvs section 7) */
export function namedServices<S extends Named & Pick<VirtualServerSettings, 'family'>>(
  all: readonly S[],
): NamedService<S>[] {
  const users = new Map<string, number>();
  const countOf = (key: string): number => {
    const before = users.get(key) ?? 0;
    users.set(key, before + 1);
    return before;
  };
  return all.map((settings) => {
    const { selector, protocol, family } = settings;
    const name = serviceName(settings, selector.kind === 'group' ? countOf(`group ${selector.group}`) : 0);
    const meant = `${selector.kind} ${name} ${selector.kind === 'mark' ? family : (protocol ?? '')}`;
    // The same connections may be served twice (HF0556): both are there, each with its own servers.
    return { name, identity: `${meant} ${countOf(meant)}`, settings };
  });
}
