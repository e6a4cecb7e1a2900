/**
 * The few things that an engine is asked about itself: who it believes to be master, and what it is when it has
 * stopped. Everything else is judged from effects. Machines without a status() have nothing to say.
 */
import type { Machine } from '../core/machine.js';
import type { EngineStatus, InstanceStatus } from '../core/status.js';
import type { Router } from './router.js';

export function statusOf({ machine }: Router, instance: string): InstanceStatus | undefined {
  if (!machine || !hasStatus(machine)) return undefined;
  return machine.status().instances.find((i) => i.name === instance);
}

const hasStatus = (machine: Machine): machine is Machine & { status(): EngineStatus } =>
  'status' in machine && typeof machine.status === 'function';
