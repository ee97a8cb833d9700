/**
 * A text model on a device: forward pass, gradients, evaluation.
 *
 * @module
 */
import type { BatchShape, TextBatch } from "../../data/text/batches.ts";
import type { Device, Plan } from "../../device/device.ts";
import type { Quantization } from "../../nn/quantization.ts";
import { makeTrace } from "../../nn/trace.ts";
import { crossEntropy, IGNORED_TARGET } from "../../ops/cross_entropy.ts";
import type { CompiledPlan } from "../../tensor/compiled_plan.ts";
import { makePlan } from "../../tensor/plan.ts";
import { input, type Value } from "../../tensor/value.ts";
import {
  type LossOptions,
  type LossTrace,
  Model,
  type OtherWidths,
  type Trainable,
} from "../model.ts";
import type { WeightSource } from "../weights.ts";
import { TextModel } from "./network.ts";
import {
  checkTextConfig,
  type TextConfig,
  type TextConfigJson,
  textConfigToJson,
} from "./config.ts";

/** Shape of a batch of tokens, and what they should predict. */
export interface ForwardOptions {
  /** Batch size and context length. */
  readonly shape: readonly [B: number, T: number];
  /** (B·T) the token each position should predict; -100 is ignored. */
  readonly targets?: Int32Array;
}

/** What a forward pass gives. */
export interface ForwardResult {
  /** (B·T·V) logits. */
  readonly logits: Float32Array;
  /** Mean cross-entropy in nats per token over the targets that count; absent without targets. */
  readonly loss?: number;
}

/** Sums over one batch of an evaluation. */
export interface BatchScores {
  /** Per position: cross-entropy in nats, 0 where the target is ignored. */
  readonly losses: Float32Array;
  /** Per position: 1 if the target is the likeliest token. */
  readonly correct: Float32Array;
}

/** A compiled plan with its inputs and results. */
interface Compiled {
  readonly plan: CompiledPlan;
  readonly tokens: Value;
  readonly targets: Value;
  readonly logits: Value;
  readonly loss: Value;
  readonly losses: Value;
  readonly correct: Value;
}

type Purpose = "forward" | "gradients" | "calibration";

interface RunOptions {
  /** Whether to renew the integer codes first; default yes. */
  readonly refresh?: boolean;
  /** Content of the step uniform. */
  readonly step?: Uint8Array;
}

/**
 * A text model whose parameters lie on a device. Dispose it when done.
 *
 * @example Loss and gradients of a new model
 * ```ts
 * import assert from "node:assert/strict";
 * import { LanguageModel, openDevice, smallTextConfig } from "../../../mod.ts";
 *
 * using device = await openDevice();
 * const sizes = { vocabSize: 16, hiddenSize: 32, intermediateSize: 64, layers: 1 };
 * using model = new LanguageModel({ ...smallTextConfig, ...sizes }, device);
 * model.memory.initialize(0);
 *
 * const tokens = Int32Array.of(3, 1, 4, 1);
 * const targets = Int32Array.of(1, 4, 1, 5);
 * const { logits, loss } = await model.forward(tokens, { shape: [1, 4], targets });
 * assert.equal(logits.length, 4 * 16);
 * assert(Math.abs(loss! - Math.log(16)) < 0.1); // it knows nothing yet
 *
 * const gradients = await model.gradients(tokens, { shape: [1, 4], targets });
 * assert.equal(gradients.get("model.embed_tokens.weight")!.length, 16 * 32);
 * ```
 */
export class LanguageModel extends Model implements Trainable<TextBatch, BatchShape> {
  /** A text model. */
  readonly family = "text";
  /** Sizes and quantization. */
  readonly config: TextConfig;
  /** Its parameters and how it is traced. */
  readonly network: TextModel;

  /**
   * A model whose parameters are zeros: call `memory.initialize` or `memory.write`.
   *
   * @param source Makes its weights; default `trainableWeights`.
   * @throws {InputError} If the configuration describes no model that can be built.
   * @throws {RangeError} If one parameter alone exceeds what the device can bind.
   */
  constructor(config: TextConfig, device: Device, source?: WeightSource) {
    const network = new TextModel(checkTextConfig(config));
    super(device, network, source);
    this.config = config;
    this.network = network;
  }

  /** The model part of its `config.json`. */
  get configJson(): TextConfigJson {
    return textConfigToJson(this.config);
  }

