/**
 * Generic netlink: its header behind netlink's own, and the controller that tells which message type a family of
 * commands has on this machine. linux/genetlink.h. What a command means is for the family.
 */
import { ByteReader, type ByteWriter } from '../../base/bytes.js';
import { ok, type Result, refuse } from '../../base/result.js';
import { readAttributes, textOf, u16Of, writeTextAttribute } from './attributes.js';
import { beginMessage, endMessage, NLM_F_ACK, NLM_F_REQUEST } from './message.js';

/** Message type of the controller. */
export const GENL_ID_CTRL = 16;
const CTRL_CMD_NEWFAMILY = 1;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
const GENL_VERSION = 1;

/** Command, version, two reserved bytes. */
export function writeGenlHeader(writer: ByteWriter, command: number, version = GENL_VERSION): void {
  writer.u8(command).u8(version).zeros(2);
}

export interface GenlMessage {
  readonly command: number;
  /** What follows the header. */
  readonly attributes: Uint8Array;
}

/** Undefined: shorter than its header. */
export function readGenlMessage(payload: Uint8Array): GenlMessage | undefined {
  const reader = new ByteReader(payload);
  const command = reader.u8();
  reader.skip(3);
  return reader.overrun ? undefined : { command, attributes: reader.take(reader.remaining) };
}

/** Asks for a family by its name; the kernel loads the module that has it where it can, and answers ENOENT else. */
export function writeFamilyQuery(writer: ByteWriter, sequence: number, name: string): void {
  const start = beginMessage(writer, GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK, sequence);
  writeGenlHeader(writer, CTRL_CMD_GETFAMILY);
  writeTextAttribute(writer, CTRL_ATTR_FAMILY_NAME, name);
  endMessage(writer, start);
}

export interface GenlFamily {
  readonly name: string;
  /** Message type of its commands. */
  readonly id: number;
}

/** `other`: no news of a family. */
export type FamilyRefusal = 'short' | 'attributes' | 'other';

export function decodeFamily(payload: Uint8Array): Result<GenlFamily, FamilyRefusal> {
  const message = readGenlMessage(payload);
  if (!message) return refuse('short');
  if (message.command !== CTRL_CMD_NEWFAMILY) return refuse('other');
  const attributes = readAttributes(message.attributes);
  if (!attributes) return refuse('attributes');
  const id = u16Of(attributes.get(CTRL_ATTR_FAMILY_ID));
  const name = attributes.get(CTRL_ATTR_FAMILY_NAME);
  return id === undefined || !name ? refuse('other') : ok({ name: textOf(name), id });
}
