/**
 * Weights that are used and not changed: codes and scales of what is quantized, values of everything else.
 *
 * @module
 */
import type { BufferSpec, Device, Plan } from "../device/device.ts";
import { InputError, WorkError } from "../errors.ts";
import { FloatReader } from "../files/float_reader.ts";
import type { OpenTensorFile, TensorFile } from "../files/tensor_file.ts";
import { ActivationRanges, type RangedModule } from "../nn/activation_ranges.ts";
import type { WeightThreshold } from "../nn/weight_codes.ts";
import {
  type ImagePlace,
  imageSize,
  type QuantizedWeight,
  type WeightImage,
  weightImage,
  wordsPerRow,
} from "../nn/weight_image.ts";
import type { BufferSet, CompiledPlan } from "../tensor/compiled_plan.ts";
import { type Parameter, ParameterLayout } from "../tensor/parameter.ts";
import { elementCount, type Value } from "../tensor/value.ts";
import { checkFinite, checkTensors, keptTensors } from "./check_tensors.ts";
import { DeviceMemory } from "./device_memory.ts";
import { largestPiece, type PiecedShape, PieceQuantizer } from "./piece_quantizer.ts";
import { RunningMaxima } from "./running_maxima.ts";
import { readImages, type TensorCodes } from "./tensor_codes.ts";
import { TrainingMemory } from "./training_memory.ts";
import { WeightThresholds } from "./weight_thresholds.ts";
import type { Network, Weights } from "./weights.ts";

/** Opens the file that weights came from once more. */
export type ReopenTensors = () => Promise<OpenTensorFile>;

/** Codes, scales and float tensors of one model on one device; no latent weights, gradients or optimizer state. */
export class InferenceWeights implements Weights {
  readonly thresholds: WeightThresholds;
  readonly runningMaxima: RunningMaxima;
  readonly #memory: DeviceMemory;
  readonly #floats: ParameterLayout;
  readonly #places: ReadonlyMap<QuantizedWeight, ImagePlace>;
  readonly #images: ReadonlyMap<Parameter, WeightImage>;
  readonly #ranges: ActivationRanges;
  #latents: { readonly reopen: ReopenTensors; readonly sha256: string | undefined } | undefined;

