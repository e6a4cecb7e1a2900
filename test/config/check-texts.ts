/** Configurations for tests of the checks between blocks, the machine and routers. */

export const instance = (extra: string, address = '10.0.0.1/24'): string =>
  `vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n ${address}\n }\n ${extra}\n}\n`;
export const script = (command: string, extra = ''): string =>
  `vrrp_script s {\n script ${command}\n ${extra}\n}\n`;
export const password = 'authentication {\n auth_type PASS\n auth_pass x\n }';
export const key = '0123456789abcdef'.repeat(2);
export const tracking = 'track_script {\n s\n }';
