/**
 * Who takes over from a router that is alive: where priorities or weights promise a move that cannot come.
 * Advice only; the exit status stays. (directives-vrrp section 1.3)
 */
import type { Report } from '../diagnostics.js';
import type { InstanceSettings } from '../model.js';
import type { Built } from '../settings/configuration.js';
import type { InstanceBlock } from '../settings/instance.js';
import { argumentSpan, keywordSpan } from '../tree.js';

/** What an instance has that says nothing about it; so most routers have it. */
const HABITUAL_PRIORITY = 100;

export function advisePreemption({ configuration, instances }: Built, report: Report): void {
  for (const instance of configuration.instances) {
    const block = instances.get(instance.name);
    if (!block) continue;
    adviseWeightsWithoutPreemption(instance, block, report);
    adviseHabitualPriority(instance, block, report);
  }
}

function adviseWeightsWithoutPreemption(
  instance: InstanceSettings,
  block: InstanceBlock,
  report: Report,
): void {
  if (instance.preempt) return;
  const { trackInterfaces, trackScripts, trackFiles, trackProcesses } = block.values;
  const effective = new Set(
    [instance.trackInterfaces, instance.trackScripts, instance.trackFiles, instance.trackProcesses]
      .flat()
      .flatMap(({ name, weight }) => (weight === 0 ? [] : name)),
  );
  const entry = [trackInterfaces, trackScripts, trackFiles, trackProcesses]
    .flatMap((list) => list?.entries ?? [])
    .find(({ value }) => effective.has(value.name));
  if (!entry) return;
  const message = `"${entry.value.name}" has a weight, but "${instance.name}" has nopreempt`;
  report('weightWithoutPreemption', keywordSpan(entry.statement), message);
}

function adviseHabitualPriority(instance: InstanceSettings, block: InstanceBlock, report: Report): void {
  const { preempt, initialState, priority } = instance;
  const at = block.values.priority?.statement;
  if (!at || !preempt || initialState !== 'MASTER' || priority !== HABITUAL_PRIORITY) return;
  const message = `"${instance.name}" shall be master with priority ${priority}, which every router has that names none`;
  report('habitualPriority', argumentSpan(at), message);
}
