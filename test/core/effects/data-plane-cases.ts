/** The keyword that chooses the data plane of the load balancer; what it does is seen in a kernel only. */
import type { ShownElsewhere } from './case.js';

export const DATA_PLANE_ELSEWHERE: readonly ShownElsewhere[] = [
  {
    row: ['global_defs', 'balancer'],
    test: 'test/host/balancer.test.ts',
    title: 'auto takes nftables where there is no IPVS',
  },
  {
    row: ['', 'net_namespace_ipvs'],
    test: 'test/daemon/balancer.test.ts',
    title: 'net_namespace_ipvs: the connections are those of another network',
  },
];
