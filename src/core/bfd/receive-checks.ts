/**
 * Which packets are believed, as rows in the order in which they are asked, each with its counter and clause. The
 * first ones look at the packet alone, the others at it and the session it is for. RFC 5880 section 6.8.6, RFC 5881
 * section 5, directives-bfd section 2.
 */
import type { Instant } from '../../base/time.js';
import type { BfdInstanceSettings } from '../../config/model-bfd.js';
import type { BfdControl } from '../../wire/bfd-control.js';
import type { BfdAuthenticator } from './authentication.js';
import type { ReceivedBfd } from './facts.js';
import type { BfdRefusal } from './session-status.js';

/** What is read of the session that a packet is for. */
export interface CheckedSession {
  readonly settings: BfdInstanceSettings;
  readonly port: number;
  /** Undefined: no interface is demanded. */
  readonly interfaceIndex: number | undefined;
  readonly disabled: boolean;
  readonly authenticator: BfdAuthenticator | undefined;
}

export interface BfdCheck {
  readonly id: string;
  readonly counter: BfdRefusal;
  readonly clause: string;
  /** What is wrong, for people; undefined: nothing. */
  readonly fault: (
    packet: BfdControl,
    received: ReceivedBfd,
    session: CheckedSession | undefined,
    now: Instant,
  ) => string | undefined;
}

/** The last diagnostic code of RFC 5880 section 4.1. */
const LAST_DIAGNOSTIC = 8;
/** max_hops that means "any number". */
const ANY_HOPS = 255;

type OfSession = (
  packet: BfdControl,
  received: ReceivedBfd,
  session: CheckedSession,
  now: Instant,
) => string | undefined;

const ofSession =
  (fault: OfSession): BfdCheck['fault'] =>
  (packet, received, session, now) =>
    session && fault(packet, received, session, now);

export const BFD_CHECKS: readonly BfdCheck[] = [
  {
    id: 'multiplier',
    counter: 'multiplier',
    clause: 'RFC 5880 6.8.6: If the Detect Mult field is zero, discard',
    fault: ({ detectMultiplier }) => (detectMultiplier === 0 ? 'a multiplier of 0' : undefined),
  },
  {
    id: 'multipoint',
    counter: 'multipoint',
    clause: 'RFC 5880 6.8.6: If the Multipoint (M) bit is nonzero, discard',
    fault: ({ multipoint }) => (multipoint ? 'the Multipoint bit' : undefined),
  },
  {
    id: 'my-discriminator',
    counter: 'discriminator',
    clause: 'RFC 5880 6.8.6: If the My Discriminator field is zero, discard',
    fault: ({ myDiscriminator }) => (myDiscriminator === 0 ? 'its own discriminator is 0' : undefined),
  },
  {
    id: 'your-discriminator',
    counter: 'discriminator',
    clause: 'RFC 5880 6.8.6: If Your Discriminator is zero and State is not Down or AdminDown, discard',
    fault: ({ yourDiscriminator, state }) =>
      yourDiscriminator === 0 && (state === 'Init' || state === 'Up')
        ? `no discriminator of ours in state ${state}`
        : undefined,
  },
  {
    id: 'flags',
    counter: 'flags',
    clause: 'RFC 5880 6.8.7: the Poll bit must not be set when Final is',
    fault: ({ poll, final }) => (poll && final ? 'Poll and Final together' : undefined),
  },
  {
    id: 'diagnostic',
    counter: 'diagnostic',
    clause: 'RFC 5880 4.1: codes 9 to 31 are reserved; directives-bfd 2: they are dropped',
    fault: ({ diagnostic }) =>
      diagnostic > LAST_DIAGNOSTIC ? `the reserved diagnostic ${diagnostic}` : undefined,
  },
  {
    id: 'port',
    counter: 'port',
    clause: 'RFC 5881 4 and RFC 5883 5: port 3784 for a single hop, 4784 for multihop',
    fault: ofSession((_packet, received, { port }) =>
      received.port === port ? undefined : `port ${received.port}, this session uses ${port}`,
    ),
  },
  {
    id: 'address',
    counter: 'address',
    clause: 'RFC 5880 6.8.6: the session must be the one associated with the addresses',
    fault: ofSession((_packet, { source, destination, interfaceIndex }, session) => {
      const { neighbor, source: local } = session.settings;
      if (source !== neighbor) return `the sender is not ${neighbor}`;
      if (local !== undefined && destination !== local) return `sent to ${destination}, not to ${local}`;
      if (session.interfaceIndex !== undefined && session.interfaceIndex !== interfaceIndex)
        return 'it came on another interface';
      return undefined;
    }),
  },
  {
    id: 'hop-limit',
    counter: 'hopLimit',
    clause: 'RFC 5881 5: TTL 255; directives-bfd 2: at least the own ttl less max_hops',
    fault: ofSession((_packet, { hopLimit }, { settings: { ttl, maxHops } }) =>
      hopLimit !== undefined && maxHops !== ANY_HOPS && hopLimit < ttl - maxHops
        ? `ttl(${hopLimit}) < ${ttl - maxHops}`
        : undefined,
    ),
  },
  {
    id: 'authentication-type',
    counter: 'authenticationType',
    clause: 'RFC 5880 6.8.6: the A bit, and 6.7: type and key are those in use',
    fault: ofSession(({ authentication }, _received, { authenticator }) =>
      authenticator
        ? authenticator.typeFault(authentication)
        : authentication && 'authentication is not in use',
    ),
  },
  {
    id: 'replay',
    counter: 'replay',
    clause: 'RFC 5880 6.7.3 and 6.7.4: the sequence number lies in the window',
    fault: ofSession((packet, _received, { authenticator }, now) => authenticator?.replayFault(packet, now)),
  },
  {
    id: 'authentication',
    counter: 'authentication',
    clause: 'RFC 5880 6.7.2 to 6.7.4: password or digest',
    fault: ofSession((packet, _received, { authenticator }) => authenticator?.secretFault(packet)),
  },
  {
    id: 'disabled',
    counter: 'disabled',
    clause: 'RFC 5880 6.8.6: If bfd.SessionState is AdminDown, discard',
    fault: ofSession((_packet, _received, { disabled }) =>
      disabled ? 'we are administratively down' : undefined,
    ),
  },
];