  /**
   * Logits, and the loss if targets are given, without dropout.
   *
   * @param tokens (B·T) ids, row by row.
   * @throws {RangeError} If an id is outside the vocabulary or the sizes do not fit.
   * @throws {WorkError} If the device has no room.
   */
  async forward(tokens: Int32Array, options: ForwardOptions): Promise<ForwardResult> {
    const compiled = await this.#run("forward", tokens, options);
    const logits = await readFloats(compiled, "logits");
    if (!options.targets) return { logits };
    const [loss] = await readFloats(compiled, "loss");
    return { logits, loss };
  }

  /**
   * Gradient of the mean loss for every parameter, by tensor name, without dropout. It is that of the latent float
   * weights, to which quantizers pass it on, and of learned scales.
   *
   * @param tokens (B·T) ids, row by row.
   * @returns Per tensor of the state dict as many elements, row-major. A tied head has no entry: the
   * embedding's gradient is the sum of both uses.
   * @throws {RangeError} If an id is outside the vocabulary or the sizes do not fit.
   * @throws {WorkError} If the device has no room.
   */
  async gradients(
    tokens: Int32Array,
    options: ForwardOptions & { readonly targets: Int32Array },
  ): Promise<Map<string, Float32Array>> {
    await this.#run("gradients", tokens, options);
    return await this.readGradients();
  }

  /**
   * Loss and correctness of every position of a batch; the weights must be {@link refresh}ed first.
   *
   * @param tokens (B·T) ids, row by row.
   * @throws {RangeError} If an id is outside the vocabulary or the sizes do not fit.
   */
  async score(
    tokens: Int32Array,
    options: ForwardOptions & { readonly targets: Int32Array },
  ): Promise<BatchScores> {
    const compiled = await this.#run("forward", tokens, options, { refresh: false });
    return {
      losses: await readFloats(compiled, "losses"),
      correct: await readFloats(compiled, "correct"),
    };
  }

  /**
   * Logits of the token that follows one position of each sequence; the weights must be {@link refresh}ed first. Nothing
   * is computed that they do not depend on.
   *
   * @param tokens (B·T) ids, row by row. What stands behind a position does not change its logits.
   * @param positions (B) the position in each sequence, from 0.
   * @returns (B·V) logits.
   * @throws {RangeError} If an id is outside the vocabulary, a position outside its sequence or the sizes do not fit.
   */
  async next(
    tokens: Int32Array,
    { shape, positions }: {
      readonly shape: readonly [B: number, T: number];
      readonly positions: Int32Array;
    },
  ): Promise<Float32Array> {
    this.#check(tokens, shape);
    const [B, T] = shape;
    if (positions.length !== B) {
      throw new RangeError(`Cannot continue ${B} sequences at ${positions.length} positions`);
    }
    const outside = positions.find((position) => !(position >= 0 && position < T));
    if (outside !== undefined) {
      throw new RangeError(`Cannot continue at position ${outside}: a sequence has ${T}`);
    }
    if (!this.quantized) await this.fetchLatents();
    const planned = await this.planned(`next ${shape.join("×")}`, () => this.#compileNext(shape));
    planned.plan.write(planned.tokens, tokens);
    planned.plan.write(planned.rows, positions.map((position, b) => b * T + position));
    planned.plan.run();
    return await planned.plan.read(planned.logits) as Float32Array;
  }

  async #compileNext(shape: readonly [number, number]) {
    const tokens = input("tokens", shape, "i32");
    const rows = input("rows", [shape[0]], "i32");
    const trace = makeTrace(this.weights, { quantized: this.quantized });
    const logits = this.network.logits(tokens, trace, rows);
    return { plan: await this.weights.compile(makePlan([logits])), tokens, rows, logits };
  }

  /** Traces the loss of a micro-batch, with dropout. */
  traceLoss(
    { batch, context }: BatchShape,
    { labelSmoothing, quantized, microBatch }: LossOptions,
  ): LossTrace<TextBatch> {
    const tokens = input(`tokens ${microBatch}`, [batch, context], "i32");
    const targets = input(`targets ${microBatch}`, [batch, context], "i32");
    const { dropout } = this.config;
    const trace = makeTrace(this.weights, { training: true, quantized, dropout, microBatch });
    const { loss } = crossEntropy(this.network.logits(tokens, trace), targets, { labelSmoothing });
    return {
      loss,
      write(plan, data) {
        plan.write(tokens, data.tokens);
        plan.write(targets, data.targets);
      },
    };
  }

