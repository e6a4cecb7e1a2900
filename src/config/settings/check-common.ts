/** What all checkers share: inheritance, targets, and what makes a check useless. (directives-lvs section 5) */
import { familyOf, isLinkLocal } from '../../base/ip-address.js';
import { type Duration, formatDuration, seconds } from '../../base/time.js';
import type { Report } from '../diagnostics.js';
import type { CheckerSettings, CheckTarget, CheckTiming } from '../model-lvs.js';
import type { targetRows, timingRows } from '../schema/checkers.js';
import type { AddressAndPort } from '../schema/lvs-arguments.js';
import type { Values } from '../schema/row.js';
import { argumentSpan, keywordSpan, type Statement } from '../tree.js';
import type { BfdBlock } from './bfd.js';
import type { Names } from './context.js';
import type { FileBlock } from './trackers.js';

export type TargetValues = Values<typeof targetRows>;
export type TimingValues = Values<typeof timingRows>;

/** What the blocks around a checker say. Undefined: the kind of checker decides. */
export interface Inherited {
  readonly connectTimeout: Duration;
  readonly delayLoop: Duration;
  readonly retry: number | undefined;
  readonly delayBeforeRetry: Duration | undefined;
  readonly warmup: Duration | undefined;
  readonly fastInterval: Duration | undefined;
  readonly jitter: Duration | undefined;
  readonly alpha: boolean;
}

export interface CheckSurroundings {
  /** The server, with the port that checks use. */
  readonly server: AddressAndPort;
  readonly inherited: Inherited;
  /** delay_loop of the virtual server. */
  readonly serviceDelayLoop: Duration;
  /** Of the real server or else the virtual server, and of the latter. */
  readonly virtualhost: string | undefined;
  readonly serviceVirtualhost: string | undefined;
  /** The virtual_server block, for what has to stand further above. */
  readonly service: Statement;
  readonly files: Names<FileBlock>;
  readonly sessions: Names<BfdBlock>;
  /** Blocks that something refers to. */
  readonly used: Set<Statement>;
  readonly report: Report;
}

const MILLISECOND = 1000;
/** A failure that is noticed later than this is as good as unnoticed. */
const HOUR = seconds(3600);

export interface KindDefaults {
  readonly retry: number;
  /** Undefined: delay_loop. */
  readonly delayBeforeRetry: Duration | undefined;
}
const USUAL: KindDefaults = { retry: 1, delayBeforeRetry: seconds(1) };

export function timingOf(
  values: TimingValues,
  { inherited }: CheckSurroundings,
  kind: KindDefaults,
): CheckTiming {
  const delayLoop = values.delayLoop?.value ?? inherited.delayLoop;
  const fastInterval = values.fastInterval?.value ?? inherited.fastInterval;
  const jitter = values.jitter?.value ?? inherited.jitter;
  return {
    delayLoop,
    retry: values.retry?.value ?? inherited.retry ?? kind.retry,
    delayBeforeRetry:
      values.delayBeforeRetry?.value ?? inherited.delayBeforeRetry ?? kind.delayBeforeRetry ?? delayLoop,
    warmup: values.warmup?.value ?? inherited.warmup ?? delayLoop,
    alpha: values.alpha?.value ?? inherited.alpha,
    logAllFailures: values.logAllFailures?.value ?? false,
    ...(fastInterval === undefined ? {} : { fastInterval }),
    ...(jitter ? { jitter } : {}),
  };
}

/** Undefined where the checker cannot reach its target. */
export function targetOf(
  values: TargetValues,
  at: Statement,
  { server, inherited, report }: CheckSurroundings,
): CheckTarget | undefined {
  const { bindTo, bindPort, bindInterface } = values;
  const address = values.connectIp?.value ?? server.address;
  if (isLinkLocal(address) && !bindInterface) {
    report('requiredMissing', keywordSpan(at), `${at.keyword} of ${address} has no bind_if`, {
      remedy: 'Name the interface behind bind_if: a link-local address exists on each of them.',
    });
    return undefined;
  }
  const fits = bindTo && familyOf(bindTo.value) === familyOf(address);
  if (bindTo && !fits) {
    report(
      'settingIgnored',
      argumentSpan(bindTo.statement),
      `bindto ${bindTo.value} and the checked address ${address} are of different families; bindto is ignored`,
    );
  }
  return {
    address,
    port: values.connectPort?.value ?? server.port,
    ...(bindTo && fits ? { bindAddress: bindTo.value } : {}),
    ...(bindPort ? { bindPort: bindPort.value } : {}),
    ...(bindInterface ? { bindInterface: bindInterface.value } : {}),
    fwmark: values.fwmark?.value ?? 0,
    connectTimeout: values.connectTimeout?.value ?? inherited.connectTimeout,
  };
}

/** A check over the network, once it is known to be useful. */
export function network<S extends CheckerSettings>(
  check: { readonly statement: Statement; readonly values: TargetValues & TimingValues },
  around: CheckSurroundings,
  make: (facts: CheckTiming & { readonly target: CheckTarget }) => S,
  kind: KindDefaults = USUAL,
): S | undefined {
  const target = targetOf(check.values, check.statement, around);
  if (!target) return undefined;
  const settings = make({ target, ...timingOf(check.values, around, kind) });
  const at = check.statement;
  if (target.port === 0 && settings.kind !== 'PING_CHECK') {
    tellHopeless(
      at,
      `${at.keyword} has no port to check: neither it nor its server names one`,
      around.report,
      {
        remedy: 'Add connect_port.',
      },
    );
  }
  if (target.connectTimeout < MILLISECOND) {
    const time = formatDuration(target.connectTimeout);
    tellHopeless(at, `no network answers ${at.keyword} within ${time}`, around.report, {
      remedy: 'connect_timeout counts seconds.',
    });
  }
  if ('retry' in settings) tellSlow(at, settings, target.connectTimeout, around.report);
  return settings;
}

export const tellHopeless = (
  at: Statement,
  message: string,
  report: Report,
  details: { readonly remedy?: string } = {},
): void => report('checkNeverSucceeds', keywordSpan(at), message, details);

export function tellSlow(at: Statement, timing: CheckTiming, attempt: Duration, report: Report): void {
  const { retry, delayLoop, delayBeforeRetry } = timing;
  const longest = delayLoop + (retry + 1) * attempt + retry * delayBeforeRetry;
  if (longest <= HOUR) return;
  const days = longest / 86_400e6;
  const time = days > 2 ? `${Math.round(days)} days` : `${(longest / HOUR).toFixed(1)} hours`;
  report('checkTooSlow', keywordSpan(at), `${at.keyword} may take ${time} to notice a failure`);
}
