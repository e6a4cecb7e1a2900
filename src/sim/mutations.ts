/**
 * Deliberately broken copies of the engine's tables: a row removed, its outcome changed, an action or a guard
 * dropped, a receive check left out. Each must be noticed by some invariant; the few that nothing on the outside
 * could notice are listed with the reason. What the rows mean is decided in core/vrrp.
 */
import type { ReceiveCheck } from '../core/vrrp/receive-check.js';
import { RECEIVE_CHECKS } from '../core/vrrp/receive-checks.js';
import { TRANSITIONS, type TransitionRow } from '../core/vrrp/transitions.js';

export interface Tables {
  readonly transitions: readonly TransitionRow[];
  readonly receiveChecks: readonly ReceiveCheck[];
}

export interface Mutation extends Tables {
  /** `master.yield without release-addresses`: what a person reads. */
  readonly id: string;
}

export const SOUND: Tables = { transitions: TRANSITIONS, receiveChecks: RECEIVE_CHECKS };

const STATES = ['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const;

export function mutations(): Mutation[] {
  const all: Mutation[] = [];
  const mutate = (id: string, row: TransitionRow, changed: TransitionRow | undefined): void => {
    const transitions = TRANSITIONS.flatMap((r) => (r === row ? (changed ? [changed] : []) : [r]));
    all.push({ id, transitions, receiveChecks: RECEIVE_CHECKS });
  };
  for (const row of TRANSITIONS) {
    mutate(`${row.id} removed`, row, undefined);
    for (const next of STATES) if (next !== row.next) mutate(`${row.id} to ${next}`, row, { ...row, next });
    for (const guard of row.when ?? [])
      mutate(`${row.id} unless ${guard}`, row, { ...row, when: row.when?.filter((g) => g !== guard) ?? [] });
    for (const action of row.actions)
      mutate(`${row.id} without ${action}`, row, {
        ...row,
        actions: row.actions.filter((a) => a !== action),
      });
  }
  for (const check of RECEIVE_CHECKS) {
    if (!check.drops) continue;
    const receiveChecks = RECEIVE_CHECKS.filter((c) => c !== check);
    all.push({ id: `check ${check.id} removed`, transitions: TRANSITIONS, receiveChecks });
  }
  return all;
}
