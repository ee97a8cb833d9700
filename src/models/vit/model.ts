/**
 * An image model on a device: forward pass, attention maps, gradients, evaluation.
 *
 * @module
 */
import type { ImageBatch } from "../../data/images/image_batches.ts";
import type { Device, Plan } from "../../device/device.ts";
import type { Quantization } from "../../nn/quantization.ts";
import { makeTrace } from "../../nn/trace.ts";
import { crossEntropy, IGNORED_TARGET } from "../../ops/cross_entropy.ts";
import { softCrossEntropy } from "../../ops/soft_cross_entropy.ts";
import type { CompiledPlan } from "../../tensor/compiled_plan.ts";
import { makePlan } from "../../tensor/plan.ts";
import { elementCount, input, type Value } from "../../tensor/value.ts";
import { type LossOptions, type LossTrace, Model, type Trainable } from "../model.ts";
import type { WeightSource } from "../weights.ts";
import { VitModel } from "./network.ts";
import { checkVitConfig, quantizationAt, tokenCount, type VitConfig } from "./config.ts";
import { type VitConfigJson, vitConfigToJson } from "./config_json.ts";

/** Shape of a batch of images, and what they are of. */
export interface ImageForwardOptions {
  /** Batch size, colors, height and width. */
  readonly shape: readonly [B: number, C: number, H: number, W: number];
  /** (B) the class of each image; -100 is ignored. */
  readonly labels?: Int32Array;
  /** Whether the attention maps are wanted; default no. */
  readonly attention?: boolean;
}

/** What a forward pass gives. */
export interface ImageForwardResult {
  /** (B·classes) logits. */
  readonly logits: Float32Array;
  /** Mean cross-entropy in nats per image over the labels that count; absent without labels. */
  readonly loss?: number;
  /** (L·B·H·T·T) how much each token looks at each other, by layer, image and head; absent unless asked for. */
  readonly attention?: Float32Array;
}

/** What an evaluation needs to know of one batch. */
export interface ImageScores {
  /** Per image: cross-entropy in nats, 0 where the label is ignored. */
  readonly losses: Float32Array;
  /** (B·classes) logits. */
  readonly logits: Float32Array;
}

/** Size of a micro-batch. */
export interface ImageBatchSize {
  /** Images. */
  readonly batch: number;
  /** Whether labels are probabilities of the classes, as of images that are mixtures; default no. */
  readonly softLabels?: boolean;
}

/** Widths of the weights around the blocks of an image model. */
export interface OuterBits {
  /** Bits per weight of the patch embedding, or the convolutions; 32 is not quantized. */
  readonly embedBits?: number;
  /** Bits per weight of the classifier; 32 is not quantized. */
  readonly headBits?: number;
}

/** A compiled plan with its inputs and results. */
interface Compiled {
  readonly plan: CompiledPlan;
  readonly images: Value;
  readonly labels: Value;
  readonly logits: Value;
  readonly loss: Value;
  readonly losses: Value;
  readonly attention: readonly Value[];
}

type Purpose = "forward" | "attention" | "gradients" | "calibration";

interface RunOptions {
  /** Whether to renew the integer codes first; default yes. */
  readonly refresh?: boolean;
  /** Content of the step uniform. */
  readonly step?: Uint8Array;
}

/**
 * An image model whose parameters lie on a device. Dispose it when done.
 *
 * @example Logits and attention maps of a new model
 * ```ts
 * import assert from "node:assert/strict";
 * import { ImageClassifier, openDevice, smallVitConfig } from "../../../mod.ts";
 *
 * using device = await openDevice();
 * const sizes = { hiddenSize: 32, intermediateSize: 64, heads: 2, layers: 1 };
 * using model = new ImageClassifier({ ...smallVitConfig, ...sizes }, device);
 * model.memory.initialize(0);
 *
 * const images = new Float32Array(28 * 28).fill(0.5);
 * const options = { shape: [1, 1, 28, 28], labels: Int32Array.of(7), attention: true } as const;
 * const { logits, loss, attention } = await model.forward(images, options);
 * assert.equal(logits.length, 10);
 * assert(Math.abs(loss! - Math.log(10)) < 0.3); // it knows nothing yet
 * assert.equal(attention!.length, 1 * 1 * 2 * 17 * 17); // 4 × 4 patches and the class token
 * ```
 */
export class ImageClassifier extends Model implements Trainable<ImageBatch, ImageBatchSize> {
  /** An image model. */
  readonly family = "vit";
  /** Sizes and quantization. */
  readonly config: VitConfig;
  /** Its parameters and how it is traced. */
  readonly network: VitModel;

