/**
 * The memory of a model on a device: flat parameter buffers, and everything laid out like them.
 *
 * @module
 */
import { Random } from "../random.ts";
import type { BufferSpec, Device, Plan } from "../device/device.ts";
import { InputError } from "../errors.ts";
import { type StoredTensor, storedTensor, toFloat32 } from "../files/tensor.ts";
import { ActivationRanges, type RangedModule } from "../nn/activation_ranges.ts";
import { type QuantizedWeight, WeightCodes } from "../nn/weight_codes.ts";
import { BufferSet, CompiledPlan } from "../tensor/compiled_plan.ts";
import { type Parameter, ParameterLayout, type Shard } from "../tensor/parameter.ts";
import { byteLengthOf, elementCount, type Value } from "../tensor/value.ts";
import { RunningMaxima } from "./running_maxima.ts";
import type { TensorCodes } from "./tensor_codes.ts";
import { WeightThresholds } from "./weight_thresholds.ts";

/** Named tensors, as a safetensors file holds them. */
export type StateDict = Map<string, StoredTensor>;

/**
 * Which of the flat buffers that share the layout of the parameters: `parameters`, `gradients`, or a state of the
 * optimizer by its name, such as `first_moment`.
 */
export type ShardBuffer = string;

/** Parameters, gradients, states of the optimizer, and what the quantizers keep, of one model on one device. */
export class ParameterMemory implements Disposable {
  /** Where each parameter lies. */
  readonly layout: ParameterLayout;
  /** Integer codes of the weights that are quantized. */
  readonly codes: WeightCodes;
  /** Thresholds of the weights that are rounded by one. */
  readonly thresholds: WeightThresholds;
  /** Ranges of the activations that are quantized to a running maximum. */
  readonly ranges: ActivationRanges;
  /** The running maxima in them. */
  readonly runningMaxima: RunningMaxima;
  readonly #plans = new Set<CompiledPlan>();
  readonly #buffers: BufferSet;
  readonly #shared: Set<BufferSpec>;
  readonly #states = new Map<string, ReadonlyMap<Shard, BufferSpec>>();

  /**
   * Lays out the parameters; buffers of zeros are allocated when first used.
   *
   * @param parameters Every parameter of the model, in the order of the state dict.
   * @param quantizedWeights Those that are quantized before each step.
   * @param rangedModules The modules whose output is quantized to a running maximum.
   * @throws {RangeError} If one parameter alone exceeds what the device can bind.
   */
  constructor(
    /** Where the buffers are. */
    readonly device: Device,
    parameters: readonly Parameter[],
    quantizedWeights: readonly QuantizedWeight[],
    rangedModules: readonly RangedModule[] = [],
  ) {
    this.layout = new ParameterLayout(parameters, device.description.maxBindingBytes);
    this.codes = new WeightCodes(this.layout, quantizedWeights);
    this.#buffers = new BufferSet(device);
    this.thresholds = new WeightThresholds(this.codes.thresholds, this.#buffers);
    this.ranges = new ActivationRanges(rangedModules);
    this.runningMaxima = new RunningMaxima(this.ranges, this.#buffers);
    this.#shared = new Set([
      ...this.layout.shards.flatMap(({ parameters, gradients }) => [parameters, gradients]),
      ...this.codes.specs,
      ...(this.ranges.spec ? [this.ranges.spec] : []),
    ]);
  }

  /**
   * One kind of the flat buffers, shard by shard. A state of an optimizer exists from the first time that it is asked
   * for, of zeros.
   */
  shardBuffers(kind: ShardBuffer): ReadonlyMap<Shard, BufferSpec> {
    const { shards } = this.layout;
    if (kind === "parameters" || kind === "gradients") {
      return new Map(shards.map((shard) => [shard, shard[kind]]));
    }
    let state = this.#states.get(kind);
    if (!state) {
      state = new Map(shards.map((shard, index) => {
        const label = shards.length === 1 ? kind : `${kind} ${index}`;
        return [shard, { label, byteLength: shard.parameters.byteLength }];
      }));
      this.#states.set(kind, state);
      for (const spec of state.values()) this.#shared.add(spec);
    }
    return state;
  }

