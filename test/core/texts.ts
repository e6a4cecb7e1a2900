/** Configurations that several tests of the core share. */

/** `lines` are further keywords of the instance. */
export const single = (lines = '', head = ''): string => `
global_defs { script_user root }
${head}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  garp_master_delay 0
  notify /bin/tell
  virtual_ipaddress {
    10.0.0.100
  }
  ${lines}
}
`;

/** Members with priority 100 on eth0 and 90 on eth1; `lines` of each instance, `group` of the sync group. */
export const pair = (lines = '', group = '', head = ''): string => `
global_defs { script_user root }
${head}
vrrp_sync_group VG_1 {
  group {
    VI_1
    VI_2
  }
  notify /bin/tell
  ${group}
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority 100
  garp_master_delay 0
  notify /bin/tell
  virtual_ipaddress {
    10.0.0.100
  }
  ${lines}
}
vrrp_instance VI_2 {
  interface eth1
  virtual_router_id 52
  priority 90
  garp_master_delay 0
  notify /bin/tell
  virtual_ipaddress {
    10.0.1.100
  }
  ${lines}
}
`;