  /**
   * A model whose parameters are zeros: call `memory.initialize` or `memory.write`.
   *
   * @param source Makes its weights; default `trainableWeights`.
   * @throws {InputError} If the configuration describes no model that can be built.
   * @throws {RangeError} If one parameter alone exceeds what the device can bind.
   */
  constructor(config: VitConfig, device: Device, source?: WeightSource) {
    const network = new VitModel(checkVitConfig(config));
    super(device, network, source);
    this.config = config;
    this.network = network;
  }

  /** The model part of its `config.json`. */
  get configJson(): VitConfigJson {
    return vitConfigToJson(this.config);
  }

  /** Heads, and positions of a sequence: what attention maps are made of. */
  get attentionShape(): readonly [layers: number, heads: number, tokens: number] {
    return [this.config.layers, this.config.heads, tokenCount(this.config)];
  }

  /**
   * Logits, the loss if labels are given, and attention maps if asked for; without dropout.
   *
   * @param images (B·C·H·W) pixels, normalized as in training.
   * @throws {RangeError} If a label is no class or the sizes do not fit.
   * @throws {TypeError} If the images are no Float32Array.
   * @throws {WorkError} If the device has no room.
   */
  override async forward(
    images: Float32Array,
    options: ImageForwardOptions,
  ): Promise<ImageForwardResult> {
    const { labels, attention = false } = options;
    const compiled = await this.#run(attention ? "attention" : "forward", images, options);
    const logits = await readFloats(compiled, compiled.logits);
    return {
      logits,
      ...(labels ? { loss: (await readFloats(compiled, compiled.loss))[0] } : {}),
      ...(attention ? { attention: await readMaps(compiled) } : {}),
    };
  }

  /**
   * Gradient of the mean loss for every parameter, by tensor name, without dropout. Quantizers pass it
   * straight through: it is that of the latent float weights.
   *
   * @param images (B·C·H·W) pixels, normalized as in training.
   * @returns Per tensor of the state dict as many elements, row-major.
   * @throws {RangeError} If a label is no class or the sizes do not fit.
   * @throws {WorkError} If the device has no room.
   */
  override async gradients(
    images: Float32Array,
    options: ImageForwardOptions & { readonly labels: Int32Array },
  ): Promise<Map<string, Float32Array>> {
    await this.#run("gradients", images, options);
    return await this.readGradients();
  }

  /**
   * Losses and logits of a batch; the weights must be {@link refresh}ed first.
   *
   * @param images (B·C·H·W) pixels, normalized as in training.
   * @throws {RangeError} If a label is no class or the sizes do not fit.
   */
  async score(
    images: Float32Array,
    options: ImageForwardOptions & { readonly labels: Int32Array },
  ): Promise<ImageScores> {
    const compiled = await this.#run("forward", images, options, { refresh: false });
    return {
      losses: await readFloats(compiled, compiled.losses),
      logits: await readFloats(compiled, compiled.logits),
    };
  }

  /**
   * Traces the loss of a micro-batch, with dropout. Labels that are probabilities are not smoothed: smooth them where
   * they are made.
   */
  traceLoss(
    { batch, softLabels = false }: ImageBatchSize,
    { labelSmoothing, quantized, microBatch }: LossOptions,
  ): LossTrace<ImageBatch> {
    const { channels, imageSize, dropout, stochasticDepth } = this.config;
    const images = input(`images ${microBatch}`, [batch, channels, imageSize, imageSize]);
    const name = `labels ${microBatch}`;
    const labels = softLabels
      ? input(name, [batch, this.config.labels.length])
      : input(name, [batch], "i32");
    const circumstances = { training: true, quantized, dropout, stochasticDepth, microBatch };
    const logits = this.network.logits(images, makeTrace(this.weights, circumstances));
    const loss = softLabels
      ? softCrossEntropy(logits, labels)
      : crossEntropy(logits, labels, { labelSmoothing }).loss;
    return {
      loss,
      write(plan, data) {
        plan.write(images, data.images);
        plan.write(labels, data.labels);
      },
    };
  }

  /**
   * A model of the same architecture on the same device, all zeros, with other quantizers.
   *
   * @param quantization Of the blocks; what is quantized around them is as it is here, at a width of its own.
   * @param outerBits Widths of what is around the blocks; default those of this model.
   * @throws {InputError} If there is no such width.
   * @throws {WorkError} If the device has no room.
   */
  withQuantization(
    quantization: Quantization,
    { embedBits, headBits }: OuterBits = {},
  ): ImageClassifier {
    const { embedQuantization, headQuantization } = this.config;
    return new ImageClassifier({
      ...this.config,
      quantization,
      embedQuantization: quantizationAt(quantization, embedBits ?? embedQuantization.weightBits),
      headQuantization: quantizationAt(quantization, headBits ?? headQuantization.weightBits),
    }, this.device);
  }

