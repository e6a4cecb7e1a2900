/** What a daemon's status says of an instance that it has not said before: transitions and priorities as happenings. */
import type { Event } from '../core/effects.js';
import type { InstanceStatus } from '../core/status.js';
import type { Mood } from './happenings.js';

type Told = (text: string, mood: Mood, at: number) => void;

export class InstanceNews {
  /** Wall time of the newest event that was told, microseconds. */
  #told = 0;

  /** `name` stands in front where there is more than one instance. */
  constructor(
    private readonly tell: Told,
    private readonly name = '',
  ) {}

  take({ history }: InstanceStatus): void {
    for (const event of history) {
      if (event.wall <= this.#told) continue;
      this.#told = event.wall;
      const told = words(event);
      if (told) this.tell(this.name + told.text, told.mood, event.wall / 1000);
    }
  }
}

const MOODS: Readonly<Record<string, Mood>> = { MASTER: 'good', FAULT: 'bad' };

function words(event: Event): { readonly text: string; readonly mood: Mood } | undefined {
  if (event.type === 'transition')
    return { text: `${event.to}: ${event.reason.text}`, mood: MOODS[event.to] ?? 'neutral' };
  if (event.type === 'priority')
    return { text: `priority ${event.from} → ${event.to}: ${event.reason.text}`, mood: 'neutral' };
  return undefined;
}