  /**
   * Compiles a plan over these buffers; what else it needs is its own. It is disposed with the memory at
   * the latest.
   *
   * @throws {WorkError} If the device has no room or a kernel does not compile.
   */
  async compile(plan: Plan): Promise<CompiledPlan> {
    const compiled = await CompiledPlan.make(
      this.device,
      plan,
      (spec) => this.#shared.has(spec) ? this.#buffers : undefined,
    );
    for (const plan of this.#plans) if (plan.disposed) this.#plans.delete(plan);
    this.#plans.add(compiled);
    return compiled;
  }

  /**
   * Draws every parameter anew, in the order of the state dict, and forgets running maxima.
   *
   * @param seed Integer from 0 to 2⁵³ − 1; equal seeds give equal weights.
   */
  initialize(seed: number): void {
    const random = new Random(seed, INITIALIZATION_STREAM);
    this.#upload("parameters", ({ parameter, shape }) => {
      const values = new Float32Array(elementCount(shape));
      const { initializer } = parameter;
      switch (initializer.kind) {
        case "constant":
          return values.fill(initializer.value);
        case "normal":
          return values.map(() => random.normal(0, initializer.standardDeviation));
        case "derived":
          return undefined;
      }
    });
    this.runningMaxima.set(new Map());
  }

  /**
   * Starts what derives from other parameters anew from what those are now: learned scales from the weights, say after a
   * training in float. Moments stay.
   */
  async restartDerived(): Promise<void> {
    const derived = this.layout.parameters.filter(isDerived);
    if (derived.length === 0) return;
    const images = await this.#download("parameters");
    for (const parameter of derived) {
      const { shard, offset } = this.layout.placement(parameter);
      const values = this.#derive(parameter, images);
      this.device.write(this.#buffers.get(shard.parameters), values, offset * 4);
    }
  }

  #derive(parameter: Parameter, images: ReadonlyMap<Shard, Float32Array>): Float32Array {
    const { initializer } = parameter;
    if (initializer.kind !== "derived") throw new TypeError(`${parameter.name} is not derived`);
    const { shard, offset } = this.layout.placement(initializer.from);
    return initializer.derive(images.get(shard)!.subarray(offset, offset + initializer.from.size));
  }

  /**
   * Uploads a state dict, all of it or, on an error, nothing.
   *
   * @param kind Which buffers it goes to. With the parameters go thresholds and running maxima; those that the
   * state dict does not have start anew.
   * @param state One tensor of a floating-point type per {@link ParameterLayout.parts}. Parameters that derive from
   * others may be missing: they start anew.
   * @param source Where it comes from, for messages.
   * @throws {InputError} If a tensor is missing, left over, of another shape or not finite.
   */
  write(kind: ShardBuffer, state: StateDict, source: string): void {
    const known = new Set([...this.layout.parts()].map((part) => part.name));
    const quantizers = kind === "parameters" ? [this.thresholds, this.runningMaxima] : [];
    const extra = [...state.keys()].find((name) =>
      !known.has(name) && !quantizers.some((quantizer) => quantizer.has(name))
    );
    if (extra !== undefined) {
      throw new InputError(`Cannot load ${source}: this model has no tensor ${extra}`);
    }
    const kept = quantizers.map((quantizer) => quantizer.parse(state, source));
    this.#upload(kind, ({ name, shape, parameter }) => {
      const tensor = state.get(name);
      if (!tensor && kind === "parameters" && isDerived(parameter)) return undefined;
      if (!tensor) throw new InputError(`Cannot load ${source}: tensor ${name} is missing`);
      if (tensor.shape.join() !== shape.join()) {
        throw new InputError(
          `Cannot load ${source}: ${name} has shape (${tensor.shape.join(", ")}), ` +
            `this model needs (${shape.join(", ")})`,
        );
      }
      const values = toFloat32(tensor);
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        throw new InputError(`Cannot load ${source}: ${name} holds ${values[bad]} at ${bad}`);
      }
      return values;
    });
    quantizers.forEach((quantizer, i) => quantizer.set(kept[i]));
  }

  /** @param valuesOf Undefined where a parameter is to be derived. */
  #upload(
    kind: ShardBuffer,
    valuesOf: (
      part: { name: string; shape: readonly number[]; parameter: Parameter },
    ) => Float32Array | undefined,
  ): void {
    // Everything is collected first: a state dict that does not fit changes nothing.
    const images = new Map<Shard, Float32Array>(
      this.layout.shards.map((shard) => [shard, new Float32Array(shard.length)]),
    );
    const derived = new Set<Parameter>();
    for (const part of this.layout.parts()) {
      const values = valuesOf(part);
      if (values) images.get(part.shard)!.set(values, part.offset);
      else derived.add(part.parameter);
    }
    for (const parameter of derived) {
      const { shard, offset } = this.layout.placement(parameter);
      images.get(shard)!.set(this.#derive(parameter, images), offset);
    }
    const specs = this.shardBuffers(kind);
    for (const [shard, image] of images) {
      this.device.write(this.#buffers.get(specs.get(shard)!), image);
    }
  }

  /**
   * Reads one kind of buffer back as a state dict of float32 tensors; thresholds and running maxima go with the
   * parameters.
   */
  async read(kind: ShardBuffer): Promise<StateDict> {
    const images = await this.#download(kind);
    const state: StateDict = new Map();
    for (const { name, shape, shard, offset } of this.layout.parts()) {
      const image = images.get(shard)!;
      state.set(name, storedTensor(image.slice(offset, offset + elementCount(shape)), shape));
    }
    if (kind === "parameters") {
      for (const [name, tensor] of this.thresholds.tensors()) state.set(name, tensor);
      for (const [name, tensor] of await this.runningMaxima.tensors()) state.set(name, tensor);
    }
    return state;
  }

  async #download(kind: ShardBuffer): Promise<Map<Shard, Float32Array>> {
    const images = new Map<Shard, Float32Array>();
    for (const [shard, spec] of this.shardBuffers(kind)) {
      const bytes = await this.device.read(this.#buffers.get(spec), 0, shard.length * 4);
      images.set(shard, new Float32Array(bytes));
    }
    return images;
  }

  /** Reads codes and scales of every quantized tensor back, as the last plan that renewed them left them. */
  async readCodes(): Promise<TensorCodes[]> {
    const { images } = this.codes;
    const contents = new Map<BufferSpec, ArrayBuffer>();
    for (const value of [...images.values()].flatMap(({ codes, scales }) => [codes, scales])) {
      const spec = value.location!.buffer;
      if (contents.has(spec)) continue;
      contents.set(spec, await this.device.read(this.#buffers.get(spec), 0, spec.byteLength));
    }
    const bytesOf = (value: Value) => {
      const { buffer, byteOffset } = value.location!;
      return contents.get(buffer)!.slice(byteOffset, byteOffset + byteLengthOf(value));
    };
    return [...images].flatMap(([parameter, image]) => {
      const codes = new Int8Array(bytesOf(image.codes));
      const scales = new Float32Array(bytesOf(image.scales));
      const [rows] = parameter.shape;
      const [codesPerRow, groups] = [codes.length / rows, scales.length / rows];
      let row = 0;
      return parameter.matrices.map(({ name, shape }) => {
        const [from, to] = [row, row += shape[0]];
        return {
          name,
          shape,
          codes: codes.subarray(from * codesPerRow, to * codesPerRow),
          // On the device those of a group lie together.
          scales: Float32Array.from(
            { length: shape[0] * groups },
            (_, i) => scales[i % groups * rows + from + Math.floor(i / groups)],
          ),
          groupSize: image.groupSize,
        };
      });
    });
  }

  /** Gives the memory of every buffer back. */
  [Symbol.dispose](): void {
    for (const plan of this.#plans) plan[Symbol.dispose]();
    this.#buffers[Symbol.dispose]();
  }
}

const isDerived = ({ initializer }: Parameter) => initializer.kind === "derived";

/** Batches and sampling draw from other streams of the same seed. */
const INITIALIZATION_STREAM = 1;
