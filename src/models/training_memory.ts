/**
 * The weights of a model that is trained: flat buffers of latent weights, and everything laid out like them.
 *
 * @module
 */
import { Random } from "../random.ts";
import type { BufferSpec, Device, Plan } from "../device/device.ts";
import { FloatReader } from "../files/float_reader.ts";
import { type StoredTensor, storedTensor } from "../files/tensor.ts";
import { joinTensors, type TensorFile, tensorsInMemory } from "../files/tensor_file.ts";
import { ActivationRanges, type RangedModule } from "../nn/activation_ranges.ts";
import { WeightCodes } from "../nn/weight_codes.ts";
import type { WeightImage } from "../nn/weight_image.ts";
import type { BufferSet, CompiledPlan } from "../tensor/compiled_plan.ts";
import { derivedFrom, type Parameter, ParameterLayout, type Shard } from "../tensor/parameter.ts";
import { makePlan } from "../tensor/plan.ts";
import { elementCount, type Value } from "../tensor/value.ts";
import { BlockReader } from "./block_reader.ts";
import { checkFinite, checkTensors, keptTensors } from "./check_tensors.ts";
import { DeviceMemory } from "./device_memory.ts";
import { layoutTensors } from "./layout_tensors.ts";
import { RunningMaxima } from "./running_maxima.ts";
import { readImages, type TensorCodes } from "./tensor_codes.ts";
import { WeightThresholds } from "./weight_thresholds.ts";
import type { Network, Weights } from "./weights.ts";

/** Named tensors, as a safetensors file holds them. */
export type StateDict = Map<string, StoredTensor>;

/**
 * Which of the flat buffers that share the layout of the parameters: `parameters`, `gradients`, or a state of the
 * optimizer by its name, such as `first_moment`.
 */
export type ShardBuffer = string;

/** Latent weights, gradients, states of the optimizer, and what the quantizers keep, of one model on one device. */
export class TrainingMemory implements Weights {
  /** Where each parameter lies. */
  readonly layout: ParameterLayout;
  /** Integer codes of the weights that are quantized. */
  readonly weightCodes: WeightCodes;
  /** Thresholds of the weights that are rounded by one. */
  readonly thresholds: WeightThresholds;
  /** Ranges of the activations that are quantized to a running maximum. */
  readonly ranges: ActivationRanges;
  /** The running maxima in them. */
  readonly runningMaxima: RunningMaxima;
  readonly #memory: DeviceMemory;
  readonly #states = new Map<string, ReadonlyMap<Shard, BufferSpec>>();
  #quantize: Promise<CompiledPlan> | undefined;

