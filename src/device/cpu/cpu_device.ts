/**
 * The CPU device: WebAssembly SIMD kernels on worker threads.
 *
 * @module
 */
import {
  type BufferSpec,
  type Device,
  type DeviceBuffer,
  type DeviceCounters,
  type DeviceDescription,
  type DispatchTiming,
  encodeStep,
  type Executable,
  type Plan,
  STEP_BYTES,
  type StepValues,
} from "../device.ts";
import { CpuMemory } from "./memory.ts";
import { layOutProgram, type ProgramLayout } from "./program.ts";
import { loadKernels } from "./module.ts";
import { CONTROL_BYTES, instantiate, type KernelExports, Threads } from "./threads.ts";

/** How to open a CPU device. */
export interface CpuDeviceOptions {
  /** Threads in all; default: as many as there are processors. */
  readonly threads?: number;
}

class CpuBuffer implements DeviceBuffer {
  constructor(readonly spec: BufferSpec, readonly address: number, readonly memory: CpuMemory) {}

  [Symbol.dispose](): void {
    this.memory.release(this.address, this.spec.byteLength);
  }
}

/** A device that computes on the processor. */
export class CpuDevice implements Device {
  readonly description: DeviceDescription;
  readonly memory: CpuMemory;
  readonly threads: Threads;
  readonly kernels: KernelExports;
  /** Address of the step values. */
  readonly step: number;
  readonly #functions: ReadonlyMap<string, number>;
  readonly #counters = { buffers: 0, bindGroups: 0, pipelines: 0, submits: 0 };
  #yieldedMs = performance.now();

  constructor(options: CpuDeviceOptions = {}) {
    const shared = typeof SharedArrayBuffer !== "undefined";
    const { module, names, relaxed } = loadKernels(shared);
    const processors = navigator.hardwareConcurrency;
    const count = shared ? options.threads ?? processors : 1;
    this.memory = new CpuMemory(shared);
    this.kernels = instantiate(module, this.memory.memory, names);
    const firstIndex = this.kernels.table.length - names.length;
    this.#functions = new Map(names.map((name, i) => [name, firstIndex + i]));
    const control = this.memory.allocate(CONTROL_BYTES, "thread control");
    this.step = this.memory.allocate(STEP_BYTES, "step values");
    this.threads = new Threads(
      count,
      module,
      this.memory.memory,
      control,
      names,
      this.kernels,
    );
    this.description = {
      backend: "cpu",
      name: `${count} thread${count === 1 ? "" : "s"}, WebAssembly ${
        relaxed ? "relaxed " : ""
      }SIMD`,
      software: false,
      maxBufferBytes: 2 ** 31,
      maxBindingBytes: 2 ** 31,
    };
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
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.memory.bytes.set(bytes, cpuBuffer(buffer).address + byteOffset);
  }

  async read(buffer: DeviceBuffer, byteOffset = 0, byteLength?: number): Promise<ArrayBuffer> {
    const { address, spec } = cpuBuffer(buffer);
    const length = byteLength ?? spec.byteLength - byteOffset;
    const copy = new Uint8Array(length);
    copy.set(this.memory.bytes.subarray(address + byteOffset, address + byteOffset + length));
    await this.synchronize();
    return copy.buffer;
  }

  compile(plan: Plan, buffers: ReadonlyMap<BufferSpec, DeviceBuffer>): Promise<Executable> {
    this.#counters.pipelines++;
    const layout = layOutProgram(plan, this.threads.count);
    const own: DeviceBuffer[] = [];
    const reserve = (label: string, byteLength: number) => {
      const buffer = this.allocate({ label, byteLength });
      own.push(buffer);
      return cpuBuffer(buffer).address;
    };
    const slots = new Map(plan.slots.map((spec) => {
      const buffer = this.allocate(spec);
      own.push(buffer);
      return [spec, buffer];
    }));
    const program = reserve("program", layout.byteLength);
    const scratch = reserve("kernel scratch", layout.scratchBytes);
    layout.write(new DataView(this.memory.memory.buffer), program, {
      step: this.step,
      scratch,
      addressOf({ buffer, byteOffset }) {
        const found = slots.get(buffer) ?? buffers.get(buffer);
        if (!found) throw new TypeError(`Cannot compile the plan: no buffer ${buffer.label}`);
        return cpuBuffer(found).address + byteOffset;
      },
      functionIndex: (entry) => {
        const index = this.#functions.get(entry);
        if (index === undefined) throw new TypeError(`Cannot find the kernel function ${entry}`);
        return index;
      },
    });
    return Promise.resolve(new CpuExecutable(this, plan, layout, program, own));
  }

  /** Runs phases of a program and waits for them. */
  execute(program: number, phases: number, step: StepValues | undefined): void {
    if (step) encodeStep(step, new DataView(this.memory.memory.buffer, this.step, STEP_BYTES));
    this.#counters.submits++;
    this.threads.run(program, phases);
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
    readonly own: readonly DeviceBuffer[],
  ) {}

  run(step?: StepValues): void {
    if (this.layout.phases > 0) this.device.execute(this.program, this.layout.phases, step);
  }

  profile(step?: StepValues): Promise<DispatchTiming[]> {
    const ms = new Float64Array(this.plan.dispatches.length);
    this.layout.dispatchOf.forEach((dispatch, phase) => {
      const started = performance.now();
      this.device.execute(this.program + PHASE_BYTES * phase, 1, step);
      ms[dispatch] += performance.now() - started;
    });
    return Promise.resolve(
      this.plan.dispatches.map((dispatch, index) => ({ dispatch, ms: ms[index] })),
    );
  }

  [Symbol.dispose](): void {
    for (const buffer of this.own) buffer[Symbol.dispose]();
  }
}

const PHASE_BYTES = 64;

function cpuBuffer(buffer: DeviceBuffer): CpuBuffer {
  if (!(buffer instanceof CpuBuffer)) {
    throw new TypeError(`Cannot use ${buffer.spec.label} on the CPU: it lies on another device`);
  }
  return buffer;
}
