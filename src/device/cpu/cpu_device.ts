/**
 * The CPU device: WebAssembly SIMD kernels on worker threads.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import {
  type BufferSpec,
  checkStep,
  type Device,
  type DeviceBuffer,
  type DeviceCounters,
  type DeviceDescription,
  DispatchError,
  type DispatchTiming,
  type Executable,
  type Plan,
  stepUniformBytes,
} from "../device.ts";
import { CpuMemory } from "./memory.ts";
import { isPhaseDone, layOutProgram, PHASE_BYTES, type ProgramLayout } from "./program.ts";
import { type LoadedKernels, loadKernels } from "./module.ts";
import { controlBytes, instantiate, threadCount, Threads } from "./threads.ts";

/** How to open a CPU device. */
export interface CpuDeviceOptions {
  /** Threads in all, 1 to 64; default: as many as there are processors. */
  readonly threads?: number;
  /** Whether threads can share memory, else there is one; default: if the engine can. */
  readonly shared?: boolean;
  /** Whether to use relaxed SIMD; default: if the engine can. */
  readonly relaxed?: boolean;
  /** Most memory it may use, in bytes; default and maximum: 4 GiB. */
  readonly maxMemoryBytes?: number;
}

class CpuBuffer implements DeviceBuffer {
  #released = false;

  constructor(readonly spec: BufferSpec, readonly address: number, readonly memory: CpuMemory) {}

  [Symbol.dispose](): void {
    if (this.#released) return;
    this.#released = true;
    this.memory.release(this.address, this.spec.byteLength);
  }
}

/** A device that computes on the processor. */
export class CpuDevice implements Device {
  readonly description: DeviceDescription;
  readonly memory: CpuMemory;
  readonly threads: Threads;
  /** Address of the words that the threads share. */
  readonly control: number;
  readonly #functions: ReadonlyMap<string, number>;
  readonly #counters = { buffers: 0, bindGroups: 0, pipelines: 0, submits: 0 };
  #yieldedMs = performance.now();

  private constructor(
    { module, names, relaxed }: LoadedKernels,
    { shared, count, maxMemoryBytes }: {
      readonly shared: boolean;
      readonly count: number;
      readonly maxMemoryBytes?: number;
    },
  ) {
    this.memory = new CpuMemory(shared, maxMemoryBytes);
    const { memory } = this.memory;
    const kernels = instantiate(module, memory, names);
    const firstIndex = kernels.table.length - names.length;
    this.#functions = new Map(names.map((name, i) => [name, firstIndex + i]));
    const control = this.control = this.memory.allocate(controlBytes(count), "thread control");
    this.threads = new Threads({ count, module, memory, control, names, kernels });
    const simd = relaxed ? "relaxed SIMD" : "SIMD";
    this.description = {
      backend: "cpu",
      name: `${count} thread${count === 1 ? "" : "s"}, WebAssembly ${simd}`,
      software: false,
      maxBufferBytes: 2 ** 31,
      maxBindingBytes: 2 ** 31,
    };
  }

  /**
   * Loads the kernels and starts the threads.
   *
   * @throws {RangeError} If `threads` is not an integer from 1 to 64.
   */
  static async open(options: CpuDeviceOptions = {}): Promise<CpuDevice> {
    const { shared = typeof SharedArrayBuffer !== "undefined", maxMemoryBytes } = options;
    const asked = threadCount(options.threads);
    const count = shared ? asked : 1;
    const kernels = await loadKernels(shared, options.relaxed);
    return new CpuDevice(kernels, { shared, count, maxMemoryBytes });
  }