  /**
   * Lays out the parameters; buffers of zeros are allocated when first used.
   *
   * @throws {RangeError} If one parameter alone exceeds what the device can bind.
   */
  constructor(
    /** Where the buffers are. */
    readonly device: Device,
    /** What they are the weights of. */
    readonly network: Network,
  ) {
    const { parameters, quantizedWeights, rangedModules } = network;
    this.layout = new ParameterLayout(parameters, device.description.maxBindingBytes);
    this.weightCodes = new WeightCodes(this.layout, quantizedWeights);
    this.ranges = new ActivationRanges(rangedModules);
    this.#memory = new DeviceMemory(device, [
      ...this.layout.shards.flatMap(({ parameters, gradients }) => [parameters, gradients]),
      ...this.weightCodes.specs,
      ...(this.ranges.spec ? [this.ranges.spec] : []),
    ]);
    this.thresholds = new WeightThresholds(this.weightCodes.thresholds, this.#memory.buffers);
    this.runningMaxima = new RunningMaxima(this.ranges, this.#memory.buffers);
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
      this.#memory.share(state.values());
    }
    return state;
  }

  /** The latent values of a parameter. */
  float(parameter: Parameter): Value {
    return this.layout.value(parameter);
  }

  /** The codes of a parameter, as the last renewal in the running plan left them. */
  codes(parameter: Parameter): WeightImage {
    return this.weightCodes.image(parameter);
  }

  /** The running maximum behind a module. */
  range(module: RangedModule): Value {
    return this.ranges.range(module);
  }

  get byteLength(): number {
    return this.#memory.byteLength;
  }

  /** What of it is allocated so far, in bytes. */
  get allocatedByteLength(): number {
    return this.#memory.buffers.byteLength;
  }

  buffersOf(spec: BufferSpec): BufferSet | undefined {
    return this.#memory.buffersOf(spec);
  }

  /**
   * Compiles a plan over these buffers.
   *
   * @param beside A plan whose own buffers it shares, and which has to outlive it.
   * @throws {WorkError} If the device has no room or a kernel does not compile.
   */
  async compile(plan: Plan, beside?: CompiledPlan): Promise<CompiledPlan> {
    return await this.#memory.compile(plan, beside);
  }

  async refresh(): Promise<void> {
    const roots = this.weightCodes.quantize();
    if (roots.length === 0) return;
    this.#quantize ??= this.compile(makePlan(roots));
    (await this.#quantize).run();
  }

  /** Themselves. */
  latents(): Promise<TrainingMemory> {
    return Promise.resolve(this);
  }

  readCodes(): AsyncGenerator<TensorCodes> {
    return readImages(this.weightCodes.images, this.#memory.buffers);
  }

  /**
   * Draws every parameter anew, in the order of the state dict, and forgets running maxima.
   *
   * @param seed Integer from 0 to 2⁵³ − 1; equal seeds give equal weights.
   */
  initialize(seed: number): void {
    const random = new Random(seed, INITIALIZATION_STREAM);
    const { parameters } = this.layout;
    for (const parameter of parameters) {
      const { initializer, size } = parameter;
      if (initializer.kind === "derived") continue;
      const draw = initializer.kind === "constant"
        ? () => initializer.value
        : () => random.normal(0, initializer.standardDeviation);
      const derived = derivedFrom(parameter, parameters);
      // What others are made of is needed as a whole.
      const piece = new Float32Array(derived.length > 0 ? size : Math.min(size, PIECE_ELEMENTS));
      for (let from = 0; from < size; from += piece.length) {
        const values = piece.subarray(0, Math.min(piece.length, size - from));
        for (let i = 0; i < values.length; i++) values[i] = draw();
        this.#put("parameters", parameter, from, values);
      }
      for (const other of derived) this.#derive(other, piece);
    }
    this.runningMaxima.set(new Map());
  }

  /**
   * Starts what derives from other parameters anew from what those are now: learned scales from the weights, say after a
   * training in float. Moments stay.
   */
  async restartDerived(): Promise<void> {
    const reader = new BlockReader(this.#memory.buffers);
    for (const parameter of this.layout.parameters) {
      const derived = derivedFrom(parameter, this.layout.parameters);
      if (derived.length === 0) continue;
      const { shard, offset } = this.layout.placement(parameter);
      const values = new Float32Array(parameter.size);
      await reader.read(shard.parameters, offset * 4, new Uint8Array(values.buffer));
      for (const other of derived) this.#derive(other, values);
    }
  }

  /** @param values Of the parameter that this one derives from. */
  #derive(parameter: Parameter, values: Float32Array): void {
    const { initializer } = parameter;
    if (initializer.kind !== "derived") throw new TypeError(`${parameter.name} is not derived`);
    this.#put("parameters", parameter, 0, initializer.derive(values));
  }

  /** Uploads some elements of a parameter. */
  #put(kind: ShardBuffer, parameter: Parameter, from: number, values: Float32Array): void {
    const { shard, offset } = this.layout.placement(parameter);
    const buffer = this.#memory.buffers.get(this.shardBuffers(kind).get(shard)!);
    this.device.write(buffer, values, (offset + from) * 4);
  }

  /**
   * Uploads the tensors of a file, all of them or, if they do not fit, none. They are read piece by piece.
   *
   * @param kind Which buffers they go to. With the parameters go thresholds and running maxima; those that the file does
   * not have start anew.
   * @param file One tensor of a floating-point type per {@link ParameterLayout.parts}. Parameters that derive from others
   * may be missing: they start anew.
   * @param onNote Receives a line about tensors that are left over; without it there may be none.
   * @throws {InputError} If a tensor is missing, left over, of another shape or not finite.
   */
  async load(
    kind: ShardBuffer,
    file: TensorFile,
    onNote?: (line: string) => void,
  ): Promise<void> {
    const isWeights = kind === "parameters";
    const keepers = isWeights ? [this.thresholds, this.runningMaxima] : [];
    const { parameters } = this.layout;
    checkTensors(file, parameters, { keepers, derive: isWeights, onNote });
    const state = await keptTensors(file, keepers);
    const thresholds = this.thresholds.parse(state, file.source);
    const maxima = this.runningMaxima.parse(state, file.source);
    const isThere = (parameter: Parameter) => parameter.parts.every(({ name }) => file.has(name));
    const stored = parameters.filter(isThere);
    const reader = new FloatReader(file);
    for (const { name } of stored.flatMap(({ parts }) => parts)) {
      for await (const piece of reader.pieces(name)) checkFinite(file, name, piece);
    }

    for (const parameter of stored) {
      let from = 0;
      for (const { name, shape } of parameter.parts) {
        for await (const { offset, values } of reader.pieces(name)) {
          this.#put(kind, parameter, from + offset, values);
        }
        from += elementCount(shape);
      }
    }
    for (const parameter of stored) {
      const missing = derivedFrom(parameter, parameters).filter((other) => !isThere(other));
      if (missing.length === 0) continue;
      const values = await reader.all(...parameter.parts.map(({ name }) => name));
      for (const other of missing) this.#derive(other, values);
    }
    if (!isWeights) return;
    this.thresholds.set(thresholds);
    this.runningMaxima.set(maxima);
  }

  /**
   * Uploads a state dict, as {@link load} does.
   *
   * @param source Where it comes from, for messages.
   * @throws {InputError} If a tensor is missing, left over, of another shape or not finite.
   */
  async write(kind: ShardBuffer, state: StateDict, source: string): Promise<void> {
    await this.load(kind, tensorsInMemory(state, source));
  }

  /**
   * One kind of buffer as named float32 tensors, read from the device when they are asked for; thresholds and running
   * maxima go with the parameters. Its content is what it was when it was made as long as no plan runs.
   */
  async tensors(kind: ShardBuffer): Promise<TensorFile> {
    const source = `the ${kind.replace("_", " ")} of a model`;
    const flat = layoutTensors(
      this.layout,
      this.shardBuffers(kind),
      this.#memory.buffers,
      source,
    );
    if (kind !== "parameters") return flat;
    const kept = new Map([...this.thresholds.tensors(), ...await this.runningMaxima.tensors()]);
    return joinTensors([flat, tensorsInMemory(kept, source)], source);
  }

  /** Reads one kind of buffer back as a state dict; a large one is better taken piece by piece, from {@link tensors}. */
  async read(kind: ShardBuffer): Promise<StateDict> {
    const file = await this.tensors(kind);
    const reader = new FloatReader(file);
    const state: StateDict = new Map();
    for (const name of file.names) {
      state.set(name, storedTensor(await reader.all(name), file.shape(name)));
    }
    return state;
  }

  /** Gives the memory of every buffer back. */
  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}

/** Elements that are drawn and uploaded at a time. */
const PIECE_ELEMENTS = 1 << 18;

/** Batches and sampling draw from other streams of the same seed. */
const INITIALIZATION_STREAM = 1;
