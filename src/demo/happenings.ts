/**
 * What happened in a demo, in the order of its times, and how it is told: as a story's lines while it goes on
 * (Chronicle), or as the last rows of a picture (picture.ts). What counts as a happening each demo decides.
 */
import type { Paint } from './paint.js';

export type Mood = 'good' | 'bad' | 'neutral';

export interface Happening {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A host, the client, or `you`. */
  readonly who: string;
  readonly text: string;
  /** For colours: what it did to the service. */
  readonly mood: Mood;
}

export class Happenings {
  readonly all: Happening[] = [];

  tell(who: string, text: string, mood: Mood, at = Date.now()): void {
    this.all.push({ at, who, text, mood });
    this.all.sort((a, b) => a.at - b.at);
  }
}

export const moodColour = (mood: Mood, paint: Paint): ((text: string) => string) =>
  ({ good: paint.green, bad: paint.red, neutral: (text: string): string => text })[mood];

/** Prints what happened, in order, shortly after it did: news of two hosts may cross. */
export class Chronicle {
  readonly began = Date.now();
  readonly #printed = new Set<Happening>();

  constructor(
    private readonly happenings: readonly Happening[],
    private readonly paint: Paint,
    private readonly print: (line: string) => void,
  ) {}

  flush(): void {
    for (const happening of this.happenings) {
      if (this.#printed.has(happening)) continue;
      this.#printed.add(happening);
      const { paint } = this;
      const at = Math.max(0, (happening.at - this.began) / 1000).toFixed(1);
      this.print(
        `${paint.dim(`${at.padStart(6)} s`)}  ${happening.who.padEnd(6)}  ${moodColour(happening.mood, paint)(happening.text)}`,
      );
    }
  }
}
