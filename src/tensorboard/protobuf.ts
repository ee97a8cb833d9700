/**
 * The part of the protocol buffer encoding that events need. A message is the concatenation of its fields.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 * @module
 */

/** Encoded bytes. */
export type Bytes = Uint8Array<ArrayBuffer>;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Joins bytes, such as the fields of a message. */
export function concatenate(parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * A field of type int64, uint64 or an enumeration.
 *
 * @param value Not negative, up to 2⁵³ − 1.
 */
export function integerField(field: number, value: number): Bytes {
  return Uint8Array.from([...key(field, VARINT), ...varint(value)]);
}

/** A field of type float. */
export function floatField(field: number, value: number): Bytes {
  const bytes = Uint8Array.from([...key(field, FIXED_32), 0, 0, 0, 0]);
  new DataView(bytes.buffer).setFloat32(bytes.length - 4, value, true);
  return bytes;
}

/** A field of type double. */
export function doubleField(field: number, value: number): Bytes {
  const bytes = Uint8Array.from([...key(field, FIXED_64), 0, 0, 0, 0, 0, 0, 0, 0]);
  new DataView(bytes.buffer).setFloat64(bytes.length - 8, value, true);
  return bytes;
}

/** A field of type string, which is written as UTF-8, of type bytes, or that is a message. */
export function bytesField(field: number, value: Uint8Array | string): Bytes {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const head = [...key(field, LENGTH_DELIMITED), ...varint(bytes.length)];
  return concatenate([Uint8Array.from(head), bytes]);
}

/**
 * Reads the integer at the start of some bytes.
 *
 * @returns Undefined if the bytes end within it.
 */
export function readVarint(bytes: Uint8Array): number | undefined {
  let value = 0;
  for (const [index, byte] of bytes.entries()) {
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value;
  }
  return undefined;
}

const key = (field: number, type: number): number[] => varint(field * 8 + type);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(rest % 0x80 + 0x80);
  return [...bytes, rest];
}