  /**
   * Sets every running maximum of activations to the mean of what batches of images reach, for a model that was not
   * trained with them. Nothing happens where activations are quantized in another way.
   *
   * @param batches (B·C·H·W) pixels each, normalized as in training.
   * @throws {RangeError} If the sizes do not fit.
   */
  async calibrate(
    batches: Iterable<Float32Array> | AsyncIterable<Float32Array>,
    shape: ImageForwardOptions["shape"],
  ): Promise<void> {
    await this.averageMaxima(
      batches,
      (images, step) => this.#run("calibration", images, { shape }, { step }),
    );
  }

  async #run(
    purpose: Purpose,
    images: Float32Array,
    { shape, labels }: ImageForwardOptions,
    { refresh = true, step }: RunOptions = {},
  ): Promise<Compiled> {
    this.#check(images, shape, labels);
    if (purpose === "gradients" || !this.quantized) await this.fetchLatents();
    const key = `${purpose} ${shape.join("×")}`;
    const compiled = await this.planned(key, () => this.#compile(purpose, shape));
    compiled.plan.write(compiled.images, images);
    if (labels) compiled.plan.write(compiled.labels, labels);
    if (refresh) await this.refresh();
    compiled.plan.run(step);
    return compiled;
  }

  /** The plan of a forward pass over a batch, without the memory to run it. */
  planForward(shape: ImageForwardOptions["shape"]): Plan {
    return makePlan(this.#trace("forward", shape).roots);
  }

  async #compile(purpose: Purpose, shape: readonly number[]): Promise<Compiled> {
    const { roots, ...values } = this.#trace(purpose, shape);
    return { plan: await this.weights.compile(makePlan(roots)), ...values };
  }

  #trace(purpose: Purpose, shape: readonly number[]) {
    const images = input("images", shape);
    const labels = input("labels", [shape[0]], "i32");
    const training = purpose === "calibration";
    const trace = makeTrace(this.weights, { quantized: this.quantized, training });
    const attention: Value[] = [];
    const onAttention = purpose === "attention"
      ? (map: Value) => void attention.push(map)
      : undefined;
    const logits = this.network.logits(images, trace, { onAttention });
    const { loss, rowLosses: losses } = crossEntropy(logits, labels);
    const roots = [logits, loss, losses, ...attention];
    if (purpose === "gradients") roots.push(...this.gradientRoots(loss));
    return { roots, images, labels, logits, loss, losses, attention };
  }

  #check(images: Float32Array, shape: readonly number[], labels?: Int32Array): void {
    if (!(images instanceof Float32Array)) {
      throw new TypeError("Cannot classify anything but images: they are given as a Float32Array");
    }
    const { channels, imageSize } = this.config;
    const [B, ...rest] = shape;
    if (rest.join() !== [channels, imageSize, imageSize].join()) {
      throw new RangeError(
        `Cannot run images of shape (${shape.join(", ")}): the model was built for ` +
          `(B, ${channels}, ${imageSize}, ${imageSize})`,
      );
    }
    if (images.length !== elementCount(shape)) {
      throw new RangeError(
        `Cannot run a batch of shape (${shape.join(", ")}) with ${images.length} pixels: ` +
          `it needs ${elementCount(shape)}`,
      );
    }
    if (!labels) return;
    if (labels.length !== B) {
      throw new RangeError(`Cannot run ${B} images with ${labels.length} labels`);
    }
    const classes = this.config.labels.length;
    const bad = labels.find((label) => (label < 0 || label >= classes) && label !== IGNORED_TARGET);
    if (bad !== undefined) {
      throw new RangeError(`Cannot use label ${bad}: the model has ${classes} classes`);
    }
  }
}

async function readFloats({ plan }: Compiled, value: Value): Promise<Float32Array> {
  return await plan.read(value) as Float32Array;
}

/** The attention maps of all layers, one after the other. */
async function readMaps(compiled: Compiled): Promise<Float32Array> {
  const { attention } = compiled;
  const size = elementCount(attention[0].shape);
  const maps = new Float32Array(attention.length * size);
  for (const [layer, value] of attention.entries()) {
    maps.set(await readFloats(compiled, value), layer * size);
  }
  return maps;
}
