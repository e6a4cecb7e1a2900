/**
 * Values of an instance that are not used as they are written: rounded, overruled by strict mode, excluded by
 * another setting. The model says what is used; the findings say why. (`holdfast show-config`)
 */
import type { CodeName } from './codes.js';
import type { Finding } from './diagnostics.js';
import type { InstanceSettings } from './model.js';
import type { Sources } from './source.js';
import { keywordSpan, type Statement } from './tree.js';

/** What the model uses for a row of the table of vrrp_instance; undefined: nothing, the line does not count. */
const USED: Readonly<Record<string, (instance: InstanceSettings) => unknown>> = {
  state: ({ initialState }) => initialState,
  version: ({ version }) => version,
  advertInterval: ({ advertInterval }) => advertInterval,
  downTimerAdverts: ({ downTimerAdverts }) => downTimerAdverts,
  nopreempt: ({ preempt }) => (preempt ? undefined : true),
  preemptDelay: ({ preemptDelay }) => preemptDelay,
  mcastGroup: ({ unicastPeers, multicastGroup }) => (unicastPeers.length > 0 ? undefined : multicastGroup),
  unicastTtl: ({ unicastPeers, unicastTtl }) => (unicastPeers.length > 0 ? unicastTtl : undefined),
  garpMasterDelay: ({ garp }) => garp.masterDelay,
  garpMasterRepeat: ({ garp }) => garp.masterRepeat,
  garpMasterRefresh: ({ garp }) => garp.masterRefresh,
  garpMasterRefreshRepeat: ({ garp }) => garp.masterRefreshRepeat,
  garpLowerPriorityDelay: ({ garp }) => garp.lowerPriorityDelay,
  garpLowerPriorityRepeat: ({ garp }) => garp.lowerPriorityRepeat,
  lowerPriorityNoAdvert: ({ lowerPriorityNoAdvert }) => lowerPriorityNoAdvert,
  higherPrioritySendAdvert: ({ higherPrioritySendAdvert }) => higherPrioritySendAdvert,
  ownerIgnoreAdverts: ({ ownerIgnoreAdverts, priority }) =>
    priority === 255 ? ownerIgnoreAdverts === true : undefined,
  timerExpiredBackup: ({ timerExpiredBackup }) => timerExpiredBackup,
  noVirtualAddress: ({ noVirtualAddress }) => noVirtualAddress,
  noAccept: ({ noAccept }) => noAccept,
  accept: ({ noAccept }) => (noAccept ? undefined : true),
  vrf: ({ vrf }) => vrf,
  vmacXmitBase: ({ virtualMac }) => (virtualMac?.transmitBase ? true : undefined),
  authentication: ({ authentication }) => (authentication.type === 'none' ? undefined : true),
};

export interface Used {
  /** Undefined: the line does not count. */
  readonly value: unknown;
}

/** Undefined for rows whose value is always used as it is written. */
export function usedValue(instance: InstanceSettings, key: string): Used | undefined {
  const read = USED[key];
  return read && { value: read(instance) };
}

/** Findings that say that a value is not used as written. */
const TELLING: ReadonlySet<CodeName> = new Set([
  'valueAdjusted',
  'strictMode',
  'settingIgnored',
  'versionRaised',
  'versionRefused',
  'notApplicable',
]);

/** Why values are not used as they are written, by the lines that say them. */
export class Reasons {
  readonly #byLine = new Map<string, Finding[]>();

  constructor(
    findings: readonly Finding[],
    readonly sources: Sources,
  ) {
    for (const finding of findings) {
      if (!finding.span || !TELLING.has(finding.name)) continue;
      const key = this.#keyOf(finding.span);
      const known = this.#byLine.get(key);
      if (known) known.push(finding);
      else this.#byLine.set(key, [finding]);
    }
  }

  /** The message of a finding that points into this statement's line. */
  for(statement: Statement): string | undefined {
    const { start, source } = keywordSpan(statement);
    const end = start + statement.line.text.length;
    return this.#byLine
      .get(this.#keyOf({ source, start }))
      ?.find(({ span }) => span && span.start >= start && span.start <= end)?.message;
  }

  #keyOf({ source, start }: { readonly source: number; readonly start: number }): string {
    return `${source}:${this.sources.get(source)?.lineAt(start) ?? 0}`;
  }
}
