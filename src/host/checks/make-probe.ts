/** Which probe serves which kind of check. (directives-lvs section 6) */
import { unreachable } from '../../base/invariant.js';
import type { SslSettings } from '../../config/model-lvs.js';
import type { CheckerId, ProbeSettings } from '../../core/health/check.js';
import type { Poller } from '../linux/poller.js';
import type { Scripts } from '../scripts.js';
import { DnsProbe } from './dns.js';
import { HttpProbe } from './http.js';
import type { AnswerWatch } from './http-answer.js';
import { MiscProbe } from './misc.js';
import type { PatternSearch } from './pattern-search.js';
import { PingProbe } from './ping.js';
import type { Probe } from './probe.js';
import { SmtpProbe } from './smtp.js';
import { SslProbe } from './ssl.js';
import { TcpProbe } from './tcp.js';
import { UdpProbe } from './udp.js';

/** The part of the script runner that checks use. */
export type ScriptProbes = Pick<Scripts, 'probe' | 'endProbe'>;

/** What probes need of the host. */
export interface ProbeMeans {
  readonly poller: Poller;
  readonly scripts: ScriptProbes;
  readonly search: PatternSearch;
  readonly watch: AnswerWatch | undefined;
}

export function makeProbe(
  means: ProbeMeans,
  settings: ProbeSettings,
  checker: CheckerId,
  tls: SslSettings | undefined,
): Probe {
  const { poller, scripts } = means;
  switch (settings.kind) {
    case 'TCP_CHECK':
      return new TcpProbe(settings, poller);
    case 'HTTP_GET':
    case 'SSL_GET':
      return settings.kind === 'HTTP_GET'
        ? new HttpProbe(settings, means)
        : new SslProbe(settings, tls, means);
    case 'SMTP_CHECK':
      return new SmtpProbe(settings, poller);
    case 'DNS_CHECK':
      return new DnsProbe(settings, poller);
    case 'UDP_CHECK':
      return new UdpProbe(settings, poller);
    case 'PING_CHECK':
      return new PingProbe(settings, poller);
    case 'MISC_CHECK':
      return new MiscProbe(settings, scripts, checker);
    default:
      unreachable(settings);
  }
}
