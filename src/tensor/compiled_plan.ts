/**
 * A plan made ready on a device, with the buffers around it.
 *
 * @module
 */
import type { BufferSpec, Device, DeviceBuffer, Executable, Plan } from "../device/device.ts";
import { byteLengthOf, type Location, type Value } from "./value.ts";

/** Host data of one tensor; codes stay packed in 32-bit words. */
export type HostArray = Float32Array | Int32Array | Uint32Array;

/** Device buffers by spec, allocated when first asked for and disposed together. */
export class BufferSet implements Disposable {
  readonly #buffers = new Map<BufferSpec, DeviceBuffer>();

  /** An empty set of buffers on `device`. */
  constructor(
    /** Where they are allocated. */
    readonly device: Device,
  ) {}

  /**
   * The buffer of a spec, the same at every call.
   *
   * @throws {WorkError} If the device has no room for it.
   */
  get(spec: BufferSpec): DeviceBuffer {
    let buffer = this.#buffers.get(spec);
    if (!buffer) {
      buffer = this.device.allocate(spec);
      this.#buffers.set(spec, buffer);
    }
    return buffer;
  }

  /** Bytes of all buffers that were asked for so far. */
  get byteLength(): number {
    return [...this.#buffers.keys()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Gives the memory of every buffer back. */
  [Symbol.dispose](): void {
    for (const buffer of this.#buffers.values()) buffer[Symbol.dispose]();
    this.#buffers.clear();
  }
}

/** Says which set holds a buffer that outlives the plan; undefined: the plan's own. */
export type SharedBuffers = (spec: BufferSpec) => BufferSet | undefined;

/** An executable plan, its inputs and its results. */
export class CompiledPlan implements Disposable {
  #disposed = false;

  private constructor(
    /** Where it runs. */
    readonly device: Device,
    /** The plan, ready to run. */
    readonly executable: Executable,
    /** Every buffer of the plan's state, its own and the shared ones. */
    readonly buffers: ReadonlyMap<BufferSpec, DeviceBuffer>,
    /** Those of the buffers that are disposed with it. */
    readonly own: BufferSet,
  ) {}

  /**
   * Allocates what the plan needs and compiles it.
   *
   * @param shared Where the buffers that outlive the plan are found.
   * @throws {WorkError} If the device has no room or a kernel does not compile.
   */
  static async make(
    device: Device,
    plan: Plan,
    shared: SharedBuffers = () => undefined,
  ): Promise<CompiledPlan> {
    const own = new BufferSet(device);
    try {
      const buffers = new Map(plan.state.map((spec) => [spec, (shared(spec) ?? own).get(spec)]));
      return new CompiledPlan(device, await device.compile(plan, buffers), buffers, own);
    } catch (error) {
      own[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Enqueues one replay; returns before the work is done.
   *
   * @param step Content of the step uniform, from `encodeStep` say, for plans that read it; where absent, what was given
   * last, zeros at first.
   * @throws {RangeError} If it does not have the bytes that the plan states.
   */
  run(step?: ArrayBufferView): void {
    this.executable.run(step);
  }

  /**
   * Writes an input.
   *
   * @param leaf A value that lies in a buffer, from {@link input} say.
   * @param data All its elements, row-major.
   * @throws {RangeError} If the data does not have its size.
   */
  write(leaf: Value, data: HostArray): void {
    const location = locate(leaf);
    if (data.byteLength !== byteLengthOf(leaf)) {
      throw new RangeError(
        `Cannot write ${data.byteLength} bytes to ${location.buffer.label}: ` +
          `it holds ${byteLengthOf(leaf)}`,
      );
    }
    // An input that no kernel reads has no buffer.
    const buffer = this.buffers.get(location.buffer);
    if (buffer) this.device.write(buffer, data, location.byteOffset);
  }

  /**
   * Reads a value that lies in a buffer of its own, after everything enqueued so far.
   *
   * @returns All its elements, row-major; codes packed in words.
   * @throws {TypeError} If it shares its memory with others or is not part of this plan.
   */
  async read(value: Value): Promise<HostArray> {
    const { buffer, byteOffset } = locate(value);
    const source = this.buffers.get(buffer);
    if (!source) throw new TypeError(`Cannot read ${buffer.label}: it is not part of this plan`);
    const bytes = await this.device.read(source, byteOffset, byteLengthOf(value));
    if (value.dtype === "f32") return new Float32Array(bytes);
    return value.dtype === "i32" ? new Int32Array(bytes) : new Uint32Array(bytes);
  }

  /** Whether it was disposed. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Gives back the executable and the buffers that are its own; a second call does nothing. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.executable[Symbol.dispose]();
    this.own[Symbol.dispose]();
  }
}

function locate(value: Value): Location {
  if (!value.location) throw new TypeError("Cannot access a value that shares its memory");
  return value.location;
}
