/** What a demo is to those who show it: main.ts chooses one, terminal.ts draws it, or it tells its story itself. */
import type { Paint } from './paint.js';
import type { Canvas } from './picture.js';

/** Something that a key does; one after the other. */
export interface Deed {
  readonly words: string;
  readonly act: () => Promise<void>;
}

export interface Demo {
  /** One picture, ten times a second; `busy` names the deed that is being done. */
  draw(canvas: Canvas, busy: string | undefined): string[];
  /** What a key means now; undefined: nothing that takes time. */
  deed(key: string): Deed | undefined;
  /** Plays by itself; resolves to whether all was as it should be. */
  tell(paint: Paint, print: (line: string) => void): Promise<boolean>;
  /** What is left to say when somebody has quit. */
  farewell(): readonly string[];
  close(): Promise<void>;
}
