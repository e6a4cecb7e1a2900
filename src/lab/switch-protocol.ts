/**
 * What the lab asks of its switch process, one JSON object a line, and what that answers. Both ends are ours
 * and of the same build: no versioning, no doubting.
 */
export type SwitchCommand =
  /** A bridge. */
  | { readonly do: 'network'; readonly name: string }
  /** A veth pair: `port` on the bridge, `interface` (up, with these addresses in CIDR form) in the host. */
  | {
      readonly do: 'cable';
      readonly network: string;
      readonly port: string;
      readonly host: number;
      readonly interface: string;
      readonly addresses: readonly string[];
    }
  /** Up or down; without `host` the switch's own port: then the host's interface loses its carrier. */
  | { readonly do: 'link'; readonly host?: number; readonly interface: string; readonly up: boolean }
  /** Takes a port from its bridge or puts it back: frames are lost, but the carrier stays. */
  | { readonly do: 'plug'; readonly port: string; readonly network?: string }
  | {
      readonly do: 'address';
      readonly change: 'add' | 'delete';
      readonly host: number;
      readonly interface: string;
      readonly address: string;
    }
  /** The default route, or that to `destination` in CIDR form. */
  | { readonly do: 'route'; readonly host: number; readonly via: string; readonly destination?: string }
  | { readonly do: 'remove'; readonly host?: number; readonly interface: string };

export type SwitchRequest = SwitchCommand & { readonly id: number };

export interface SwitchAnswer {
  readonly id: number;
  readonly error?: string;
}