  /**
   * Room for the weights of a network, which {@link load} fills.
   *
   * @throws {RangeError} If one parameter alone exceeds what the device can bind.
   */
  constructor(
    /** Where they lie. */
    readonly device: Device,
    /** What they are the weights of. */
    readonly network: Network,
  ) {
    const { parameters, quantizedWeights, rangedModules } = network;
    const { maxBindingBytes } = device.description;
    const replaced = new Set(
      quantizedWeights.flatMap(({ parameter, learnedScales }) => [parameter, learnedScales]),
    );
    const floats = parameters.filter((parameter) => !replaced.has(parameter));
    this.#floats = new ParameterLayout(floats, maxBindingBytes);
    this.#places = placeImages(quantizedWeights, maxBindingBytes);
    this.#images = new Map(
      [...this.#places].map(([weight, place]) => [weight.parameter, weightImage(weight, place)]),
    );
    this.#ranges = new ActivationRanges(rangedModules);
    this.#memory = new DeviceMemory(device, [
      ...(floats.length > 0 ? this.#floats.shards.map(({ parameters }) => parameters) : []),
      ...new Set([...this.#places.values()].flatMap(({ codes, scales }) => [codes, scales])),
      ...(this.#ranges.spec ? [this.#ranges.spec] : []),
    ]);
    const { buffers } = this.#memory;
    this.thresholds = new WeightThresholds(thresholdsOf(quantizedWeights), buffers);
    this.runningMaxima = new RunningMaxima(this.#ranges, buffers);
  }

  /**
   * The values of a parameter.
   *
   * @throws {TypeError} If it is quantized: only its codes are kept.
   */
  float(parameter: Parameter): Value {
    if (this.#images.has(parameter)) {
      throw new TypeError(`Cannot use float values of ${parameter.name}: only its codes are kept`);
    }
    return this.#floats.value(parameter);
  }

  codes(parameter: Parameter): WeightImage {
    const image = this.#images.get(parameter);
    if (!image) throw new TypeError(`Cannot find codes of ${parameter.name}: it is not quantized`);
    return image;
  }

  range(module: RangedModule): Value {
    return this.#ranges.range(module);
  }

  get byteLength(): number {
    return this.#memory.byteLength;
  }

  buffersOf(spec: BufferSpec): BufferSet | undefined {
    return this.#memory.buffersOf(spec);
  }

  async compile(plan: Plan): Promise<CompiledPlan> {
    return await this.#memory.compile(plan);
  }

  /** Nothing: codes do not change. */
  async refresh(): Promise<void> {}

  readCodes(): AsyncGenerator<TensorCodes> {
    return readImages(this.#images, this.#memory.buffers);
  }

  /**
   * Quantizes and uploads the float tensors of a file, which are read piece by piece. After an error they are to be
   * disposed.
   *
   * @param file Every tensor of the model, of a floating-point type; learned scales may be missing: they start anew.
   * @param reopen Opens the file again, for {@link latents}.
   * @param onNote Receives a line about tensors that are left over.
   * @throws {InputError} If a tensor is missing, of another shape or not finite.
   */
  async load(
    file: TensorFile,
    reopen?: ReopenTensors,
    onNote?: (line: string) => void,
  ): Promise<void> {
    const keepers = [this.thresholds, this.runningMaxima];
    checkTensors(file, this.network.parameters, { keepers, derive: true, onNote });
    const state = await keptTensors(file, keepers);
    this.thresholds.set(this.thresholds.parse(state, file.source));
    this.runningMaxima.set(this.runningMaxima.parse(state, file.source));
    await this.#loadFloats(new FloatReader(file));
    await this.#loadCodes(file);
    await this.device.synchronize();
    this.#latents = reopen && { reopen, sha256: file.metadata.sha256 };
  }

  async #loadFloats(reader: FloatReader): Promise<void> {
    for (const parameter of this.#floats.parameters) {
      const { shard, offset } = this.#floats.placement(parameter);
      const buffer = this.#memory.buffers.get(shard.parameters);
      let from = offset;
      for (const { name, shape } of parameter.parts) {
        for await (const piece of reader.pieces(name)) {
          checkFinite(reader.file, name, piece);
          this.device.write(buffer, piece.values, 4 * (from + piece.offset));
        }
        from += elementCount(shape);
      }
    }
  }

  async #loadCodes(file: TensorFile): Promise<void> {
    const shapes = this.network.quantizedWeights.flatMap(matrixShapes);
    if (shapes.length === 0) return;
    using quantizer = new PieceQuantizer(this.device, shapes, (spec) => this.buffersOf(spec));
    const reader = new FloatReader(file, largestPiece(shapes));
    for (const [weight, place] of this.#places) {
      await this.#quantize(weight, place, reader, quantizer);
    }
  }

  async #quantize(
    weight: QuantizedWeight,
    place: ImagePlace,
    reader: FloatReader,
    quantizer: PieceQuantizer,
  ): Promise<void> {
    const { parameter, learnedScales, quantization } = weight;
    const learned = learnedScales && await readScales(learnedScales, parameter, reader);
    const format = quantization.weightQuantizer!.format(quantization.weightBits);
    const scaleStride = parameter.shape[0];
    let [row, scale] = [0, 0];
    for (const [part, shape] of matrixShapes(weight).entries()) {
      const { name } = parameter.parts[part];
      const { rows, columns } = shape;
      const scales = learnedScales ? elementCount(learnedScales.parts[part].shape) : 0;
      await quantizer.quantize({
        ...shape,
        format,
        threshold: this.thresholds.values.get(name) ?? 0,
        learned: learned?.subarray(scale, scale + scales),
        place: {
          ...place,
          word: place.word + row * wordsPerRow(columns),
          scale: place.scale + row,
        },
        scaleStride,
        async read(first, count) {
          const offset = first * columns;
          const values = await reader.read(name, offset, count * columns);
          checkFinite(reader.file, name, { offset, values });
          return values;
        },
      });
      row += rows;
      scale += scales;
    }
  }

  async latents(): Promise<TrainingMemory> {
    if (!this.#latents) {
      throw new InputError(
        "Cannot compute gradients of this model: it has no latent weights, only their codes",
      );
    }
    using file = await this.#latents.reopen();
    if (file.metadata.sha256 !== this.#latents.sha256) {
      throw new InputError(
        `Cannot fetch the latent weights from ${file.source}: ` +
          "it has changed since the model was loaded; load the model again",
      );
    }
    const memory = new TrainingMemory(this.device, this.network);
    try {
      await memory.load("parameters", file);
      const maxima = await this.runningMaxima.read();
      memory.runningMaxima.set(
        new Map([...maxima].map(([module, [maximum]]) => [module, maximum])),
      );
      return memory;
    } catch (error) {
      memory[Symbol.dispose]();
      throw error;
    }
  }

  /** Gives the memory of every buffer back. */
  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}

function matrixShapes({ parameter, quantization }: QuantizedWeight): PiecedShape[] {
  const granularity = quantization.weightGranularity;
  return parameter.matrices.map(({ shape: [rows, columns] }) => ({ rows, columns, granularity }));
}

/** Parameters of learned scales, or what they start from. */
async function readScales(
  scales: Parameter,
  weight: Parameter,
  reader: FloatReader,
): Promise<Float32Array> {
  const namesOf = ({ parts }: Parameter) => parts.map(({ name }) => name);
  const all = async (parameter: Parameter) => {
    const values = await reader.all(...namesOf(parameter));
    checkFinite(reader.file, parameter.name, { offset: 0, values });
    return values;
  };
  const { initializer } = scales;
  if (namesOf(scales).every((name) => reader.file.has(name))) return await all(scales);
  if (initializer.kind !== "derived") throw new TypeError(`${scales.name} is not derived`);
  return initializer.derive(await all(weight));
}

/** Places images one behind another, in as few buffers as the device can bind. */
function placeImages(
  weights: readonly QuantizedWeight[],
  maxBindingBytes: number,
): Map<QuantizedWeight, ImagePlace> {
  const groups: { weights: QuantizedWeight[]; words: number; scales: number }[] = [];
  for (const weight of weights) {
    const { words, scales } = imageSize(weight);
    if (4 * words > maxBindingBytes) {
      throw new WorkError(
        `Cannot place ${weight.parameter.name} of ${4 * words} bytes: ` +
          `the device binds at most ${maxBindingBytes} bytes; reduce the width`,
      );
    }
    let group = groups.at(-1);
    if (!group || 4 * (group.words + words) > maxBindingBytes) {
      groups.push(group = { weights: [], words: 0, scales: 0 });
    }
    group.weights.push(weight);
    group.words += words;
    group.scales += scales;
  }
  const places = new Map<QuantizedWeight, ImagePlace>();
  for (const [index, group] of groups.entries()) {
    const numbered = (label: string) => groups.length === 1 ? label : `${label} ${index}`;
    const codes: BufferSpec = { label: numbered("weight codes"), byteLength: group.words * 4 };
    const scales: BufferSpec = { label: numbered("weight scales"), byteLength: group.scales * 4 };
    let [word, scale] = [0, 0];
    for (const weight of group.weights) {
      places.set(weight, { codes, word, scales, scale });
      const size = imageSize(weight);
      word += size.words;
      scale += size.scales;
    }
  }
  return places;
}

/** The threshold of every matrix that is rounded by one, each in a buffer beside the weights. */
function thresholdsOf(weights: readonly QuantizedWeight[]): WeightThreshold[] {
  const names = weights.flatMap(({ parameter, quantization }) => {
    const { weightQuantizer, weightBits, weightThreshold: initial = 0 } = quantization;
    if (weightQuantizer?.format(weightBits).rounding !== "threshold") return [];
    return parameter.parts.map(({ name }) => ({ name, initial }));
  });
  const buffer: BufferSpec = { label: "weight thresholds", byteLength: 4 * names.length };
  return names.map((matrix, i) => ({ ...matrix, location: { buffer, byteOffset: 4 * i } }));
}