  get counters(): DeviceCounters {
    return { ...this.#counters };
  }

  allocate(spec: BufferSpec): DeviceBuffer {
    this.#counters.buffers++;
    const address = this.memory.allocate(spec.byteLength, spec.label);
    const buffer = new CpuBuffer(spec, address, this.memory);
    if (spec.initial) this.write(buffer, spec.initial);
    return buffer;
  }

  write(buffer: DeviceBuffer, data: ArrayBufferView, byteOffset = 0): void {
    const { address, spec } = cpuBuffer(buffer);
    checkRange("write", spec, byteOffset, data.byteLength);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.memory.bytes.set(bytes, address + byteOffset);
  }

  async read(buffer: DeviceBuffer, byteOffset = 0, byteLength?: number): Promise<ArrayBuffer> {
    const { address, spec } = cpuBuffer(buffer);
    const length = byteLength ?? spec.byteLength - byteOffset;
    checkRange("read", spec, byteOffset, length);
    const start = address + byteOffset;
    const copy = new Uint8Array(length);
    copy.set(this.memory.bytes.subarray(start, start + length));
    await this.synchronize();
    return copy.buffer;
  }

  compile(plan: Plan, buffers: ReadonlyMap<BufferSpec, DeviceBuffer>): Promise<Executable> {
    return Promise.try(() => this.#compile(plan, buffers));
  }

  #compile(plan: Plan, buffers: ReadonlyMap<BufferSpec, DeviceBuffer>): Executable {
    const layout = layOutProgram(plan, this.threads.count);
    const own: DeviceBuffer[] = [];
    const reserve = (spec: BufferSpec) => {
      const buffer = this.allocate(spec);
      own.push(buffer);
      return buffer;
    };
    const addressOf = (buffer: DeviceBuffer) => cpuBuffer(buffer).address;
    try {
      const slots = new Map(plan.slots.map((spec) => [spec, reserve(spec)]));
      const program = addressOf(reserve({ label: "program", byteLength: layout.byteLength }));
      const scratch = reserve({ label: "kernel scratch", byteLength: layout.scratchBytes });
      const step = reserve({ label: "step uniform", byteLength: stepUniformBytes(plan) });
      layout.write(new DataView(this.memory.memory.buffer), program, {
        step: addressOf(step),
        scratch: addressOf(scratch),
        addressOf({ buffer, byteOffset }) {
          const found = slots.get(buffer) ?? buffers.get(buffer);
          if (!found) throw new TypeError(`Cannot compile the plan: no buffer ${buffer.label}`);
          return addressOf(found) + byteOffset;
        },
        functionIndex: (entry) => {
          const index = this.#functions.get(entry);
          if (index === undefined) throw new TypeError(`Cannot find the kernel function ${entry}`);
          return index;
        },
      });
      this.#counters.pipelines++;
      return new CpuExecutable(this, plan, layout, program, step, own);
    } catch (error) {
      for (const buffer of own) buffer[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Runs phases of a program and waits for them.
   *
   * @param shared Whether there is work in them for more than one thread.
   */
  execute(program: number, phases: number, shared: boolean): void {
    this.#counters.submits++;
    this.threads.run(program, phases, shared);
  }

  async synchronize(): Promise<void> {
    // Work is done when `execute` returns; what is owed is a turn to timers and signals.
    if (performance.now() - this.#yieldedMs < YIELD_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#yieldedMs = performance.now();
  }

  [Symbol.dispose](): void {
    this.threads[Symbol.dispose]();
  }
}

/** How long the event loop may be kept from timers and signals. */
const YIELD_MS = 50;

class CpuExecutable implements Executable {
  constructor(
    readonly device: CpuDevice,
    readonly plan: Plan,
    readonly layout: ProgramLayout,
    readonly program: number,
    readonly step: DeviceBuffer,
    readonly own: readonly DeviceBuffer[],
  ) {}

  run(step?: ArrayBufferView): void {
    this.#writeStep(step);
    const { phases } = this.layout;
    const shared = phases.some((phase) => phase.shared);
    if (phases.length === 0) return;
    try {
      this.device.execute(this.program, phases.length, shared);
    } catch (error) {
      if (!(error instanceof WorkError)) throw error;
      throw new DispatchError(error.message, this.#firstUndone(), { cause: error });
    }
  }

  #writeStep(step?: ArrayBufferView): void {
    const { byteLength } = this.step.spec;
    if (!step || byteLength === 0) return;
    checkStep(byteLength, step);
    this.device.write(this.step, step);
  }

  #firstUndone(): number {
    const { phases } = this.layout;
    const { buffer } = this.device.memory.memory;
    const undone = phases.findIndex((_, index) => {
      return !isPhaseDone(new DataView(buffer, this.program + PHASE_BYTES * index, PHASE_BYTES));
    });
    return phases[undone]?.dispatchIndex ?? this.plan.dispatches.length;
  }

  profile(step?: ArrayBufferView): Promise<DispatchTiming[]> {
    return Promise.try(() => this.#profile(step));
  }

  #profile(step?: ArrayBufferView): DispatchTiming[] {
    this.#writeStep(step);
    const ms = new Float64Array(this.plan.dispatches.length);
    this.layout.phases.forEach(({ dispatchIndex, shared }, phase) => {
      const startedMs = performance.now();
      this.device.execute(this.program + PHASE_BYTES * phase, 1, shared);
      ms[dispatchIndex] += performance.now() - startedMs;
    });
    return this.plan.dispatches.map((dispatch, index) => ({ dispatch, ms: ms[index] }));
  }

  [Symbol.dispose](): void {
    this.device.threads.settle();
    for (const buffer of this.own) buffer[Symbol.dispose]();
  }
}

function cpuBuffer(buffer: DeviceBuffer): CpuBuffer {
  if (!(buffer instanceof CpuBuffer)) {
    throw new TypeError(`Cannot use ${buffer.spec.label} on the CPU: it lies on another device`);
  }
  return buffer;
}

/** Nothing else keeps a transfer from reaching the buffers around. */
function checkRange(action: string, spec: BufferSpec, offset: number, byteLength: number): void {
  if (offset < 0 || byteLength < 0 || offset + byteLength > spec.byteLength) {
    throw new RangeError(
      `Cannot ${action} ${byteLength} bytes at ${offset} of ${spec.label}: ` +
        `it has ${spec.byteLength}`,
    );
  }
}
