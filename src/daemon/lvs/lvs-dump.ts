/**
 * keepalived_check.data: virtual servers, real servers and checkers as text, in the sections and with the ` Name = value`
 * lines that people know from Keepalived (runtime section 4). Where the file is stands in dump/places.ts.
 */
import { type Duration, toSeconds } from '../../base/time.js';
import type { GlobalSettings } from '../../config/model-globals.js';
import type { ForwardingMethod, VirtualServerSettings } from '../../config/model-lvs.js';
import type { LogLevel } from '../../core/effects.js';
import type { RealServer } from '../../core/lvs/real-server.js';
import { type Check, ProbeCheck } from '../../core/lvs/server-checks.js';
import { serviceKeyOf } from '../../core/lvs/table.js';
import type { VirtualServer } from '../../core/lvs/virtual-server.js';
import { dumpPlaces } from '../dump/places.js';
import { globalLines } from '../dump/text-globals.js';
import { commandLine, onOff } from '../dump/words.js';
import { chunks, writeDump } from '../dump/write.js';

export interface LvsDumpSeams {
  globals(): GlobalSettings;
  readonly namespace: string | undefined;
  services(): readonly VirtualServer[];
  log(level: LogLevel, text: string): void;
}

export class LvsDump {
  readonly #seams: LvsDumpSeams;
  #writing = false;

  constructor(seams: LvsDumpSeams) {
    this.#seams = seams;
  }

  /** Never rejects. One at a time; who asks meanwhile gets that one. */
  async write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    const { globals, namespace, log } = this.#seams;
    const path = dumpPlaces(globals(), process.env['TMPDIR'], namespace).check;
    log('info', `Printing checker data for process(${process.pid}) on signal`);
    const written = await writeDump(path, this.#parts());
    if (written.ok) log('info', `Wrote ${path}`);
    else log('error', `Not dumped: ${written.error}`);
    this.#writing = false;
  }

  /** `-d`: as lines of the log. */
  async say(line: (text: string) => void): Promise<void> {
    for (const chunk of chunks(this.#parts())) {
      for (const text of chunk.trimEnd().split('\n')) line(text);
      await new Promise((next) => setImmediate(next));
    }
  }

  *#parts(): Iterable<string> {
    const services = this.#seams.services();
    yield `------< Global definitions >------\n${globalLines(this.#seams.globals()).join('\n')}\n`;
    if (services.length === 0) return;
    yield '------< LVS Topology >------\n';
    for (const service of services) {
      yield `${serviceLines(service).join('\n')}\n`;
      for (const server of service.servers) yield `${serverLines(server).join('\n')}\n`;
    }
    yield '------< Health checkers >------\n';
    for (const service of services)
      for (const server of service.servers)
        for (const check of server.checks) yield `${checkLines(service, server, check).join('\n')}\n`;
  }
}

const time = (duration: Duration): string => `${toSeconds(duration)}`;
const able = (on: boolean): string => (on ? 'enabled' : 'disabled');

function methodLine(method: ForwardingMethod): string {
  if (method.kind !== 'TUN') return `lvs_method = ${method.kind}`;
  if (method.tunnel === 'ipip') return 'lvs_method = TUN, type = IPIP';
  return method.tunnel === 'gue'
    ? `lvs_method = TUN, type = GUE, port = ${method.port}, ${method.checksum}`
    : `lvs_method = TUN, type = GRE, ${method.checksum}`;
}

function headLines({ selector }: VirtualServerSettings): string[] {
  switch (selector.kind) {
    case 'address':
      return [`   VIP = ${selector.address}, VPORT = ${selector.port}`];
    case 'mark':
      return [`   FWMARK = ${selector.mark}`];
    case 'group':
      return [`   Virtual server group = ${selector.group}`];
  }
}

