/** What the daemon and the thread that follows files tell each other (files.ts, file-thread.ts). Plain data. */
import type { Failure } from '../core/inputs.js';

/** `init_file` */
export interface InitialContent {
  readonly value: number;
  readonly overwrite: boolean;
}

export interface WatchFile {
  readonly kind: 'watch';
  readonly tracker: string;
  readonly path: string;
  readonly init?: InitialContent;
}

export type ToFiles =
  | WatchFile
  | { readonly kind: 'unwatch'; readonly tracker: string }
  /** Something waits in inotify. */
  | { readonly kind: 'look' };

/** A content, or why there is none: one of both. */
export interface FoundContent {
  readonly tracker: string;
  readonly content?: string;
  readonly error?: Failure;
}

export type FromFiles =
  | { readonly kind: 'found'; readonly contents: readonly FoundContent[] }
  | { readonly kind: 'warning'; readonly text: string }
  /** Nothing more waits in inotify, and everything that was found was told. */
  | { readonly kind: 'looked' };
