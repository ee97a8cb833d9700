/**
 * Trainable parameters and how they lie in memory.
 *
 * All parameters of a model share one flat buffer (or a few, where one would exceed what a kernel can
 * bind), and gradients and what an optimizer keeps lie in buffers of the same layout. So the optimizer is one
 * dispatch per buffer and a checkpoint one read per buffer.
 *
 * @module
 */
import { BINDING_ALIGNMENT_BYTES, type BufferSpec } from "../device/device.ts";
import { elementCount, type Location, type Shape, type TensorType, Value } from "./value.ts";

/** How a parameter starts. */
export type Initializer =
  | { readonly kind: "normal"; readonly standardDeviation: number }
  | { readonly kind: "constant"; readonly value: number }
  | DerivedInitializer;

/** A parameter that starts from the values of another one, in whose buffer it lies. */
export interface DerivedInitializer {
  /** Which of the initializers. */
  readonly kind: "derived";
  /** The other one. */
  readonly from: Parameter;
  /** All elements of the parameter, of all elements of the other one. */
  derive(values: Float32Array): Float32Array;
}

/** One named tensor of the state dict: a block of rows of a {@link Parameter}. */
export interface ParameterPart {
  /** Name in the state dict (Hugging Face's). */
  readonly name: string;
  /** Its dimensions; all parts agree in all but the first. */
  readonly shape: Shape;
}

/** What a parameter is. */
export interface ParameterOptions {
  /**
   * The named tensors it consists of, one after another along the first dimension. Several where one
   * matrix product serves them all (query, key and value projections).
   */
  readonly parts: readonly ParameterPart[];
  /** How its elements are drawn at the start of a training. */
  readonly initializer: Initializer;
  /** Whether AdamW's weight decay applies. */
  readonly decay: boolean;
  /** Take each part as a matrix of this many columns: convolution kernels (N, C, H, W) as (N, C·H·W), say. */
  readonly columns?: number;
}

/**
 * What a trainable tensor is, wherever its values lie: it has no data and no place of its own. A trace that uses it asks
 * for a {@link ParameterValue}.
 */
export class Parameter implements TensorType {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
  /** Its values are float32. */
  readonly dtype = "f32";
  /** The named tensors it consists of, one after another along the first dimension. */
  readonly parts: readonly ParameterPart[];
  /** How its elements are drawn at the start of a training. */
  readonly initializer: Initializer;
  /** Whether AdamW's weight decay applies. */
  readonly decay: boolean;

  /**
   * A parameter of some parts.
   *
   * @throws {TypeError} If there are no parts.
   */
  constructor(options: ParameterOptions) {
    const [first] = options.parts;
    if (first === undefined) throw new TypeError("Cannot make a parameter without parts");
    const { columns } = options;
    const rest = columns === undefined ? first.shape.slice(1) : [columns];
    const rows = options.parts.reduce((sum, part) => sum + (part.shape[0] ?? 1), 0);
    this.shape = first.shape.length === 0 ? [] : [rows, ...rest];
    this.parts = options.parts;
    this.initializer = options.initializer;
    this.decay = options.decay;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  /** Its parts as the matrices that they are taken as: of a convolution kernel (N, C, H, W) it is (N, C·H·W). */
  get matrices(): { readonly name: string; readonly shape: readonly [N: number, K: number] }[] {
    const [, columns] = this.shape;
    return this.parts.map(({ name, shape: [rows] }) => ({ name, shape: [rows, columns] }));
  }

  /** Names of its parts, for messages. */
  get name(): string {
    return this.parts.map((part) => part.name).join(" + ");
  }
}

/** Those of `parameters` that start from the values of one of them. */
export function derivedFrom(
  parameter: Parameter,
  parameters: readonly Parameter[],
): Parameter[] {
  return parameters.filter(({ initializer }) =>
    initializer.kind === "derived" && initializer.from === parameter
  );
}

/**
 * A leaf that stands for a parameter: its values, or the codes that its quantizer makes of them. The gradient of a leaf,
 * for codes that of their dequantized value (the straight-through estimator, STE), is handed to the parameter.
 */
export class ParameterValue extends Value {
  /** What it stands for. */
  readonly parameter: Parameter;