function serviceLines(service: VirtualServer): string[] {
  const { settings, sorryName } = service;
  const { persistence } = settings;
  const script = (word: string, command: typeof settings.quorumUp): string[] =>
    command ? [`   Quorum ${word} notify script = ${commandLine(command)}`] : [];
  return [
    ' ------< Virtual server >------',
    ...headLines(settings),
    ...(settings.selector.kind === 'group'
      ? service.services.map(({ identity }) => `     ${serviceKeyOf(identity)}`)
      : []),
    ...(settings.snmpName === undefined ? [] : [`   SNMP name = '${settings.snmpName}'`]),
    `   Address family = inet${settings.family === 'ipv6' ? '6' : ''}`,
    `   lvs_sched = ${settings.scheduler}`,
    ...settings.schedulerFlags.map((flag) => `   flag-${flag} = enabled`),
    `   One packet scheduling = ${able(settings.onePacket)}`,
    ...(persistence
      ? [
          `   persistence timeout = ${time(persistence.timeout)}`,
          `   persistence granularity = ${persistence.granularity}`,
        ]
      : []),
    `   protocol = ${settings.protocol ?? 'none'}`,
    `   omega is ${settings.omega ? 'ON' : 'OFF'}`,
    `   quorum = ${settings.quorum}, hysteresis = ${settings.hysteresis}`,
    ...script('up', settings.quorumUp),
    ...script('down', settings.quorumDown),
    ...(settings.haSuspend ? ['   Using HA suspend'] : []),
    `   Using smtp notification = ${onOff(settings.smtpAlert)}`,
    `   ${methodLine(settings.method)}`,
    ...(sorryName === undefined ? [] : [`   sorry server = ${sorryName}`]),
    `   alive = ${service.up || service.sorryServes ? 1 : 0}`,
    `   quorum_state_up = ${service.up ? 1 : 0}`,
  ];
}

function serverLines({ settings, alive, failed, effectiveWeight, drained }: RealServer): string[] {
  const script = (word: string, command: typeof settings.notifyUp): string[] =>
    command ? [`     RS ${word} notify script = ${commandLine(command)}`] : [];
  return [
    '   ------< Real server >------',
    `   RIP = ${settings.address}, RPORT = ${settings.port}, WEIGHT = ${settings.weight} EFF WEIGHT = ${effectiveWeight}`,
    `   ${methodLine(settings.method)}`,
    ...(settings.upperThreshold || settings.lowerThreshold
      ? [`   connection limit range = ${settings.lowerThreshold} -> ${settings.upperThreshold}`]
      : []),
    `     Inhibit on failure is ${settings.inhibitOnFailure ? 'ON' : 'OFF'}`,
    ...script('up', settings.notifyUp),
    ...script('down', settings.notifyDown),
    `   Using smtp notification = ${onOff(settings.smtpAlert)}`,
    `   Alpha is ${settings.alpha ? 'ON' : 'OFF'}`,
    `   Delay loop = ${time(settings.delayLoop)}`,
    `   alive = ${alive ? 1 : 0}`,
    ...(drained ? ['   drained = 1'] : []),
    `   num failed checkers = ${failed}`,
  ];
}

function checkLines(service: VirtualServer, server: RealServer, check: Check): string[] {
  const { settings } = check;
  const head = [
    ` ${server.name} of ${service.name}`,
    `   Keepalive method = ${settings.kind}`,
    `   Up = ${check.up ? 'yes' : 'no'}`,
  ];
  if (!(check instanceof ProbeCheck)) return head;
  const { monitor } = check;
  const timing = monitor.settings;
  const target =
    timing.kind === 'MISC_CHECK'
      ? [`   Script = ${commandLine(timing.command)}`, `   Timeout = ${time(timing.timeout)}`]
      : [
          `     Dest = [${timing.target.address}]:${timing.target.port}`,
          ...(timing.target.bindAddress === undefined ? [] : [`     Bind to = ${timing.target.bindAddress}`]),
          ...(timing.target.bindInterface === undefined
            ? []
            : [`     Bind i/f = ${timing.target.bindInterface}`]),
          ...(timing.target.fwmark === 0 ? [] : [`     Mark = ${timing.target.fwmark}`]),
          `     Timeout = ${time(timing.target.connectTimeout)}`,
        ];
  return [
    ...head,
    `   Enabled = ${service.suspended ? 'no' : 'yes'}`,
    `   Has run = ${monitor.last ? 'yes' : 'no'}`,
    ...target,
    `   Alpha = ${timing.alpha ? 'ON' : 'OFF'}`,
    `   Delay loop = ${timing.delayLoop} us`,
    `   Warmup = ${timing.warmup} us`,
    `   Retries = ${timing.retry}`,
    `   Delay before retry = ${timing.delayBeforeRetry} us`,
    `   Log all failures = ${timing.logAllFailures ? 'yes' : 'no'}`,
  ];
}
