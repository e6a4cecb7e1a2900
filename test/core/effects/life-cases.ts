/** What the keywords about interfaces do: delays, polling, VRF, unicast without peers; and those about reloads. */
import type { EffectCase, ShownElsewhere } from './case.js';
import { bare, instance } from './texts.js';

/** A block of the outermost level before an instance. */
const before = (line: string): string => instance('', `${line}\n`)('');
const UNICAST = 'virtual_router_id 51\n unicast_src_ip 10.0.0.1';

export const LIFE_CASES: readonly EffectCase[] = [
  {
    row: ['', 'interface_up_down_delays'],
    line: 'interface_up_down_delays {\n eth0 1\n}',
    around: before,
    play: 'start; link eth0 down; wait 2',
    shows: /^1\.000 .*FAULT STATE/,
  },
  {
    row: ['', 'linkbeat_interfaces'],
    line: 'linkbeat_interfaces {\n eth0 MII\n}',
    around: before,
    play: 'start; linkbeat eth0 down MII',
    shows: /FAULT STATE; reason: interface eth0 has no link/,
  },
  {
    row: ['', 'linkbeat_use_polling'],
    line: 'linkbeat_use_polling',
    around: before,
    play: 'start',
    shows: /^0\.000 poll eth0 any$/,
  },
  {
    row: ['vrrp_instance', 'linkbeat_use_polling'],
    line: 'linkbeat_use_polling',
    around: instance(),
    play: 'start',
    shows: /^0\.000 poll eth0 any$/,
  },
  {
    row: ['vrrp_instance', 'vrf'],
    line: 'vrf red',
    around: bare(
      `${UNICAST}\n unicast_peer {\n  10.0.8.2\n }\n virtual_ipaddress {\n  10.0.0.100 dev eth0\n }`,
    ),
    play: 'start; link red new',
    shows: /open 9\/ipv4 groups=- vrids=51/,
  },
  {
    row: ['vrrp_instance', 'unicast_fault_no_peer'],
    line: 'unicast_fault_no_peer',
    around: bare(`interface eth0\n ${UNICAST}\n virtual_ipaddress {\n  10.0.0.100\n }`),
    play: 'start',
    shows: /FAULT STATE; reason: it has no unicast peers/,
  },
];

export const RELOAD_ELSEWHERE: readonly ShownElsewhere[] = [
  {
    row: ['global_defs', 'reload_time_file'],
    test: 'test/daemon/reload-schedule.test.ts',
    title: 'reload_time_file: at its time',
  },
  {
    row: ['global_defs', 'reload_repeat'],
    test: 'test/daemon/reload-schedule.test.ts',
    title: 'reload_repeat: the file stays',
  },
  {
    row: ['global_defs', 'reload_file'],
    test: 'test/daemon/reload.test.ts',
    title: 'reload_file: it stands there',
  },
  {
    row: ['global_defs', 'reload_check_config'],
    test: 'test/daemon/reload.test.ts',
    title: 'reload_check_config: what the check found',
  },
];