  /**
   * A model of the same architecture on the same device, all zeros, with other quantizers.
   *
   * @throws {TypeError} If widths are given: all that is quantized has the same.
   * @throws {WorkError} If the device has no room.
   */
  withQuantization(quantization: Quantization, widths: OtherWidths = {}): LanguageModel {
    const given = Object.entries(widths).find(([, bits]) => bits !== undefined);
    if (given) {
      throw new TypeError(
        `Cannot use ${given.join(" ")} in a language model: it has one width for all weights`,
      );
    }
    return new LanguageModel({ ...this.config, quantization }, this.device);
  }

  /**
   * Sets every running maximum of activations to the mean of what batches of text reach, for a model that was not
   * trained with them. Nothing happens where activations are quantized in another way.
   *
   * @param batches (B·T) ids each, row by row.
   * @throws {RangeError} If an id is outside the vocabulary or the sizes do not fit.
   */
  async calibrate(
    batches: Iterable<Int32Array> | AsyncIterable<Int32Array>,
    shape: readonly [B: number, T: number],
  ): Promise<void> {
    await this.averageMaxima(
      batches,
      (tokens, step) => this.#run("calibration", tokens, { shape }, { step }),
    );
  }

  async #run(
    purpose: Purpose,
    tokens: Int32Array,
    { shape, targets }: ForwardOptions,
    { refresh = true, step }: RunOptions = {},
  ): Promise<Compiled> {
    this.#check(tokens, shape, targets);
    if (purpose === "gradients" || !this.quantized) await this.fetchLatents();
    const key = `${purpose} ${shape.join("×")}`;
    const compiled = await this.planned(key, () => this.#compile(purpose, shape));
    compiled.plan.write(compiled.tokens, tokens);
    if (targets) compiled.plan.write(compiled.targets, targets);
    if (refresh) await this.refresh();
    compiled.plan.run(step);
    return compiled;
  }

  /** The plan of a forward pass over a batch, without the memory to run it. */
  planForward(shape: readonly [B: number, T: number]): Plan {
    return makePlan(this.#trace("forward", shape).roots);
  }

  async #compile(purpose: Purpose, shape: readonly [number, number]): Promise<Compiled> {
    const { roots, ...values } = this.#trace(purpose, shape);
    return { plan: await this.weights.compile(makePlan(roots)), ...values };
  }

  #trace(purpose: Purpose, shape: readonly [number, number]) {
    const tokens = input("tokens", shape, "i32");
    const targets = input("targets", shape, "i32");
    const training = purpose === "calibration";
    const trace = makeTrace(this.weights, { quantized: this.quantized, training });
    const logits = this.network.logits(tokens, trace);
    const { loss, rowLosses: losses, correct } = crossEntropy(logits, targets);
    const roots = [logits, loss, losses, correct];
    if (purpose === "gradients") roots.push(...this.gradientRoots(loss));
    return { roots, tokens, targets, logits, loss, losses, correct };
  }

  #check(tokens: Int32Array, [B, T]: readonly [number, number], targets?: Int32Array): void {
    const { vocabSize, maxPositions } = this.config;
    if (T > maxPositions) {
      throw new RangeError(`Cannot run ${T} positions: the model was built for ${maxPositions}`);
    }
    for (const [name, ids] of [["tokens", tokens], ["targets", targets]] as const) {
      if (!ids) continue;
      if (ids.length !== B * T) {
        throw new RangeError(
          `Cannot run a batch of shape (${B}, ${T}) with ${ids.length} ${name}: it needs ${B * T}`,
        );
      }
      const ignored = name === "targets" ? IGNORED_TARGET : undefined;
      const bad = ids.find((id) => (id < 0 || id >= vocabSize) && id !== ignored);
      if (bad !== undefined) {
        throw new RangeError(`Cannot use id ${bad} in ${name}: the vocabulary has ${vocabSize}`);
      }
    }
  }
}

async function readFloats(
  compiled: Compiled,
  name: "logits" | "loss" | "losses" | "correct",
): Promise<Float32Array> {
  return await compiled.plan.read(compiled[name]) as Float32Array;
}
