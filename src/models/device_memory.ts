/**
 * Buffers on a device that outlive the plans which use them.
 *
 * @module
 */
import type { BufferSpec, Device, Plan } from "../device/device.ts";
import { BufferSet, CompiledPlan } from "../tensor/compiled_plan.ts";

/** Buffers that plans share, allocated when first used, and the plans over them. */
export class DeviceMemory implements Disposable {
  /** The buffers. */
  readonly buffers: BufferSet;
  readonly #specs: Set<BufferSpec>;
  readonly #plans = new Set<CompiledPlan>();

  /**
   * Memory of zeros.
   *
   * @param specs The buffers that plans share.
   */
  constructor(device: Device, specs: Iterable<BufferSpec>) {
    this.buffers = new BufferSet(device);
    this.#specs = new Set(specs);
  }

  /** Adds buffers that plans share. */
  share(specs: Iterable<BufferSpec>): void {
    for (const spec of specs) this.#specs.add(spec);
  }

  /** Bytes of all buffers, allocated or not. */
  get byteLength(): number {
    return [...this.#specs].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The buffers, if they are to hold this one. */
  buffersOf(spec: BufferSpec): BufferSet | undefined {
    return this.#specs.has(spec) ? this.buffers : undefined;
  }

  /**
   * Compiles a plan over these buffers; what else it needs is its own. It is disposed with the memory at the latest.
   *
   * @param beside A plan whose own buffers it shares, and which has to outlive it.
   * @throws {WorkError} If the device has no room or a kernel does not compile.
   */
  async compile(plan: Plan, beside?: CompiledPlan): Promise<CompiledPlan> {
    const compiled = await CompiledPlan.make(
      this.buffers.device,
      plan,
      (spec) => this.buffersOf(spec) ?? (beside?.buffers.has(spec) ? beside.own : undefined),
    );
    for (const plan of this.#plans) if (plan.disposed) this.#plans.delete(plan);
    this.#plans.add(compiled);
    return compiled;
  }

  /** Gives the memory of every buffer and plan back. */
  [Symbol.dispose](): void {
    for (const plan of this.#plans) plan[Symbol.dispose]();
    this.buffers[Symbol.dispose]();
  }
}
