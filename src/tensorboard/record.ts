/**
 * Records of an event file: length, checksum of the length, data, checksum of the data.
 *
 * @see https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 * @module
 */
import { maskedCrc32c } from "./crc32c.ts";
import type { Bytes } from "./protobuf.ts";

const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + CHECKSUM_BYTES;

/** Frames data as a record. */
export function encodeRecord(data: Uint8Array): Bytes {
  const record = new Uint8Array(HEAD_BYTES + data.length + CHECKSUM_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(LENGTH_BYTES, maskedCrc32c(record.subarray(0, LENGTH_BYTES)), true);
  record.set(data, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + data.length, maskedCrc32c(data), true);
  return record;
}

/** The records of a file and where each ends, up to the first that is incomplete or damaged. */
export function* readRecords(file: Uint8Array): Generator<{ data: Uint8Array; end: number }> {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let start = 0; start + HEAD_BYTES <= file.length;) {
    const length = file.subarray(start, start + LENGTH_BYTES);
    if (view.getUint32(start + LENGTH_BYTES, true) !== maskedCrc32c(length)) return;
    const dataEnd = start + HEAD_BYTES + Number(view.getBigUint64(start, true));
    const end = dataEnd + CHECKSUM_BYTES;
    if (end > file.length) return;
    const data = file.subarray(start + HEAD_BYTES, dataEnd);
    if (view.getUint32(dataEnd, true) !== maskedCrc32c(data)) return;
    yield { data, end };
    start = end;
  }
}
