/**
 * Events: what a record of an event file holds.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 * @module
 */
import {
  type Bytes,
  bytesField,
  concatenate,
  doubleField,
  integerField,
  readVarint,
} from "./protobuf.ts";

/** When an event was and to which step it belongs. */
export interface EventTime {
  /** Steps done. */
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
}

/** The first event of every file. */
export function fileVersion(time: EventTime): Bytes {
  return event(time, bytesField(3, "brain.Event:2"));
}

/** A run begins or goes on: readers forget what they have read of its step and of later ones. */
export function sessionStart(time: EventTime): Bytes {
  const start = 1;
  return event(time, bytesField(7, integerField(1, start)));
}

/**
 * Something to show.
 *
 * @param values `Summary.Value` messages.
 */
export function summary(time: EventTime, values: readonly Bytes[]): Bytes {
  return event(time, bytesField(5, concatenate(values.map((value) => bytesField(1, value)))));
}

/** Bytes of an event before its step: the wall time. */
const STEP_OFFSET = 9;
const STEP_FIELD = 2;

function event({ step, wallTime }: EventTime, what: Bytes): Bytes {
  // What is zero is left out, as everywhere in protocol buffers.
  const steps = step === 0 ? [] : [integerField(STEP_FIELD, step)];
  return concatenate([doubleField(1, wallTime), ...steps, what]);
}

/** The step of an event written here. */
export function stepOf(event: Uint8Array): number {
  const key = event[STEP_OFFSET] >> 3;
  return key === STEP_FIELD ? readVarint(event.subarray(STEP_OFFSET + 1)) ?? 0 : 0;
}
