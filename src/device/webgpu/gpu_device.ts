/**
 * The WebGPU device: buffers, bind groups and one compute pass per replay.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import {
  BINDING_ALIGNMENT_BYTES,
  type BufferRange,
  type BufferSpec,
  checkStep,
  type Device,
  type DeviceBuffer,
  type DeviceCounters,
  type DeviceDescription,
  type DispatchTiming,
  type Executable,
  type Plan,
  stepUniformBytes,
} from "../device.ts";
import { ErrorWatch, oneLine } from "./errors.ts";
import { PipelineCache } from "./pipeline.ts";
import { workgroupCounts } from "./variant.ts";

const roundUp = (bytes: number, multiple: number) => Math.ceil(bytes / multiple) * multiple;

class GpuBuffer implements DeviceBuffer {
  constructor(readonly spec: BufferSpec, readonly buffer: GPUBuffer) {}

  [Symbol.dispose](): void {
    this.buffer.destroy();
  }
}

/** A device backed by a WebGPU adapter. */
export class GpuDevice implements Device {
  readonly description: DeviceDescription;
  readonly gpu: GPUDevice;
  readonly pipelines: PipelineCache;
  readonly errors: ErrorWatch;
  /** Bound in place of an absent operand. */
  readonly absent: GPUBuffer;
  readonly #counters = { buffers: 0, bindGroups: 0, submits: 0 };
  #staging: GPUBuffer | undefined;

  constructor(gpu: GPUDevice, description: DeviceDescription) {
    this.gpu = gpu;
    this.description = description;
    this.errors = new ErrorWatch(gpu);
    this.pipelines = new PipelineCache(gpu, description.software);
    this.absent = this.#create("absent operand", BINDING_ALIGNMENT_BYTES, GPUBufferUsage.STORAGE);
  }

  get counters(): DeviceCounters {
    return { ...this.#counters, pipelines: this.pipelines.created };
  }

  #create(label: string, size: number, usage: number): GPUBuffer {
    this.errors.check();
    if (size > this.description.maxBufferBytes) {
      throw new WorkError(
        `Cannot allocate ${size} bytes for ${label}: ${this.description.name} allows ` +
          `${this.description.maxBufferBytes} bytes per buffer; reduce the batch, the context or the width`,
      );
    }
    this.#counters.buffers++;
    this.gpu.pushErrorScope("out-of-memory");
    const buffer = this.gpu.createBuffer({ label, size, usage });
    this.gpu.popErrorScope().then((error) => {
      if (!error) return;
      this.errors.keep(
        new WorkError(
          `Cannot allocate ${size} bytes for ${label}: the GPU is out of memory; ` +
            "reduce the batch, the context or the width",
        ),
      );
    });
    return buffer;
  }

