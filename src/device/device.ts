/**
 * The contract between the plan and whatever runs it.
 *
 * A {@link Plan} is a flat list of {@link Dispatch} records over whole buffers: kernel, constants,
 * what is read, what is written, how much work there is. A {@link Device} allocates buffers, compiles a
 * plan once, and replays it. Nothing above this file knows which device runs, and a device knows nothing
 * of ops, graphs or models: a kernel's declaration brings what it runs.
 *
 * @module
 */

import { WorkError } from "../errors.ts";
import type { Kernel } from "./kernel.ts";

/** Element types of device memory. `i8` values are packed four to a 32-bit word, rows padded to whole words. */
export type DType = "f32" | "i32" | "u32" | "i8";

/** Every buffer range that is bound starts at a multiple of this many bytes, on every device. */
export const BINDING_ALIGNMENT_BYTES = 256;

/** A buffer that a plan needs, by identity: two plans that name the same object share the memory. */
export interface BufferSpec {
  /** What it holds, for errors and reports. */
  readonly label: string;
  /** Size in bytes. */
  readonly byteLength: number;
  /** Content to upload when the buffer is allocated; zeros where absent. */
  readonly initial?: ArrayBufferView;
}

/** A part of a buffer. */
export interface BufferRange {
  /** The buffer it is part of. */
  readonly buffer: BufferSpec;
  /** Where it starts, in bytes: a multiple of {@link BINDING_ALIGNMENT_BYTES}. */
  readonly byteOffset: number;
  /** Its size in bytes. */
  readonly byteLength: number;
}

/** One kernel launch. */
export interface Dispatch {
  /** The kernel, the same on every device. */
  readonly kernel: Kernel;
  /** Sizes and flags, fixed for the life of the plan: every constant of the kernel. */
  readonly constants: Readonly<Record<string, number>>;
  /** Bound first, read-only, in the kernel's order; `null` is an optional operand that is absent. */
  readonly reads: readonly (BufferRange | null)[];
  /** Bound next, read and write, in the kernel's order. */
  readonly writes: readonly BufferRange[];
  /** Amount of work per dimension in the kernel's own unit (rows, elements, matrix columns × rows). */
  readonly extent: readonly [number, number, number];
  /** Bytes of the step uniform that it reads, bound last; 0: it reads none and none is bound. */
  readonly stepBytes: number;
  /** Which op emitted it, for reports. */
  readonly label: string;
  /** Floating-point operations it does, for reports; 0 if memory traffic is what matters. */
  readonly flops: number;
  /** Bytes it reads and writes at least, for reports; where absent, all of its operands. */
  readonly bytes?: number;
}

/** A compiled-once, replayed-often list of dispatches. */
export interface Plan {
  /** Kernel launches in the order in which they run. */
  readonly dispatches: readonly Dispatch[];
  /** Buffers that hold intermediate values and belong to this plan alone. */
  readonly slots: readonly BufferSpec[];
  /** Buffers that live outside the plan: parameters, inputs, results, constants. */
  readonly state: readonly BufferSpec[];
}

/** Size of a plan's step uniform, the scalars that change from replay to replay; 0 if no dispatch reads any. */
export function stepUniformBytes({ dispatches }: Plan): number {
  return dispatches.reduce((most, { stepBytes }) => Math.max(most, stepBytes), 0);
}

/**
 * Checks what a plan that reads a step uniform is to be run with.
 *
 * @param stepBytes What {@link stepUniformBytes} gives for it.
 * @throws {RangeError} If the step uniform has another size.
 */
export function checkStep(stepBytes: number, step: ArrayBufferView): void {
  if (step.byteLength === stepBytes) return;
  throw new RangeError(
    `Cannot run the plan with a step uniform of ${step.byteLength} bytes: it reads ${stepBytes}`,
  );
}

/** Memory on a device. Dispose it as soon as it is not needed: it is not left to the garbage collector. */
export interface DeviceBuffer extends Disposable {
  /** What it was allocated for. */
  readonly spec: BufferSpec;
}

/** How long one dispatch took. */
export interface DispatchTiming {
  /** Which dispatch. */
  readonly dispatch: Dispatch;
  /** Time on the device, in milliseconds. */
  readonly ms: number;
}

/** A replay stopped half way, on a device whose memory can still be read. */
export class DispatchError extends WorkError {
  /**
   * An error of one replay.
   *
   * @param message Says why it stopped.
   */
  constructor(
    message: string,
    /** The first dispatch that is not done; those after it have not begun. */
    readonly dispatchIndex: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A plan made ready on one device. */
export interface Executable extends Disposable {
  /** The plan it was compiled from. */
  readonly plan: Plan;
  /**
   * Enqueues one replay of the whole plan; returns before the work is done.
   *
   * @param step Content of the step uniform; where absent, what was given last, zeros at first. A plan that reads none
   * takes any.
   * @throws {RangeError} If the plan reads one of another size.
   */
  run(step?: ArrayBufferView): void;
  /**
   * Runs the plan once with every dispatch timed by itself, in plan order.
   *
   * @param step As in {@link Executable.run}.
   */
  profile(step?: ArrayBufferView): Promise<DispatchTiming[]>;
}

/** Which backend and which machine. */
export interface DeviceDescription {
  /** What runs the kernels. */
  readonly backend: "webgpu" | "cpu";
  /** The adapter's or processor's name, for people. */
  readonly name: string;
  /** True if the "GPU" is emulated on the processor. */
  readonly software: boolean;
  /** Largest buffer, in bytes. */
  readonly maxBufferBytes: number;
  /** Largest range one kernel can bind, in bytes. */
  readonly maxBindingBytes: number;
}

/** How many objects a device has created, to show that a steady state creates none. */
export interface DeviceCounters {
  /** Buffers allocated. */
  buffers: number;
  /** Sets of buffers bound to a kernel. */
  bindGroups: number;
  /** Kernels compiled, one per set of constants. */
  pipelines: number;
  /** Submissions to the queue. */
  submits: number;
}

/** Something that can run plans. */
export interface Device extends Disposable {
  /** Which backend and which machine. */
  readonly description: DeviceDescription;
  /** What it has created since it was opened. */
  readonly counters: Readonly<DeviceCounters>;
  /**
   * Allocates a buffer and uploads its initial content, zeros where there is none.
   *
   * @throws {WorkError} If the device has no room or cannot make a buffer this large.
   */
  allocate(spec: BufferSpec): DeviceBuffer;
  /**
   * Writes bytes; ordered with the plans that run before and after.
   *
   * @param byteOffset Where in the buffer to start; default 0.
   */
  write(buffer: DeviceBuffer, data: ArrayBufferView, byteOffset?: number): void;
  /**
   * Reads bytes once everything enqueued so far is done.
   *
   * @param byteOffset Where to start; default 0.
   * @param byteLength How much to read; default all that follows.
   */
  read(buffer: DeviceBuffer, byteOffset?: number, byteLength?: number): Promise<ArrayBuffer>;
  /**
   * Prepares a plan. Every buffer in `plan.state` must be in `buffers`.
   *
   * @throws {WorkError} If a kernel is missing or does not compile.
   */
  compile(plan: Plan, buffers: ReadonlyMap<BufferSpec, DeviceBuffer>): Promise<Executable>;
  /** Resolves when everything enqueued so far is done; rejects with the first error since the last call. */
  synchronize(): Promise<void>;
}
