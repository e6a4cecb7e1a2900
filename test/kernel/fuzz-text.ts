/** A random configuration as it is written. `@` stands for the folder of the daemon that reads it. */
import {
  type Checker,
  FILES,
  type Instance,
  PEERS,
  type Server,
  type Virtual,
  type World,
} from './fuzz-world.js';

const flag = (word: string, value: boolean | undefined): string[] =>
  value === undefined ? [] : [value ? word : `${word} no`];
const numbered = (word: string, value: number | undefined): string[] =>
  value === undefined ? [] : [`${word} ${value}`];
const told = (word: string, wanted: boolean, ...words: string[]): string[] =>
  wanted ? [`${word} "@/say ${words.join(' ')}"`] : [];
const place = ({ address, port }: { address: string; port: number | undefined }): string =>
  port === undefined ? address : `${address} ${port}`;
const block = (head: string, lines: readonly string[]): string[] => [
  `${head} {`,
  ...lines.flatMap((text) => text.split('\n').map((line) => `  ${line.trim()}`)),
  '}',
];

const checkerText = ({ kind, lines }: Checker): string[] => block(kind, lines);

function serverText(server: Server, one: Virtual): string[] {
  const name = `${one.tag} ${server.address}`;
  const { thresholds } = server;
  return block(`real_server ${place(server)}`, [
    ...numbered('weight', server.weight),
    ...(server.method === undefined ? [] : [`lvs_method ${server.method}`]),
    ...(thresholds ? [`uthreshold ${thresholds[0]}`, `lthreshold ${thresholds[1]}`] : []),
    ...flag('inhibit_on_failure', server.inhibit),
    ...flag('alpha', server.alpha),
    ...server.timing,
    ...told('notify_up', server.notifyUp, name, 'up'),
    ...told('notify_down', server.notifyDown, name, 'down', "'and out'"),
    ...server.checkers.flatMap(checkerText),
  ]);
}

function virtualText(one: Virtual): string[] {
  const { persistence, sorry } = one;
  return [
    ...(one.entries ? block(`virtual_server_group g${one.number}`, one.entries) : []),
    ...block(`virtual_server ${one.head}`, [
      ...(one.explicitFamily ? [`ip_family inet${one.family === 6 ? '6' : ''}`] : []),
      `lvs_sched ${one.scheduler}`,
      ...one.flags,
      `lvs_method ${one.method}`,
      ...(one.protocol === undefined ? [] : [`protocol ${one.protocol}`]),
      ...(persistence
        ? [`persistence_timeout${persistence.timeout === undefined ? '' : ` ${persistence.timeout}`}`]
        : []),
      ...(persistence?.granularity === undefined
        ? []
        : [`persistence_granularity ${persistence.granularity}`]),
      ...(persistence?.engine ? ['persistence_engine sip'] : []),
      ...(one.ops ? ['ops'] : []),
      ...numbered('weight', one.weight),
      ...numbered('quorum', one.quorum),
      ...numbered('hysteresis', one.hysteresis),
      ...(one.alpha ? ['alpha'] : []),
      ...(one.omega ? ['omega'] : []),
      ...(one.suspend ? ['ha_suspend'] : []),
      ...(one.inhibit ? ['inhibit_on_failure'] : []),
      ...one.timing,
      ...told('quorum_up', one.quorumUp, one.tag, 'quorum up'),
      ...told('quorum_down', one.quorumDown, one.tag, 'quorum down'),
      ...(sorry ? [`sorry_server ${place(sorry)}`] : []),
      ...(sorry?.inhibit ? ['sorry_server_inhibit'] : []),
      ...(sorry?.method === undefined ? [] : [`sorry_server_lvs_method ${sorry.method}`]),
      ...one.servers.flatMap((server) => serverText(server, one)),
    ]),
  ];
}

/** Its addresses are told apart by their family only where they are set. */
const instanceText = ({ name, vrid, file, vips }: Instance): string[] => [
  ...block(`track_file ${file}`, [`file @/state/${file}`, 'weight 0']),
  ...block(`vrrp_instance ${name}`, [
    ...['version 3', 'interface e0', `virtual_router_id ${vrid}`, 'priority 100', 'advert_int 0.2'],
    ...block('track_file', [file]),
    ...block('virtual_ipaddress', [
      `10.8.0.${vrid}/32`,
      ...vips.filter((one) => !one.includes(':')).map((one) => `${one}/32`),
    ]),
    ...block(
      'virtual_ipaddress_excluded',
      vips.filter((one) => one.includes(':')).map((one) => `${one}/128`),
    ),
  ]),
];

/** Slow enough for a slow kernel. */
const sessionText = (name: string): string[] =>
  block(`bfd_instance ${name}`, [
    `neighbor_ip ${PEERS[name]}`,
    'source_ip 10.9.0.1',
    'min_rx 300',
    'min_tx 300',
    'multiplier 5',
  ]);

/** Whether more runs than the load balancer. */
export const isWhole = ({ instances, sessions }: World): boolean => instances.length + sessions.length > 0;

export function textOf(world: World): string {
  return [
    ...block('global_defs', ['script_user root', 'lvs_notify_fifo @/fifo', ...world.globals]),
    ...FILES.flatMap((name) => block(`track_file ${name}`, [`file @/state/${name}`, 'weight 1'])),
    ...world.sessions.flatMap(sessionText),
    ...world.instances.flatMap(instanceText),
    ...world.virtuals.flatMap(virtualText),
    '',
  ].join('\n');
}