  #createStep(byteLength: number): GPUBuffer {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    return this.#create("step uniform", byteLength, usage);
  }

  allocate(spec: BufferSpec): DeviceBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const size = roundUp(Math.max(1, spec.byteLength), BINDING_ALIGNMENT_BYTES);
    const buffer = new GpuBuffer(spec, this.#create(spec.label, size, usage));
    if (spec.initial) this.write(buffer, spec.initial);
    return buffer;
  }

  write(buffer: DeviceBuffer, data: ArrayBufferView, byteOffset = 0): void {
    this.errors.check();
    this.gpu.queue.writeBuffer(
      gpuBuffer(buffer),
      byteOffset,
      data.buffer as ArrayBuffer,
      data.byteOffset,
      data.byteLength,
    );
  }

  async read(buffer: DeviceBuffer, byteOffset = 0, byteLength?: number): Promise<ArrayBuffer> {
    const length = byteLength ?? buffer.spec.byteLength - byteOffset;
    const size = roundUp(Math.max(length, 4), 4);
    // One staging buffer is kept and grown, so that reading the loss creates nothing.
    let staging = this.#staging;
    if (!staging || staging.size < size) {
      staging?.destroy();
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
      staging = this.#create("readback", roundUp(size, BINDING_ALIGNMENT_BYTES), usage);
      this.#staging = staging;
    }
    const encoder = this.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(gpuBuffer(buffer), byteOffset, staging, 0, size);
    this.gpu.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ, 0, size);
    } catch (error) {
      await this.#settle();
      throw new WorkError(
        `Cannot read ${buffer.spec.label} back from the GPU: ${
          oneLine(error instanceof Error ? error.message : String(error))
        }`,
      );
    }
    const bytes = staging.getMappedRange(0, size).slice(0, length);
    staging.unmap();
    await this.#settle();
    return bytes;
  }

  async compile(
    plan: Plan,
    buffers: ReadonlyMap<BufferSpec, DeviceBuffer>,
  ): Promise<Executable> {
    for (const { label, kernel, reads, writes } of plan.dispatches) {
      const largest = Math.max(...[...reads, ...writes].map((range) => range?.byteLength ?? 0));
      if (largest > this.description.maxBindingBytes) {
        throw new WorkError(
          `Cannot bind ${largest} bytes in ${label} (${kernel.name}): ${this.description.name} ` +
            `allows ${this.description.maxBindingBytes}; ` +
            "reduce the batch, the context or the vocabulary",
        );
      }
    }
    const pipelines = await Promise.all(plan.dispatches.map((d) => this.pipelines.get(d)));
    const slots = new Map(plan.slots.map((spec) => [spec, this.allocate(spec)]));
    const stepBytes = stepUniformBytes(plan);
    const step = stepBytes > 0 ? this.#createStep(stepBytes) : undefined;
    const resolve = (range: BufferRange | null): GPUBufferBinding => {
      if (range === null) return { buffer: this.absent };
      const buffer = slots.get(range.buffer) ?? buffers.get(range.buffer);
      if (!buffer) throw new TypeError(`Cannot compile the plan: no buffer ${range.buffer.label}`);
      // Kernels read four elements at a time: the last, partial four must be inside the binding.
      const size = roundUp(Math.max(range.byteLength, 16), 16);
      return { buffer: gpuBuffer(buffer), offset: range.byteOffset, size };
    };
    this.gpu.pushErrorScope("validation");
    const launches = plan.dispatches.map((dispatch, index): Launch => {
      const { variant, pipeline, layout } = pipelines[index];
      const bindings = [...dispatch.reads, ...dispatch.writes].map(resolve);
      if (step && dispatch.stepBytes > 0) bindings.push({ buffer: step });
      this.#counters.bindGroups++;
      const group = this.gpu.createBindGroup({
        label: dispatch.label,
        layout,
        entries: bindings.map((resource, binding) => ({ binding, resource })),
      });
      return { pipeline, group, workgroups: workgroupCounts(dispatch, variant) };
    });
    const invalid = await this.gpu.popErrorScope();
    if (invalid) {
      for (const slot of slots.values()) slot[Symbol.dispose]();
      step?.destroy();
      throw new WorkError(`Cannot bind the plan's buffers: ${oneLine(invalid.message)}`);
    }
    this.errors.check();
    return new GpuExecutable(this, plan, launches, step, [...slots.values()]);
  }

  /** Submits one encoded replay. */
  submit(encoder: GPUCommandEncoder): void {
    this.gpu.queue.submit([encoder.finish()]);
    this.#counters.submits++;
  }

  async synchronize(): Promise<void> {
    await this.gpu.queue.onSubmittedWorkDone();
    await this.#settle();
  }

  /** Gives error events, which arrive as tasks, the chance to be delivered, then throws them. */
  async #settle(): Promise<void> {
    await Promise.resolve();
    this.errors.check();
  }

  [Symbol.dispose](): void {
    this.errors.dispose();
    this.#staging?.destroy();
    this.absent.destroy();
    this.gpu.destroy();
  }
}

interface Launch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

class GpuExecutable implements Executable {
  constructor(
    readonly device: GpuDevice,
    readonly plan: Plan,
    readonly launches: readonly Launch[],
    readonly step: GPUBuffer | undefined,
    readonly slots: readonly DeviceBuffer[],
  ) {}

  run(step?: ArrayBufferView): void {
    this.device.errors.check();
    this.#writeStep(step);
    const encoder = this.device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    let current: GPUComputePipeline | undefined;
    for (const { pipeline, group, workgroups } of this.launches) {
      if (pipeline !== current) pass.setPipeline(current = pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
    pass.end();
    this.device.submit(encoder);
  }

  #writeStep(step?: ArrayBufferView): void {
    if (!step || !this.step) return;
    checkStep(this.step.size, step);
    const { buffer, byteOffset, byteLength } = step;
    this.device.gpu.queue.writeBuffer(this.step, 0, buffer as ArrayBuffer, byteOffset, byteLength);
  }

  async profile(step?: ArrayBufferView): Promise<DispatchTiming[]> {
    const { gpu } = this.device;
    if (!gpu.features.has("timestamp-query")) {
      throw new WorkError("Cannot profile: this adapter has no timestamp-query feature");
    }
    this.#writeStep(step);
    const count = this.launches.length * 2;
    const querySet = gpu.createQuerySet({ type: "timestamp", count });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    const resolved = gpu.createBuffer({ size: count * 8, usage });
    const spec: BufferSpec = { label: "timestamps", byteLength: count * 8 };
    try {
      const encoder = gpu.createCommandEncoder();
      this.launches.forEach(({ pipeline, group, workgroups }, index) => {
        const pass = encoder.beginComputePass({
          timestampWrites: {
            querySet,
            beginningOfPassWriteIndex: 2 * index,
            endOfPassWriteIndex: 2 * index + 1,
          },
        });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
        pass.end();
      });
      encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
      this.device.submit(encoder);
      const ticks = new BigInt64Array(await this.device.read(new GpuBuffer(spec, resolved)));
      return this.plan.dispatches.map((dispatch, index) => ({
        dispatch,
        ms: Number(ticks[2 * index + 1] - ticks[2 * index]) / 1e6,
      }));
    } finally {
      querySet.destroy();
      resolved.destroy();
    }
  }

  [Symbol.dispose](): void {
    for (const slot of this.slots) slot[Symbol.dispose]();
    this.step?.destroy();
  }
}

function gpuBuffer(buffer: DeviceBuffer): GPUBuffer {
  if (!(buffer instanceof GpuBuffer)) {
    throw new TypeError(`Cannot use ${buffer.spec.label} on the GPU: it lies on another device`);
  }
  return buffer.buffer;
}
