/**
 * Reads event files by another route than the one they are written by: the schema as TensorBoard publishes
 * it, a protocol buffer library, and the checksum by polynomial division bit by bit.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";

/** From event.proto, summary.proto, tensor.proto and tensor_shape.proto of TensorBoard: what is used. */
const SCHEMA = `
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
  }
  message SessionLog {
    enum SessionStatus { STATUS_UNSPECIFIED = 0; START = 1; STOP = 2; CHECKPOINT = 3; }
    SessionStatus status = 1;
  }
  message Summary {
    message Value {
      string tag = 1;
      SummaryMetadata metadata = 9;
      oneof value { float simple_value = 2; TensorProto tensor = 8; }
    }
    repeated Value value = 1;
  }
  message SummaryMetadata {
    message PluginData { string plugin_name = 1; bytes content = 2; }
    PluginData plugin_data = 1;
  }
  message TensorProto {
    enum DataType { DT_INVALID = 0; DT_FLOAT = 1; DT_DOUBLE = 2; DT_STRING = 7; }
    DataType dtype = 1;
    TensorShapeProto tensor_shape = 2;
    bytes tensor_content = 4;
    repeated bytes string_val = 8;
  }
  message TensorShapeProto {
    message Dim { int64 size = 1; }
    repeated Dim dim = 2;
  }`;

/** A message of type `Event` as a plain object; fields that are absent are absent. */
export interface ReadEvent {
  readonly wall_time: number;
  /** Absent in the first event of a file. */
  readonly step?: number;
  readonly file_version?: string;
  readonly session_log?: { readonly status: string };
  readonly summary?: { readonly value: readonly ReadValue[] };
}

/** A message of type `Summary.Value`. */
export interface ReadValue {
  readonly tag: string;
  readonly simple_value?: number;
  readonly metadata?: { readonly plugin_data: { readonly plugin_name: string } };
  readonly tensor?: {
    readonly dtype: string;
    readonly tensor_shape: { readonly dim?: readonly { readonly size: number }[] };
    readonly tensor_content?: Uint8Array;
    readonly string_val?: readonly Uint8Array[];
  };
}

const specifier = "npm:protobufjs@8.8.1";
const { default: protobuf } = await import(specifier);
const eventType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType("Event");

/** Decodes an event, and asserts that it holds nothing the schema does not know. */
function decode(data: Uint8Array): ReadEvent {
  const message = eventType.decode(data);
  assert.equal(eventType.encode(message).finish().length, data.length, "unknown fields");
  return eventType.toObject(message, { longs: Number, enums: String });
}

/** (crc rotated right by 15) + 0xa282ead8, of the CRC-32C. */
export function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  const rotated = (crc >> 15n) | (crc << 17n) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

/**
 * The events of a file, every checksum verified.
 *
 * @param truncated Whether the file may end within a record, which is then left out.
 */
export function parseEvents(file: Uint8Array, truncated = false): ReadEvent[] {
  const events: ReadEvent[] = [];
  let rest = file;
  const take = (count: number): Uint8Array | undefined => {
    if (rest.length < count) return undefined;
    const taken = rest.slice(0, count);
    rest = rest.subarray(count);
    return taken;
  };
  const littleEndian = (bytes: Uint8Array) =>
    bytes.reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
  while (rest.length > 0) {
    const [length, lengthChecksum] = [take(8), take(4)];
    const data = length && lengthChecksum && take(littleEndian(length));
    const dataChecksum = data && take(4);
    if (!dataChecksum) {
      assert.ok(truncated, "the file ends within a record");
      break;
    }
    assert.equal(littleEndian(lengthChecksum), maskedChecksum(length), "checksum of a length");
    assert.equal(littleEndian(dataChecksum), maskedChecksum(data), "checksum of an event");
    events.push(decode(data));
  }
  return events;
}

/** The events of every event file of a run, by file, in the order in which TensorBoard reads them. */
export async function readEventFiles(directory: string): Promise<ReadEvent[][]> {
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  const files = names.filter((name) => name.includes("tfevents")).sort();
  return await Promise.all(
    files.map(async (name) => parseEvents(await Deno.readFile(join(directory, name)))),
  );
}

/** Every value of some events, with its step. */
export function valuesOf(events: readonly ReadEvent[]): (ReadValue & { readonly step: number })[] {
  return events.flatMap(({ step = 0, summary }) =>
    (summary?.value ?? []).map((value) => ({ ...value, step }))
  );
}

/** The points of a scalar. */
export function scalarOf(events: readonly ReadEvent[], tag: string): [number, number][] {
  return valuesOf(events).filter((value) => value.tag === tag)
    .map(({ step, simple_value }) => [step, simple_value!]);
}

/** Rows of a histogram: left, right, count. */
export function bucketsOf({ metadata, tensor }: ReadValue): number[][] {
  assert.equal(metadata?.plugin_data.plugin_name, "histograms");
  assert.equal(tensor?.dtype, "DT_DOUBLE");
  const [rows, columns] = tensor.tensor_shape.dim!.map(({ size }) => size);
  assert.equal(columns, 3);
  const content = Float64Array.from({ length: rows * 3 }, (_, index) => {
    const { buffer, byteOffset } = tensor.tensor_content!;
    return new DataView(buffer, byteOffset).getFloat64(index * 8, true);
  });
  assert.equal(tensor.tensor_content!.length, content.byteLength);
  return Array.from({ length: rows }, (_, row) => [...content.subarray(row * 3, row * 3 + 3)]);
}
