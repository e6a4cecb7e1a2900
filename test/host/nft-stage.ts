/** What the tests of the plane nftables share: services, servers, a table of them, and the plane in a namespace. */
import {
  type Destination,
  destinationKeyOf,
  type Service,
  serviceKeyOf,
  type Table,
} from '../../src/core/lvs/table.js';
import { NftBalancer } from '../../src/host/balancer/nftables/nft-balancer.js';
import { withNetworkNamespace } from '../../src/host/linux/namespace.js';
import { BalancerPilot } from './balancer-pilot.js';
import { ip } from './rig.js';

export const web: Service = {
  identity: { kind: 'address', protocol: 'TCP', address: ip('192.0.2.100'), port: 80 },
  scheduler: 'rr',
  schedulerFlags: [],
  onePacket: false,
};
export const web6: Service = {
  ...web,
  identity: { kind: 'address', protocol: 'TCP', address: ip('2001:db8:1::100'), port: 80 },
};
export const server = (address: string, more: Partial<Destination> = {}): Destination => ({
  address: ip(address),
  port: 8080,
  weight: 1,
  method: { kind: 'NAT' },
  upperThreshold: 0,
  lowerThreshold: 0,
  ...more,
});
export const table = (...entries: [Service, ...Destination[]][]): Table =>
  new Map(
    entries.map(([service, ...servers]) => [
      serviceKeyOf(service.identity),
      { service, destinations: new Map(servers.map((one) => [destinationKeyOf(one), one])) },
    ]),
  );

export const nftPilot = (namespace: number, daemon?: string): BalancerPilot =>
  new BalancerPilot((seams) => {
    const inner = new NftBalancer({ ...seams, daemon });
    const inside = <T>(body: () => T): T => withNetworkNamespace(namespace, body);
    return {
      run: (effect) => inside(() => inner.run(effect)),
      step: () => inside(() => inner.step()),
      close: () => inner.close(),
    };
  });
