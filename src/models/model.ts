/**
 * What models of every family have in common: parameters on a device, compiled plans, gradients.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import { toFloat32 } from "../files/tensor.ts";
import type { Quantization } from "../nn/quantization.ts";
import { encodeStep } from "../ops/step_values.ts";
import type { CompiledPlan } from "../tensor/compiled_plan.ts";
import { reverse } from "../tensor/reverse.ts";
import { constant, type Value } from "../tensor/value.ts";
import { modelText } from "./model_text.ts";
import { TrainingMemory } from "./training_memory.ts";
import type { Network, Weights, WeightSource } from "./weights.ts";

export type { Network } from "./weights.ts";

/** What the configurations of all models say. */
export interface ModelConfig {
  /** Of the linear layers of all blocks. */
  readonly quantization: Quantization;
}

/** Bits of what is quantized at a width of its own, by a family's names for it. */
export type OtherWidths = Readonly<Record<string, number | undefined>>;

/** What a model is given: numbers row by row, or those of several inputs by their names. */
export type ModelInput =
  | Int32Array
  | Float32Array
  | Readonly<Record<string, Int32Array | Float32Array>>;

/** Shapes of several inputs by their names, each with the batch first. */
export type InputShapes = Readonly<Record<string, readonly number[]>>;

/** Shape of a batch, and what a forward pass is asked for besides the logits. */
export interface ModelCall {
  /** Shape of the input, the batch first. */
  readonly shape: readonly number[];
  /** Tokens that text should predict. */
  readonly targets?: Int32Array;
  /** Classes that images are of. */
  readonly labels?: Int32Array;
  /** Whether the attention maps of an image model are wanted. */
  readonly attention?: boolean;
}

/** What a forward pass gives. */
export interface ModelResult {
  /** Unnormalized log probabilities, row by row. */
  readonly logits: Float32Array;
  /** Mean cross-entropy in nats; absent without targets or labels. */
  readonly loss?: number;
  /** Attention maps, if asked for. */
  readonly attention?: Float32Array;
}

/** How a training step runs a micro-batch. */
export interface LossOptions {
  /** Share of a target's probability that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Whether the quantizers act. */
  readonly quantized: boolean;
  /** Position within the step, from 0: micro-batches do not share dropout masks. */
  readonly microBatch: number;
}

/**
 * The graph of one micro-batch.
 *
 * @typeParam Batch What the host hands over for it.
 */
export interface LossTrace<Batch> {
  /** () f32, the mean loss in nats. */
  readonly loss: Value;
  /**
   * Writes a batch to where a plan of this graph reads it.
   *
   * @throws {RangeError} If it does not have the size that was traced.
   */
  write(plan: CompiledPlan, batch: Batch): void;
}

/**
 * What a training step needs of a model.
 *
 * @typeParam Batch What a micro-batch is.
 * @typeParam Size How large it is.
 */
export interface Trainable<Batch, Size> {
  /** The buffers its parameters lie in. */
  readonly memory: TrainingMemory;
  /** Traces the loss of a micro-batch. */
  traceLoss(size: Size, options: LossOptions): LossTrace<Batch>;
}

/** A compiled plan with whatever belongs to it. */
export interface Planned {
  /** The plan, ready to run. */
  readonly plan: CompiledPlan;
}

/** Plans that are kept for shapes that may come again. */
const MAX_PLANS = 8;

/** A model whose parameters lie on a device. Dispose it when done. */
export abstract class Model implements Disposable {
  /** What kind of model it is. */
  abstract readonly family: string;
  /** Sizes and quantization. */
  abstract readonly config: ModelConfig;
  /** Its parameters and how it is traced. */
  abstract readonly network: Network;
  /**
   * Whether the quantizers act. Turned off, everything is computed with the latent float weights, as in the
   * float phase of a training.
   */
  quantized = true;
  readonly #plans = new Map<string, Promise<Planned>>();
  #weights: Weights;
  #fetching: Promise<void> | undefined;

  /**
   * A model whose parameters are zeros: call `memory.initialize` or `memory.write`.
   *
   * @param source Makes its weights; default {@link trainableWeights}.
   * @throws {RangeError} If one parameter alone exceeds what the device can bind.
   */
  constructor(
    /** Where it runs. */
    readonly device: Device,
    network: Network,
    source: WeightSource = trainableWeights,
  ) {
    this.#weights = source(device, network);
  }

  /** Where its weights come from. */
  get weights(): Weights {
    return this.#weights;
  }

