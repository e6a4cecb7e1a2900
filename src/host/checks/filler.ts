/** The text with which Keepalived fills datagrams that have nothing to say. (directives-lvs section 11.2) */
const TEXT = 'keepalived check - ';

export const filler = (length: number): Uint8Array =>
  Buffer.from(TEXT.repeat(Math.ceil(length / TEXT.length)).slice(0, length), 'latin1');
