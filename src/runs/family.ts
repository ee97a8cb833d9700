/**
 * What a family of models states of its runs: its options, data, training task, evaluation and results. Together with
 * the {@link ModelFamily} it is all that anyone needs to train, evaluate, sweep and show models of any family.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import type { Figure } from "../figures/figure.ts";
import type { Facts, ModelFamily } from "../models/family.ts";
import type { Model, ModelConfig } from "../models/model.ts";
import type { Quantization } from "../nn/quantization.ts";
import type { TrainingOptions } from "../train/options.ts";
import type { DataSource, RunConfig } from "../train/run_config.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import type { Evaluated, TrainingTask } from "../train/task.ts";
import type { FloatRun } from "./float_run.ts";
import type { ResultMetric, ShownMetric } from "./metrics.ts";
import type { OptionTable } from "./options/option.ts";
import type { RunOptionGroups, WidthOptionTable } from "./options/run_option.ts";
import type { GeneralValues, OptionsOfRun, OptionsOfTable } from "./options/values.ts";
import type { TextRun } from "./text/open_run.ts";
import type { WorkHooks } from "./work.ts";

/**
 * What the data tells before a run is complete: the stations behind it are its methods.
 *
 * @typeParam C The configuration of the model.
 * @typeParam M The model.
 * @typeParam D What a run keeps of its data.
 * @typeParam V Values of the options.
 */
export interface LearnedData<
  C extends ModelConfig = ModelConfig,
  M extends Model = Model,
  D extends DataSource = DataSource,
  V = GeneralValues,
> {
  /** A name that means exactly this data, where it was had from, and its checksum. */
  readonly source: DataSource;
  /** Content of the run's `tokenizer.json`; undefined where it has none. */
  readonly tokenizer: unknown;
  /** Further files of JSON that go with the model, by their names; default none. */
  companions?(config: RunConfig<C, D>): Readonly<Record<string, unknown>>;
  /** Station 3: a new run with what only the data could tell. */
  complete(
    draft: RunConfig<C, D>,
    options: V,
    initial: InitialModel<C> | undefined,
  ): RunConfig<C, D>;
  /** The steps of so many passes over the data. */
  stepsOfEpochs(epochs: number, training: TrainingOptions): number;
  /**
   * Checks that data and model go together.
   *
   * @param origin A model that was there before the data: that of a stored run, or one to start from.
   * @throws {InputError} If they do not.
   */
  check(config: RunConfig<C, D>, origin: InitialModel<C> | undefined): void;
  /** What a run is about to learn, line by line, for people. */
  describe(config: RunConfig<C, D>): readonly string[];
  /** Station 4: a model together with what it learns from. */
  task(model: M, config: RunConfig<C, D>): TrainingTask<unknown>;
  /**
   * Evaluates a finished model on what nothing was chosen by; undefined if there is no such data. The result becomes a
   * line of metrics of the split `test`.
   */
  readonly test: TestArm<C, M, D>["test"] | undefined;
}

/** The test of a finished model. */
export interface TestArm<C extends ModelConfig, M extends Model, D extends DataSource> {
  /**
   * Evaluates it.
   *
   * @param signal Aborted: stop and throw its reason.
   */
  test(model: M, config: RunConfig<C, D>, signal: AbortSignal | undefined): Promise<Evaluated>;
}

/** What a family needs to find out what the data tells. */
export interface LearnRequest<C extends ModelConfig, D extends DataSource, O> {
  /** The run as far as it does not depend on the data; a stored run as it was. */
  readonly draft: RunConfig<C, D>;
  /** The options that were given, with the defaults of the others. */
  readonly options: O;
  /** Where a stored run is, whose data must be what it was. */
  readonly stored?: RunDirectory;
  /** The model that a new run starts from. */
  readonly initial?: InitialModel<C>;
}

/** A model that a run starts from or goes on with. */
export interface InitialModel<C extends ModelConfig = ModelConfig> {
  /** Its directory. */
  readonly directory: string;
  /** What it is; how it is quantized does not matter. */
  readonly config: C;
}

