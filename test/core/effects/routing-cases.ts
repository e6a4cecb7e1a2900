/** What the keywords of routes, rules and static items do. */
import type { EffectCase, ShownElsewhere } from './case.js';
import { instance } from './texts.js';

/** At the outermost level, beside an instance. */
const outside = (line: string): string => `${line}\n${instance()('')}`;
/** Beside two instances and a static route on eth1 whose group is `line`. */
const grouped = (line: string): string => `${line}
static_routes { 198.51.100.0/24 dev eth1 track_group g }
${instance()('')}
${instance()('')
  .replace(/^global_defs \{[^}]*\}/, '')
  .replace('VI_1', 'VI_2')
  .replace('51', '52')
  .replace('10.0.0.100', '10.0.0.101')}`;
const WATCHED = /\(VI_1\) Entering FAULT STATE; reason: interface eth1 is down/;

export const ROUTING_CASES: readonly EffectCase[] = [
  {
    row: ['vrrp_instance', 'virtual_routes'],
    line: 'virtual_routes { 198.51.100.0/24 via 10.0.0.254 dev eth0 }',
    around: instance(),
    play: 'start; wait 4',
    shows: /prepend route 198\.51\.100\.0\/24 via 10\.0\.0\.254 dev eth0$/,
  },
  {
    row: ['vrrp_instance', 'virtual_rules'],
    line: 'virtual_rules { from 10.0.0.0/8 table 7 preference 100 }',
    around: instance(),
    play: 'start; wait 4',
    shows: /add rule 100 from 10\.0\.0\.0\/8 table 7$/,
  },
  {
    row: ['', 'static_ipaddress'],
    line: 'static_ipaddress { 10.0.9.1/24 dev eth1 }',
    around: outside,
    play: 'start',
    shows: /add 10\.0\.9\.1\/24 dev eth1$/,
  },
  {
    row: ['', 'static_routes'],
    line: 'static_routes { 198.51.100.0/24 dev eth1 }',
    around: outside,
    play: 'start',
    shows: /prepend route 198\.51\.100\.0\/24 dev eth1$/,
  },
  {
    row: ['', 'static_rules'],
    line: 'static_rules { from 10.0.0.0/8 table 7 preference 100 }',
    around: outside,
    play: 'start',
    shows: /add rule 100 from 10\.0\.0\.0\/8 table 7$/,
  },
  {
    row: ['', 'track_group'],
    line: 'track_group g {\n group { VI_1 }\n}',
    instead: 'track_group g {\n group { VI_2 }\n}',
    around: grouped,
    play: 'start; link eth1 down',
    shows: WATCHED,
  },
  {
    row: ['track_group', 'group'],
    line: 'group { VI_1 }',
    instead: 'group { VI_2 }',
    around: (line) => grouped(`track_group g {\n ${line}\n}`),
    play: 'start; link eth1 down',
    shows: WATCHED,
  },
];

export const ROUTING_ELSEWHERE: readonly ShownElsewhere[] = [
  {
    row: ['global_defs', 'iproute_usr_dir'],
    test: 'test/host/name-files.test.ts',
    title: "iproute_usr_dir: the system's names",
  },
  {
    row: ['global_defs', 'iproute_etc_dir'],
    test: 'test/host/name-files.test.ts',
    title: "iproute_etc_dir: the machine's names",
  },
];
