/**
 * What a session says: its variables as a packet, and the bytes of that, which are made once and said again as long as
 * nothing in them has changed. RFC 5880 section 6.8.7, "The contents of transmitted BFD Control packets". When it is
 * said is decided by the session, how it is sealed by its authentication.
 */
import type { Duration } from '../../base/time.js';
import type { BfdInstanceSettings } from '../../config/model-bfd.js';
import { type BfdControl, type BfdState, encodeBfdControl } from '../../wire/bfd-control.js';
import type { BfdAuthenticator } from './authentication.js';
import type { BfdEffect } from './facts.js';

/** What is read of the session that speaks. */
export interface Speaker {
  readonly key: string;
  readonly discriminator: number;
  readonly settings: BfdInstanceSettings;
  readonly state: BfdState;
  readonly diagnostic: number;
  readonly remote: { readonly discriminator: number };
  readonly desiredMinTx: Duration;
  readonly requiredMinRx: Duration;
  readonly authenticator: BfdAuthenticator | undefined;
}

export class Speech {
  #last: { readonly packet: BfdControl; readonly effect: BfdEffect } | undefined;

  /** Undefined on a machine that forbids the digest. */
  effect(speaker: Speaker, poll: boolean, final: boolean): BfdEffect | undefined {
    // What is sealed is never the same twice.
    if (this.#last && !speaker.authenticator && holds(this.#last.packet, speaker, poll, final))
      return this.#last.effect;
    const plain: BfdControl = {
      diagnostic: speaker.diagnostic,
      state: speaker.state,
      poll,
      final,
      controlPlaneIndependent: false,
      demand: false,
      multipoint: false,
      detectMultiplier: speaker.settings.multiplier,
      myDiscriminator: speaker.discriminator,
      yourDiscriminator: speaker.remote.discriminator,
      desiredMinTx: speaker.desiredMinTx,
      requiredMinRx: speaker.requiredMinRx,
      requiredMinEchoRx: 0,
    };
    const packet = speaker.authenticator ? speaker.authenticator.seal(plain) : plain;
    if (!packet) return undefined;
    const effect: BfdEffect = { kind: 'send-bfd', session: speaker.key, bytes: encodeBfdControl(packet) };
    this.#last = { packet, effect };
    return effect;
  }
}

/** Whether every field that can change is what it was. */
const holds = (packet: BfdControl, speaker: Speaker, poll: boolean, final: boolean): boolean =>
  packet.authentication === undefined &&
  packet.state === speaker.state &&
  packet.poll === poll &&
  packet.final === final &&
  packet.diagnostic === speaker.diagnostic &&
  packet.detectMultiplier === speaker.settings.multiplier &&
  packet.yourDiscriminator === speaker.remote.discriminator &&
  packet.desiredMinTx === speaker.desiredMinTx &&
  packet.requiredMinRx === speaker.requiredMinRx;
