/**
 * What the engine of the load balancer and the host's checkers tell each other, as plain data: which checkers there
 * are, that one shall look at its server now, and what it found. When to look, how often a failure is tried again and
 * what a verdict means for the server is decided by the engine; FILE_CHECK lives on `watch-file` and BFD_CHECK on the
 * facts of its session, so neither is here. (directives-lvs sections 5 and 6)
 */
import type { Duration } from '../../base/time.js';
import type {
  BfdCheckSettings,
  CheckerSettings,
  FileCheckSettings,
  SslSettings,
} from '../../config/model-lvs.js';
import type { Failure } from '../inputs.js';

/** The engine's number of a checker; not used for another one in the life of the process. */
export type CheckerId = number;

/** The checkers that look by themselves, each when it is told to. */
export type ProbeSettings = Exclude<CheckerSettings, FileCheckSettings | BfdCheckSettings>;

export type CheckEffect =
  /** Before its first start, and again when its settings changed: a check that is in flight goes on with the old ones. */
  | {
      readonly kind: 'define-checker';
      readonly checker: CheckerId;
      readonly settings: ProbeSettings;
      /** For SSL_GET: the client's side, where the configuration has a block SSL. */
      readonly tls?: SslSettings;
    }
  /** A check that is in flight is abandoned. */
  | { readonly kind: 'forget-checker'; readonly checker: CheckerId }
  /**
   * One check, answered by exactly one `check-verdict`. `part` is the index of the URL of HTTP_GET and SSL_GET, else 0.
   * It never overlaps itself: while one is in flight, another start of the same checker does nothing.
   */
  | { readonly kind: 'start-check'; readonly checker: CheckerId; readonly part: number }
  /** The check in flight is ended without a verdict. */
  | { readonly kind: 'abandon-check'; readonly checker: CheckerId };

export interface CheckInput {
  readonly kind: 'check-verdict';
  readonly checker: CheckerId;
  readonly part: number;
  readonly verdict: CheckVerdict;
}

export interface GoodVerdict {
  readonly kind: 'good';
  /** What there is to say, for people: `200, 1,512 bytes`. Empty: nothing. */
  readonly detail: string;
  /** MISC_CHECK with misc_dynamic: the weight that the script asks for, 0..253; absent: the configured one. */
  readonly weight?: number;
  /** A clause about what the server does not do as it should, though its answer is good. */
  readonly odd?: string;
  readonly elapsed: Duration;
}

export type CheckVerdict =
  | GoodVerdict
  | { readonly kind: 'bad'; readonly reason: CheckFailure; readonly elapsed: Duration }
  /** This machine could not make the check (no descriptor left, no such interface, a pattern that is not served): it says nothing of the server. */
  | { readonly kind: 'unmade'; readonly error: Failure; readonly elapsed: Duration };

/** Why a check failed. `core/health/words` has the sentences. */
export type CheckFailure =
  /** Refused on the spot: no route, the interface is down. */
  | { readonly kind: 'unreachable'; readonly error: Failure }
  /** Refused, reset or reported by ICMP, by the other side or on the way. */
  | { readonly kind: 'connection'; readonly error: Failure }
  | { readonly kind: 'timeout'; readonly waiting: 'connection' | 'tls' | 'reply' | 'rest' }
  | { readonly kind: 'tls'; readonly message: string }
  | { readonly kind: 'write'; readonly error: Failure }
  | { readonly kind: 'read'; readonly error: Failure }
  /** Closed before there was a complete HTTP header, or an SMTP line. `interim`: there was only a header with that status. */
  | { readonly kind: 'no-data'; readonly interim?: number }
  /** The answer went on beyond what is read of one: so many bytes. */
  | { readonly kind: 'endless'; readonly bytes: number }
  | { readonly kind: 'status'; readonly status: number }
  /** Something came that is no answer by HTTP: its first line, or the beginning of it. */
  | { readonly kind: 'not-http'; readonly line: string }
  /** The MD5 that the body has. `body`: what it was, where its length was not as the server said, or said oddly. */
  | { readonly kind: 'digest'; readonly digest: string; readonly body?: string }
  | { readonly kind: 'regex'; readonly found: boolean; readonly body?: string }
  /** Looking for the pattern took longer than it may: so many milliseconds. */
  | { readonly kind: 'regex-time'; readonly milliseconds: number }
  /** Looking for the pattern would have taken more memory than it may. */
  | { readonly kind: 'regex-memory' }
  | { readonly kind: 'smtp-reply'; readonly to: 'greeting' | 'HELO'; readonly line: string }
  /** 1..15 */
  | { readonly kind: 'dns-code'; readonly code: number }
  | { readonly kind: 'dns-malformed'; readonly message: string }
  | { readonly kind: 'udp-reply'; readonly bytes: number }
  | { readonly kind: 'exit'; readonly code: number; readonly output?: string }
  | { readonly kind: 'signal'; readonly signal: string; readonly output?: string }
  | { readonly kind: 'script-timeout'; readonly output?: string }
  | { readonly kind: 'script-failed'; readonly error: Failure };
