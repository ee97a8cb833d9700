/**
 * From a graph to a flat list of dispatches over buffers.
 *
 * Nodes run in creation order. Values that lie nowhere yet share buffers ("slots"): a slot is free again
 * after the last dispatch that touches its value. A slot is always a whole buffer, because WebGPU lets no
 * dispatch read one part of a buffer and write another.
 *
 * @module
 */
import {
  BINDING_ALIGNMENT_BYTES,
  type BufferRange,
  type BufferSpec,
  type Dispatch,
  type Plan,
} from "../device/device.ts";
import { ancestors } from "./reverse.ts";
import type { KernelCall } from "./kernel_call.ts";
import { byteLengthOf, type Value } from "./value.ts";

interface LabelledCall extends KernelCall {
  readonly label: string;
}

/** A slot under construction: it grows to the largest value it ever holds. */
interface Slot {
  readonly label: string;
  byteLength: number;
}

const roundUp = (bytes: number) =>
  Math.max(1, Math.ceil(bytes / BINDING_ALIGNMENT_BYTES)) * BINDING_ALIGNMENT_BYTES;

/**
 * Plans everything that `results` depend on.
 *
 * @param results What the plan is run for. A result that lies nowhere yet gets a buffer of its own, which
 * no other value shares, so that it can be read after the run.
 */
export function makePlan(results: readonly Value[]): Plan {
  for (const [index, value] of results.entries()) {
    if (value.location || !value.node) continue;
    const byteLength = byteLengthOf(value);
    const label = `result ${index} of ${value.node.op.name}`;
    value.location = { buffer: { label, byteLength }, byteOffset: 0 };
  }
  const calls: LabelledCall[] = ancestors(results).flatMap((node) =>
    node.op.lower(node).map((call) => ({ ...call, label: node.op.name }))
  );
  const slotOf = assignSlots(calls);

  const state = new Set<BufferSpec>();
  for (const { location } of results) if (location) state.add(location.buffer);
  const rangeOf = (value: Value): BufferRange => {
    const byteLength = byteLengthOf(value);
    if (value.location) {
      state.add(value.location.buffer);
      return { ...value.location, byteLength };
    }
    return { buffer: slotOf.get(value)!, byteOffset: 0, byteLength };
  };
  const dispatches = calls.map((call): Dispatch => ({
    kernel: call.kernel,
    constants: call.constants,
    reads: call.reads.map((value) => value && rangeOf(value)),
    writes: call.writes.map(rangeOf),
    extent: [call.extent[0], call.extent[1] ?? 1, call.extent[2] ?? 1],
    stepBytes: call.stepBytes ?? 0,
    label: call.label,
    flops: call.flops ?? 0,
    bytes: call.bytes,
  }));
  return { dispatches, slots: [...new Set(slotOf.values())], state: [...state] };
}

/** Gives each unplaced value a slot; values whose lives do not overlap share one. */
function assignSlots(calls: readonly LabelledCall[]): Map<Value, BufferSpec> {
  const touched = calls.map((call) =>
    [...call.reads, ...call.writes].filter((v): v is Value => v !== null && !v.location)
  );
  const lastUse = new Map<Value, number>();
  touched.forEach((values, index) => values.forEach((value) => lastUse.set(value, index)));

  const slotOf = new Map<Value, Slot>();
  const free = new Set<Slot>();
  let count = 0;
  touched.forEach((values, index) => {
    for (const value of values) {
      if (slotOf.has(value)) continue;
      const byteLength = roundUp(byteLengthOf(value));
      const slot = bestFit(free, byteLength) ?? { label: `slot ${count++}`, byteLength };
      free.delete(slot);
      slot.byteLength = Math.max(slot.byteLength, byteLength);
      slotOf.set(value, slot);
    }
    // Only after the whole dispatch is placed: its outputs must not share a slot with its inputs.
    for (const value of values) if (lastUse.get(value) === index) free.add(slotOf.get(value)!);
  });
  return slotOf;
}

/** The smallest free slot that is large enough, else the largest, which then grows. */
function bestFit(free: ReadonlySet<Slot>, byteLength: number): Slot | undefined {
  let best: Slot | undefined;
  for (const slot of free) {
    const fits = slot.byteLength >= byteLength;
    const bestFits = best !== undefined && best.byteLength >= byteLength;
    if (
      best === undefined || (fits && !bestFits) ||
      (fits === bestFits &&
        (fits ? slot.byteLength < best.byteLength : slot.byteLength > best.byteLength))
    ) best = slot;
  }
  return best;
}

/** Several plans as one: they run one after another in a single pass and share nothing but state. */
export function concatenatePlans(plans: readonly Plan[]): Plan {
  return {
    dispatches: plans.flatMap((plan) => plan.dispatches),
    slots: plans.flatMap((plan) => plan.slots),
    state: [...new Set(plans.flatMap((plan) => plan.state))],
  };
}

/** Bytes of device memory a plan needs, intermediate values and state apart. */
export function planBytes(plan: Plan): { readonly slots: number; readonly state: number } {
  const sum = (specs: readonly BufferSpec[]) =>
    specs.reduce((bytes, spec) => bytes + roundUp(spec.byteLength), 0);
  return { slots: sum(plan.slots), state: sum(plan.state) };
}

/** Bytes a dispatch reads and writes at least. */
export function trafficBytes({ bytes, reads, writes }: Dispatch): number {
  return bytes ?? [...reads, ...writes].reduce((sum, range) => sum + (range?.byteLength ?? 0), 0);
}

/** The plan as a table: index, op, kernel, extent, FLOPs, bytes, where it reads and writes. */
export function formatPlan(plan: Plan): string {
  const place = (range: BufferRange | null) =>
    range === null ? "-" : range.buffer.label + (range.byteOffset ? `+${range.byteOffset}` : "");
  const rows = plan.dispatches.map((dispatch, index) =>
    [
      String(index).padStart(4),
      dispatch.label.padEnd(24),
      dispatch.kernel.name.padEnd(24),
      dispatch.extent.join("×").padEnd(14),
      `${dispatch.flops} FLOP`.padStart(16),
      `${trafficBytes(dispatch)} B`.padStart(14),
      `${dispatch.reads.map(place).join(", ")} → ${dispatch.writes.map(place).join(", ")}`,
    ].join("  ")
  );
  const { slots, state } = planBytes(plan);
  rows.push(`${plan.dispatches.length} dispatches, ${slots} B in slots, ${state} B of state`);
  return rows.join("\n");
}
