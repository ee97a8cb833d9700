/**
 * A family of models from outside: two vectors that belong together are brought to one place, as images and texts are.
 * Both towers are a quantized layer, the loss is contrastive. It is made of nothing but the public library; the program
 * is given this file as `--import`.
 *
 * @module
 */
import {
  defineFamily,
  type Device,
  loadModel,
  Model,
  type ModelConfig,
  type Quantization,
  Random,
  registerFamily,
  type TrainingOptions,
  TrainingStep,
  type TrainingTask,
} from "../../mod.ts";
import type { RandomState } from "../../src/faces/data.ts";
import {
  ConfigFields,
  type InputShapes,
  type LossOptions,
  type LossTrace,
  type ModelConfigJson,
  type ModelFamily,
  quantizationFromFields,
  type Trainable,
  type WeightSource,
} from "../../src/faces/models.ts";
import { makeTrace, quantizationToJson, QuantizedLinear } from "../../src/faces/nn.ts";
import { crossEntropy, linear } from "../../src/faces/ops.ts";
import {
  DATA_OPTION,
  type LearnedData,
  PLAIN_FAMILY,
  type RunOptionGroups,
} from "../../src/faces/runs.ts";
import { add, constant, input, makePlan, type Value } from "../../src/faces/tensor.ts";
import type { DataSource, RunConfig, StepBatches } from "../../src/faces/train.ts";

/** Two towers of one layer each. */
interface PairConfig extends ModelConfig {
  readonly size: number;
  readonly features: number;
}

/** Vectors and their partners, row by row. */
type Pairs = {
  readonly left: Float32Array;
  readonly right: Float32Array;
};

class PairNetwork {
  readonly left: QuantizedLinear;
  readonly right: QuantizedLinear;

  constructor({ size, features, quantization }: PairConfig) {
    const tower = (name: string) =>
      new QuantizedLinear({
        ...{ inputFeatures: size, outputs: [{ name: `${name}.weight`, features }], quantization },
        standardDeviation: 1 / Math.sqrt(size),
      });
    [this.left, this.right] = [tower("left"), tower("right")];
  }

  get parameters() {
    return [...this.left.parameters, ...this.right.parameters];
  }
  get quantizedWeights() {
    return [...this.left.quantizedWeights(), ...this.right.quantizedWeights()];
  }
  get rangedModules() {
    return [...this.left.rangedModules(), ...this.right.rangedModules()];
  }

  /** How near each left vector is to each right one, and the loss: the mean over choosing rights and choosing lefts. */
  match(left: Value, right: Value, trace: ReturnType<typeof makeTrace>) {
    const a = this.left.call(this.left.input.call(left, trace), trace);
    const b = this.right.call(this.right.input.call(right, trace), trace);
    const logits = linear(a, b);
    const own = constant(
      "own",
      [left.shape[0]],
      Int32Array.from({ length: left.shape[0] }, (_, i) => i),
    );
    const [rights, lefts] = [crossEntropy(logits, own), crossEntropy(linear(b, a), own)];
    return { logits, loss: add(rights.loss, lefts.loss), correct: rights.correct };
  }
}

class PairModel extends Model implements Trainable<Pairs, { readonly batch: number }> {
  readonly family = "pairs";
  override readonly network: PairNetwork;

  constructor(readonly config: PairConfig, device: Device, source?: WeightSource) {
    const network = new PairNetwork(config);
    super(device, network, source);
    this.network = network;
  }

  get configJson(): ModelConfigJson {
    return pairFamily.configToJson(this.config);
  }

  withQuantization(quantization: Quantization): PairModel {
    return new PairModel({ ...this.config, quantization }, this.device);
  }

  async forward({ left, right }: Pairs, { left: shape }: InputShapes) {
    const inputs = [input("left", shape), input("right", shape)];
    const trace = makeTrace(this.weights, { quantized: this.quantized });
    const { logits, loss, correct } = this.network.match(inputs[0], inputs[1], trace);
    await this.refresh();
    using plan = await this.weights.compile(makePlan([logits, loss, correct]));
    plan.write(inputs[0], left);
    plan.write(inputs[1], right);
    plan.run();
    const read = async (value: Value) => await plan.read(value) as Float32Array;
    return {
      logits: await read(logits),
      loss: (await read(loss))[0],
      correct: await read(correct),
    };
  }

  gradients(): Promise<Map<string, Float32Array>> {
    throw new TypeError("Cannot give gradients: nobody asks a pair model for them");
  }

  traceLoss({ batch }: { readonly batch: number }, options: LossOptions): LossTrace<Pairs> {
    const { quantized, microBatch } = options;
    const shape = [batch, this.config.size];
    const [left, right] = [input(`left ${microBatch}`, shape), input(`right ${microBatch}`, shape)];
    const trace = makeTrace(this.weights, { training: true, quantized, microBatch });
    return {
      loss: this.network.match(left, right, trace).loss,
      write(plan, data) {
        plan.write(left, data.left);
        plan.write(right, data.right);
      },
    };
  }
}

/** The family of the models. */
export const pairFamily: ModelFamily<PairConfig, PairModel> = {
  name: "pairs",
  does: "matches vectors",
  architectures: ["PairModel"],
  configFromJson(json, source) {
    const fields = new ConfigFields(json, source);
    fields.architecture(["PairModel"]);
    return {
      size: fields.number("size"),
      features: fields.number("features"),
      quantization: quantizationFromFields(fields.part("bittext")),
    };
  },
  configToJson: ({ size, features, quantization }) => ({
    architectures: ["PairModel"],
    ...{ size, features, bittext: { ...quantizationToJson(quantization) } },
  }),
  checkConfig: (config) => config,
  network: (config) => new PairNetwork(config),
  make: (config, device, source) => new PairModel(config, device, source),
  quantizations: ({ quantization }) => [quantization],
  facts: ({ size, features }) => ({ size, features }),
  traits: ({ features }) => [`${features} features`],
};

