/**
 * How servers are named in log lines, FIFO lines and mails: `[ADDR]:tcp:PORT`, `FWM N`, `[GROUP]:N`, as Keepalived
 * writes them, so that what people grep for goes on working. (directives-lvs section 7; runtime section 12)
 */
import type { IpAddress } from '../../base/ip-address.js';
import type { ServiceSelector, VirtualServerSettings } from '../../config/model-lvs.js';

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

/** Virtual servers with their names, in the order of the text. */
export function namedServices<S extends Named>(
  all: readonly S[],
): { readonly name: string; readonly settings: S }[] {
  const users = new Map<string, number>();
  return all.map((settings) => {
    const group = groupOf(settings.selector);
    const nth = group === undefined ? 0 : (users.get(group) ?? 0);
    if (group !== undefined) users.set(group, nth + 1);
    return { name: serviceName(settings, nth), settings };
  });
}

const groupOf = (selector: ServiceSelector): string | undefined =>
  selector.kind === 'group' ? selector.group : undefined;

/** What makes two virtual servers of an old and a new configuration the same one. (directives-lvs section 7) */
export const serviceIdentity = ({
  settings,
  name,
}: {
  readonly name: string;
  readonly settings: Pick<VirtualServerSettings, 'selector' | 'protocol' | 'family'>;
}): string =>
  `${settings.selector.kind} ${name} ${settings.selector.kind === 'mark' ? settings.family : (settings.protocol ?? '')}`;