  /**
   * Its latent weights, gradients and optimizer state.
   *
   * @throws {TypeError} If it has none: it was not made to be trained.
   */
  get memory(): TrainingMemory {
    if (this.#weights instanceof TrainingMemory) return this.#weights;
    throw new TypeError(
      "Cannot train this model: its latent weights are not in memory; load it with trainable: true",
    );
  }

  /**
   * Fetches the latent weights of a model that was loaded without them; from then on it is as if it had been loaded with
   * them.
   *
   * @throws {InputError} If it has none, or they cannot be read.
   * @throws {WorkError} If the device has no room.
   */
  async fetchLatents(): Promise<void> {
    // Calls at the same time share one.
    this.#fetching ??= this.#exchangeWeights().finally(() => this.#fetching = undefined);
    await this.#fetching;
  }

  async #exchangeWeights(): Promise<void> {
    const memory = await this.#weights.latents();
    if (memory === this.#weights) return;
    this.#plans.clear();
    this.#weights[Symbol.dispose]();
    this.#weights = memory;
  }

  /** The model part of its `config.json`. */
  abstract get configJson(): ModelConfigJson;

  /**
   * Logits, and the loss if targets or labels are given, without dropout.
   *
   * @param input Tokens or pixels, row by row, or what else such models are given.
   * @throws {RangeError} If the sizes do not fit.
   */
  abstract forward(input: ModelInput, options: ModelCall | InputShapes): Promise<ModelResult>;

  /**
   * Gradient of the mean loss for every parameter, by tensor name, without dropout.
   *
   * @param input Tokens or pixels, row by row, or what else such models are given.
   * @returns Per tensor of the state dict as many elements, row-major.
   * @throws {RangeError} If the sizes do not fit.
   */
  abstract gradients(
    input: ModelInput,
    options: ModelCall | InputShapes,
  ): Promise<Map<string, Float32Array>>;

  /**
   * A model of the same architecture on the same device, all zeros, with other quantizers.
   *
   * @param widths Bits of what is quantized at a width of its own, by the family's names; default as they are here.
   * @throws {InputError} If there is no such width.
   * @throws {TypeError} If such a model has nothing of that name.
   * @throws {WorkError} If the device has no room.
   */
  abstract withQuantization(quantization: Quantization, widths?: OtherWidths): Model;

  /**
   * Sets every running maximum of activations to the mean of what batches reach. Nothing happens where activations
   * are quantized in another way.
   *
   * @param pass Runs a batch in training mode, with the step uniform given.
   */
  protected async averageMaxima<Batch>(
    batches: Iterable<Batch> | AsyncIterable<Batch>,
    pass: (batch: Batch, step: Uint8Array) => Promise<unknown>,
  ): Promise<void> {
    if (this.network.rangedModules.length === 0) return;
    this.weights.runningMaxima.set(new Map());
    let seen = 0;
    for await (const batch of batches) {
      await pass(batch, encodeStep({ step: 1, seed: 0, activationMomentum: seen / (seen + 1) }));
      seen++;
    }
  }

  /** Roots of the plan that computes the gradient of a loss for every parameter. */
  protected gradientRoots(loss: Value): Value[] {
    const seed = constant("loss cotangent", [], new Float32Array([1]));
    const { stores } = reverse(loss, seed, { layout: this.memory.layout });
    return this.quantized ? [...stores, ...this.memory.weightCodes.finishGradients()] : [...stores];
  }

  /** Number of trainable parameters. */
  get parameterCount(): number {
    return this.network.parameters.reduce((sum, { size }) => sum + size, 0);
  }

  /** Renews the integer codes after the parameters changed; {@link forward} does it by itself. */
  async refresh(): Promise<void> {
    if (this.quantized) await this.weights.refresh();
  }

  /** A plan that was made for the same purpose before, or a new one; how many are kept is bounded. */
  protected async planned<P extends Planned>(purpose: string, make: () => Promise<P>): Promise<P> {
    const key = `${purpose} ${this.quantized}`;
    let pending = this.#plans.get(key) as Promise<P> | undefined;
    if (!pending) {
      await this.#makeRoom();
      pending = make();
      this.#plans.set(key, pending);
    }
    return await pending;
  }

  async #makeRoom(): Promise<void> {
    for (const [key, pending] of this.#plans) {
      if (this.#plans.size < MAX_PLANS) return;
      this.#plans.delete(key);
      (await pending).plan[Symbol.dispose]();
    }
  }

  /** The gradients that the last plan left. */
  protected async readGradients(): Promise<Map<string, Float32Array>> {
    const state = await this.memory.read("gradients");
    return new Map([...state].map(([name, tensor]) => [name, toFloat32(tensor)]));
  }

  /** What it is, in a line. */
  toString(): string {
    return modelText(this);
  }

  /** The same, where Deno prints it. */
  [Symbol.for("Deno.customInspect")](): string {
    return modelText(this);
  }

  /** The same, where a notebook shows it. */
  [Symbol.for("Jupyter.display")](): Readonly<Record<string, string>> {
    return { "text/plain": modelText(this) };
  }

  /** Gives the memory of parameters and compiled plans back. */
  [Symbol.dispose](): void {
    this.weights[Symbol.dispose]();
  }
}

/** Latent weights of zeros, with gradients and optimizer state: the weights of a model that is trained. */
export function trainableWeights(device: Device, network: Network): TrainingMemory {
  return new TrainingMemory(device, network);
}

/** The model part of a `config.json`. */
export interface ModelConfigJson {
  /** Hugging Face's name of the architecture. */
  readonly architectures: readonly string[];
  /** Fields of Hugging Face's, and `bittext` for those it has not. */
  readonly [field: string]: unknown;
}