/** What a run keeps of its data. */
interface PairData extends DataSource {
  readonly noise: number;
}

type PairRun = RunConfig<PairConfig, PairData>;

const OPTIONS = {
  "Data": {
    data: {
      ...DATA_OPTION.data,
      ...{ names: ["rotation"], default: "rotation", description: "pairs of vectors to learn" },
    },
    noise: {
      ...{ kind: "number", min: 0, default: 0.1, description: "what partners differ by" },
      kept: ({ data }: PairRun) => data.noise,
    },
  },
  "Pairs": {
    size: {
      ...{ kind: "integer", min: 1, default: 32, description: "numbers of a vector" },
      kept: ({ model }: PairRun) => model.size,
      architecture: "draft",
    },
    features: {
      ...{ kind: "integer", min: 1, default: 32, description: "where they are brought to" },
      kept: ({ model }: PairRun) => model.features,
      architecture: "draft",
    },
  },
} as const satisfies RunOptionGroups;

/** Vectors of normal numbers; a partner is the vector moved on by one, with noise. */
class PairStream implements StepBatches<Pairs> {
  readonly #random: Random;
  readonly #size: number;
  readonly #noise: number;
  readonly #shape: readonly number[];

  constructor(size: number, noise: number, shape: readonly number[], start: RandomState) {
    this.#random = Random.fromState(start);
    [this.#size, this.#noise, this.#shape] = [size, noise, shape];
  }

  next(): Promise<Pairs[]> {
    const [batch, accumulate] = this.#shape;
    const draw = (): Pairs => {
      const left = Float32Array.from({ length: batch * this.#size }, () => this.#random.normal());
      const right = left.map((_, i) => {
        const row = i - i % this.#size;
        return left[row + (i + 1) % this.#size] + this.#random.normal(0, this.#noise);
      });
      return { left, right };
    };
    return Promise.resolve(Array.from({ length: accumulate }, draw));
  }

  state(): RandomState {
    return this.#random.state();
  }
}

const HELD_OUT = 40;

/** How good a model is on pairs that nobody learned. */
async function evaluate(model: PairModel, { noise }: PairData) {
  const { size } = model.config;
  const stream = new PairStream(size, noise, [HELD_OUT, 1], new Random(1, 7).state());
  const [pairs] = await stream.next();
  const shape = [HELD_OUT, size];
  const { loss, correct } = await model.forward(pairs, { left: shape, right: shape });
  return { loss, found: correct.reduce((sum, one) => sum + one, 0) / HELD_OUT, pairs: HELD_OUT };
}

const pairsPerStep = ({ batch, accumulate }: TrainingOptions) => batch * accumulate;

function learn({ data: { noise, name } }: PairRun): LearnedData<PairConfig, PairModel, PairData> {
  const source = { name, source: `vectors and their ${name}`, sha256: `${name}` };
  return {
    ...{ source, tokenizer: undefined, test: undefined },
    complete: (draft) => ({ ...draft, data: { ...source, noise } }),
    stepsOfEpochs: (epochs, training) => Math.ceil(epochs * 1000 / pairsPerStep(training)),
    check() {},
    describe: () => [`pairs of ${source.source}`],
    task: (model, { training, data }): TrainingTask<Pairs> => ({
      model,
      unit: "pair",
      unitsPerStep: pairsPerStep(training),
      makeStep: async (quantized, reduce) =>
        await TrainingStep.make(model, { ...training, quantized, reduce }),
      openBatches: (start) =>
        new PairStream(model.config.size, noise, [training.batch, training.accumulate], start),
      evaluate: async () => await evaluate(model, data),
    }),
  };
}

/** The runs of the family. */
export const pairRuns = defineFamily({
  ...PLAIN_FAMILY,
  models: pairFamily,
  options: OPTIONS,
  unit: "pair",
  unitsPerStep: pairsPerStep,
  draft: ({ size, features, data, noise }, quantization) => ({
    model: { size, features, quantization },
    data: { name: data, source: "", sha256: "", noise },
  }),
  rates: () => ({ learningRate: 0.01, lastShare: 0.1 }),
  learn: ({ draft }) => Promise.resolve(learn(draft)),
  metrics: [{ name: "found", words: "found", digits: 3, isShare: true }],
  results: [{ name: "found", split: "val", metric: "found", header: "found", title: "Found" }],
  nameOfUnit: () => Promise.resolve("pair"),
  evaluationOptions: { noise: OPTIONS.Data.noise },
  async evaluate({ directory, options, device }) {
    using model = await loadModel(directory.path, device, { family: pairFamily });
    const data = await directory.readData<PairData>();
    const noise = options.given.has("noise") ? options.noise : data.noise;
    const result = await evaluate(model, { ...data, noise });
    return { result, lines: [`found ${result.found} of ${result.pairs} pairs`] };
  },
  async openFloat({ directory, device }) {
    const model = await loadModel(directory.path, device, { family: pairFamily, trainable: true });
    const data = await directory.readData<PairData>();
    return {
      model,
      evaluate: async (model) => await evaluate(model, data),
      calibrate: () => Promise.resolve(),
      saveBeside: () => Promise.resolve(),
      [Symbol.dispose]: () => model[Symbol.dispose](),
    };
  },
  dataFacts: (name) => Promise.resolve({ name }),
  preparationOptions: {},
  prepareData: () => Promise.resolve({ result: {}, lines: ["there is nothing to prepare"] }),
});

registerFamily(pairRuns);
