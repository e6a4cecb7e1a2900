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
  const taken = new Set<string>();
  const again = new Map<string, number>();
  return all.map((settings) => {
    const { selector } = settings;
    let named: NamedService<S>;
    if (selector.kind === 'group') {
      const nth = users.get(selector.group) ?? 0;
      users.set(selector.group, nth + 1);
      named = nameOf(settings, nth);
    } else {
      named = (known.get(settings) as NamedService<S> | undefined) ?? nameOf(settings, 0);
      known.set(settings, named);
    }
    // The same connections may be served twice (HF0556): both are there, each with its own servers.
    const { identity } = named;
    if (!taken.has(identity)) {
      taken.add(identity);
      return named;
    }
    const nth = (again.get(identity) ?? 0) + 1;
    again.set(identity, nth);
    return { ...named, identity: `${identity.replace(/ 0$/, '')} ${nth}` };
  });
}

/** Of settings that have the same name whatever stands before them: of thousands a reload leaves most as they are. */
const known = new WeakMap<object, NamedService<unknown>>();

function nameOf<S extends Named & Pick<VirtualServerSettings, 'family'>>(
  settings: S,
  nth: number,
): NamedService<S> {
  const { selector, protocol, family } = settings;
  const name = serviceName(settings, nth);
  const meant = `${selector.kind} ${name} ${selector.kind === 'mark' ? family : (protocol ?? '')}`;
  return { name, identity: `${meant} 0`, settings };
}