  /**
   * The image of `parameter` at a place.
   *
   * @param location Where it lies; rows of i8 are padded to whole 32-bit words.
   * @param dtype f32 for values, i8 for codes.
   */
  constructor(parameter: Parameter, location: Location, dtype: "f32" | "i8" = "f32") {
    super({ shape: parameter.shape, dtype }, { location });
    this.parameter = parameter;
  }
}

/** One flat buffer of the layout. */
export interface Shard {
  /** Elements, gaps between aligned parameters included. */
  readonly length: number;
  /** Elements `[0, decayLength)` decay, the others do not. */
  readonly decayLength: number;
  /** The weights, f32. */
  readonly parameters: BufferSpec;
  /** d(loss)/d(weights), summed over the micro-batches of a step. */
  readonly gradients: BufferSpec;
}

/** Where one parameter lies. */
export interface Placement {
  /** The buffer it lies in. */
  readonly shard: Shard;
  /** First element within the shard. */
  readonly offset: number;
}

/** A named tensor of the state dict and where it lies. */
export interface PlacedPart extends ParameterPart {
  /** The parameter it is a block of rows of. */
  readonly parameter: Parameter;
  /** The buffer it lies in. */
  readonly shard: Shard;
  /** First element within the shard. */
  readonly offset: number;
}

/**
 * Assigns every parameter its place; parameters that decay come first in each shard.
 *
 * @example Lay out a matrix and a gain
 * ```ts
 * import assert from "node:assert/strict";
 * import { Parameter, ParameterLayout } from "../faces/tensor.ts";
 *
 * const gain = new Parameter({
 *   parts: [{ name: "norm.weight", shape: [8] }],
 *   initializer: { kind: "constant", value: 1 },
 *   decay: false,
 * });
 * const matrix = new Parameter({
 *   parts: [{ name: "q.weight", shape: [8, 8] }, { name: "k.weight", shape: [4, 8] }],
 *   initializer: { kind: "normal", standardDeviation: 0.02 },
 *   decay: true,
 * });
 * const layout = new ParameterLayout([gain, matrix], 2 ** 27);
 *
 * assert.deepEqual(matrix.shape, [12, 8]);
 * assert.equal(layout.parameterCount, 8 + 12 * 8);
 * assert.equal(layout.placement(matrix).offset, 0); // what decays lies first
 * assert.equal(layout.placement(gain).offset, 128); // 96 elements, rounded up to a bindable offset
 * ```
 */
export class ParameterLayout {
  /** Every parameter, in the order given. */
  readonly parameters: readonly Parameter[];
  /** The flat buffers; one, unless the model exceeds what a kernel can bind. */
  readonly shards: readonly Shard[];
  readonly #placements = new Map<Parameter, Placement>();
  readonly #values = new Map<Parameter, ParameterValue>();

  /**
   * Places the parameters.
   *
   * @param parameters In the order in which they shall lie.
   * @param maxBindingBytes Largest range a kernel can bind: a shard never exceeds it.
   * @throws {RangeError} If one parameter alone exceeds it.
   */
  constructor(parameters: readonly Parameter[], maxBindingBytes: number) {
    this.parameters = parameters;
    const alignment = BINDING_ALIGNMENT_BYTES / 4;
    const capacity = Math.floor(maxBindingBytes / BINDING_ALIGNMENT_BYTES) * alignment;
    const aligned = (parameter: Parameter) => Math.ceil(parameter.size / alignment) * alignment;

    const groups: Parameter[][] = [[]];
    let used = 0;
    for (const parameter of parameters) {
      if (parameter.initializer.kind === "derived") continue;
      const unit = [parameter, ...derivedFrom(parameter, parameters)];
      const size = unit.reduce((sum, member) => sum + aligned(member), 0);
      if (size > capacity) {
        throw new RangeError(
          `Cannot place ${parameter.name} of ${parameter.size * 4} bytes: ` +
            `the device binds at most ${maxBindingBytes} bytes; reduce the vocabulary or the width`,
        );
      }
      if (used + size > capacity) {
        groups.push([]);
        used = 0;
      }
      groups.at(-1)!.push(...unit);
      used += size;
    }

    this.shards = groups.map((group, index) => {
      const sorted = [...group.filter((p) => p.decay), ...group.filter((p) => !p.decay)];
      const length = sorted.reduce((sum, parameter) => sum + aligned(parameter), 0);
      const decayLength = group.filter((p) => p.decay)
        .reduce((sum, parameter) => sum + aligned(parameter), 0);
      const spec = (label: string): BufferSpec => ({
        label: groups.length === 1 ? label : `${label} ${index}`,
        byteLength: Math.max(length * 4, BINDING_ALIGNMENT_BYTES),
      });
      const shard: Shard = {
        length,
        decayLength,
        parameters: spec("parameters"),
        gradients: spec("gradients"),
      };
      let offset = 0;
      for (const parameter of sorted) {
        this.#placements.set(parameter, { shard, offset });
        const location = { buffer: shard.parameters, byteOffset: offset * 4 };
        this.#values.set(parameter, new ParameterValue(parameter, location));
        offset += aligned(parameter);
      }
      return shard;
    });
  }

  /** Number of trainable elements, gaps not counted. */
  get parameterCount(): number {
    return this.parameters.reduce((sum, parameter) => sum + parameter.size, 0);
  }

  /**
   * Where a parameter lies.
   *
   * @throws {TypeError} If it is not one of this layout.
   */
  placement(parameter: Parameter): Placement {
    const placement = this.#placements.get(parameter);
    if (!placement) throw new TypeError(`Cannot find ${parameter.name}: it is not in this layout`);
    return placement;
  }

  /**
   * The values of a parameter, a leaf of every graph that uses it.
   *
   * @throws {TypeError} If it is not one of this layout.
   */
  value(parameter: Parameter): ParameterValue {
    const value = this.#values.get(parameter);
    if (!value) throw new TypeError(`Cannot find ${parameter.name}: it is not in this layout`);
    return value;
  }

  /**
   * Where the gradient of a parameter lies.
   *
   * @throws {TypeError} If it is not one of this layout.
   */
  gradientLocation(parameter: Parameter): Location {
    const { shard, offset } = this.placement(parameter);
    return { buffer: shard.gradients, byteOffset: offset * 4 };
  }

  /** Every named tensor of the state dict with its place, in parameter order. */
  *parts(): Generator<PlacedPart> {
    for (const parameter of this.parameters) {
      const { shard, offset } = this.placement(parameter);
      let position = offset;
      for (const part of parameter.parts) {
        yield { ...part, parameter, shard, offset: position };
        position += elementCount(part.shape);
      }
    }
  }
}