/** What an evaluation is asked for. */
export interface EvaluationRequest<O> {
  /** The run or model directory. */
  readonly directory: RunDirectory;
  /** The options that were given, with the defaults of the others. */
  readonly options: O;
  /** Where it runs. */
  readonly device: Device;
  /** What it calls as it goes on. */
  readonly work: WorkHooks;
}

/** A run that is drawn. */
export interface PicturedRun {
  /** Its directory; it has weights. */
  readonly directory: RunDirectory;
  /** What it is. */
  readonly config: RunConfig;
  /** What tells it from the others, such as `1.58 bits`; empty where it is alone. */
  readonly label: string;
}

/** What pictures of runs are drawn from. */
export interface PicturesRequest {
  /** One run, or those of a sweep that differ in more than the seed, most bits first. */
  readonly runs: readonly PicturedRun[];
  /** What model and data are; it stands under every title. */
  readonly subject: string;
  /** What the models run on. */
  readonly device: Device;
  /** What it calls as it goes on. */
  readonly work: WorkHooks;
  /** Options that say where and how, such as how much memory the data may take. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The name, summary and license of a data set. */
export interface ListedData {
  /** What the option `data` calls it. */
  readonly name: string;
  /** What it is. */
  readonly summary: string;
  /** Its license. */
  readonly license: string;
}

/**
 * What a family states, in its own types. Every part is demanded; a family that has none of something says so.
 *
 * A run passes its stations in one order: {@link FamilyParts.draft}, {@link FamilyParts.learn}, where alone the data is met,
 * then what that gave: {@link LearnedData.complete} and {@link LearnedData.task}.
 *
 * @typeParam C Its configuration.
 * @typeParam M Its model.
 * @typeParam D What a run keeps of its data.
 * @typeParam O Its options.
 * @typeParam E Options that say what it is evaluated on.
 * @typeParam R Further options of an evaluation.
 * @typeParam P Options of preparing its data.
 */
export interface FamilyParts<
  C extends ModelConfig,
  M extends Model,
  D extends DataSource,
  O extends RunOptionGroups,
  E extends OptionTable,
  R extends OptionTable,
  P extends OptionTable,
> {
  /** Its models; their name is that of the family. */
  readonly models: ModelFamily<C, M>;
  /**
   * The options of a training run that only it has, or has another default or description for, by the heading they
   * have in a help text. All runs have those of `generalOptions` besides. What is under `Data` decides what a run
   * learns from: runs of a sweep that agree in it share the data.
   */
  readonly options: O;
  /** What a loss is the mean over and speed counts, such as `token`; speed is then called `tokens_per_second`. */
  readonly unit: string;
  /** How many of them a step learns from. */
  unitsPerStep(training: TrainingOptions): number;

  /**
   * Station 1: what the options describe. What only the data can tell is filled in later.
   *
   * @param quantization How weights and activations are quantized.
   * @throws {OptionError} If they contradict each other.
   */
  draft(
    options: OptionsOfRun<O>,
    quantization: Quantization,
  ): { readonly model: C; readonly data: D };
  /** The highest learning rate that goes with a model, and the share of it that is left at the end. */
  rates(model: C): { readonly learningRate: number; readonly lastShare: number };

  /**
   * Station 2: opens the data.
   *
   * @throws {InputError} If it cannot be had, or is not what a stored run learned from.
   */
  learn(
    request: LearnRequest<C, D, OptionsOfRun<O>>,
    work: WorkHooks,
  ): Promise<LearnedData<C, M, D, OptionsOfRun<O>>>;

  /** What evaluations tell besides the loss, by which models are compared: the first comes first. */
  readonly metrics: readonly ShownMetric[];
  /** What a sweep tells of a run besides loss, sizes and times. */
  readonly results: readonly ResultMetric[];
  /** The metric of the test that people know such models by; undefined if there is no test. */
  readonly testMetric: string | undefined;
  /** What a loss of a run is the mean over, in words: `character`, where tokens are characters. */
  nameOfUnit(run: RunDirectory): Promise<string>;

  /** Options that say what a model is evaluated on. */
  readonly evaluationOptions: E;
  /** Further options of an evaluation. */
  readonly reportOptions: R;
  /** Evaluates a run or model directory. */
  evaluate(request: EvaluationRequest<OptionsOfTable<E & R>>): Promise<Report<Evaluated>>;

  /** What is quantized at a width of its own. */
  readonly widthOptions: WidthOptionTable;
  /**
   * Opens a float model that is to be quantized without training it, and the data it is compared on.
   *
   * @param calibrated Whether training data will be needed too.
   */
  openFloat(
    request: EvaluationRequest<OptionsOfTable<E>>,
    calibrated: boolean,
  ): Promise<FloatRun<M>>;

  /** Opens a run to write text with; undefined if its models write none. */
  readonly openText: ((directory: RunDirectory, device: Device) => Promise<TextRun>) | undefined;
  /** Draws what a model sees or has learned; nothing if there is nothing to show. */
  drawPictures(request: PicturesRequest): Promise<readonly Figure[]>;

  /** The data sets that it knows by name. */
  listData(): Promise<readonly ListedData[]>;
  /** Whether a name can only mean data for such models. */
  claimsData(name: string): Promise<boolean>;
  /** What a data set is, with no more reading than that takes. */
  dataFacts(name: string, work: WorkHooks): Promise<Facts>;
  /** A name or path that always means exactly the data that a run's `data` means now. */
  resolveData(
    draft: RunConfig<C, D>,
    options: OptionsOfRun<O>,
    work: WorkHooks,
  ): Promise<string>;
  /**
   * Options of runs that share their data, replaced by files where making it again would take long.
   *
   * @param write Keeps a file for all runs, and gives its path.
   */
  shareData(
    options: OptionsOfRun<O>,
    tokenizer: unknown,
    write: (content: string) => Promise<string>,
  ): Promise<Readonly<Record<string, string>>>;
  /** Options of preparing data before a run. */
  readonly preparationOptions: P;
  /** Fetches, verifies and keeps data, so that runs find it ready. */
  prepareData(options: OptionsOfTable<P>, work: WorkHooks): Promise<Report<object>>;
}

/**
 * The runs of a family, for whoever does not know which it is.
 *
 * @typeParam O Its options.
 */
export type RunFamily<O extends RunOptionGroups = RunOptionGroups> =
  & Omit<
    FamilyParts<
      ModelConfig,
      Model,
      DataSource,
      RunOptionGroups,
      OptionTable,
      OptionTable,
      OptionTable
    >,
    "options"
  >
  & { readonly options: O };

/**
 * A family, of all that one has to state.
 *
 * @param parts In the family's own types; it is only ever given what it made itself, or what its options allow.
 */
export function defineFamily<
  C extends ModelConfig,
  M extends Model,
  D extends DataSource,
  const O extends RunOptionGroups,
  const E extends OptionTable,
  const R extends OptionTable,
  const P extends OptionTable,
>(parts: FamilyParts<C, M, D, O, E, R, P>): RunFamily<O> {
  return parts as unknown as RunFamily<O>;
}

/** What a family may spread into its parts where it has nothing special: it says so by that. */
export const PLAIN_FAMILY = {
  testMetric: undefined,
  reportOptions: {},
  widthOptions: {},
  openText: undefined,
  drawPictures: (): Promise<readonly Figure[]> => Promise.resolve([]),
  listData: (): Promise<readonly ListedData[]> => Promise.resolve([]),
  claimsData: (): Promise<boolean> => Promise.resolve(false),
  // Of unknown type, so that it says nothing of the family's own.
  resolveData: (draft: unknown): Promise<string> => Promise.resolve((draft as RunConfig).data.name),
  shareData: (): Promise<Readonly<Record<string, string>>> => Promise.resolve({}),
} as const;

/** What some work gave. */
export interface Report<T> {
  /** As a program reads it, and as JSON. */
  readonly result: T;
  /** As people read it, line by line. */
  readonly lines: readonly string[];
}
