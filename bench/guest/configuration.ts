// Configurations for the cases inside of the second kernel: the same text for both daemons. All checks go to a listener
// on loopback, so that no server is down unless a case wants it.

export interface TablePlan {
  readonly services: number;
  /** Of each service. */
  readonly servers: number;
  /** Of the last server of the last service; all others have 1. */
  readonly lastWeight: number;
  /** Whether the VRRP process asks for real time. */
  readonly realTime: boolean;
}

export const LISTENER = 8099;

/** The master of a network with nobody else, with an advert every 100 ms: how late these are is looked at elsewhere. */
const instance = (more: string): string => `global_defs {
  router_id bench
${more}}
vrrp_instance VI_1 {
  version 3
  state MASTER
  interface front
  virtual_router_id 1
  priority 200
  advert_int 0.1
  virtual_ipaddress {
    10.77.1.1/16
  }
}
`;
export const INSTANCE = instance('');

export const serviceAddress = (service: number): string => `10.1.${service >> 8}.${service & 255}`;
export const serverAddress = (server: number): string =>
  `10.${2 + (server >> 16)}.${(server >> 8) & 255}.${server & 255}`;

export function tableConfiguration({ services, servers, lastWeight, realTime }: TablePlan): string {
  const last = services * servers - 1;
  const server = (number: number): string => `  real_server ${serverAddress(number)} 80 {
    weight ${number === last ? lastWeight : 1}
    TCP_CHECK {
      connect_ip 127.0.0.1
      connect_port ${LISTENER}
      connect_timeout 3
    }
  }
`;
  const blocks = Array.from({ length: services }, (_, service) => {
    const own = Array.from({ length: servers }, (_, n) => server(service * servers + n));
    return `virtual_server ${serviceAddress(service)} 80 {
  delay_loop 60
  lb_algo rr
  lb_kind NAT
  protocol TCP
${own.join('')}}
`;
  });
  return `${instance(realTime ? '  vrrp_rt_priority 50\n' : '')}${blocks.join('')}`;
}

/** So many servers that are checked once a second. */
export function checkConfiguration(kind: 'TCP_CHECK' | 'HTTP_GET', servers: number): string {
  const check = (number: number): string => {
    const target = `      connect_ip 127.0.${number >> 8}.${(number & 255) + 1}
      connect_port ${LISTENER}
      connect_timeout 3
`;
    if (kind === 'TCP_CHECK') return `    TCP_CHECK {\n${target}    }\n`;
    const url = `      url {
        path /
        digest b1946ac92492d2347c6235b4d2611184
      }
`;
    return `    HTTP_GET {\n${url}${target}    }\n`;
  };
  const own = Array.from(
    { length: servers },
    (_, n) => `  real_server ${serverAddress(n)} 80 {\n    weight 1\n${check(n)}  }\n`,
  );
  return `${INSTANCE}virtual_server 10.1.0.0 80 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
${own.join('')}}
`;
}

/** One server that is looked at once a second, and once more a second after it failed. */
export const DEATH_BOUND_MS = 2000;
export const deathConfiguration = (): string => `${INSTANCE}virtual_server 10.1.0.0 80 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 10.2.0.0 80 {
    weight 1
    inhibit_on_failure
    TCP_CHECK {
      connect_ip 127.0.0.1
      connect_port ${LISTENER}
      connect_timeout 1
      retry 1
      delay_before_retry 1
    }
  }
}
`;
