/**
 * Every command and its flags, as data: what the parser accepts, the help text shows and the
 * commands receive.
 *
 * @module
 */

import { type FlagGroups, type FlagTable, type FlagValues, listed, listedGroups } from "./flag.ts";
import { CORPUS_FLAGS, DATA_FLAGS } from "./data_flags.ts";
import { IMAGE_FLAGS, MODEL_FLAGS } from "./architecture_flags.ts";
import { QUANTIZATION_FLAGS } from "./quantization_flags.ts";
import { SWEEP_FLAGS, SWEPT_FLAGS } from "./sweep_flags.ts";
import { OPTIMIZATION_FLAGS, RUN_FLAGS, TUNER_FLAGS } from "./train_flags.ts";

const COMPUTING_FLAGS = {
  device: {
    kind: "choice",
    choices: ["auto", "webgpu", "cpu"],
    default: "auto",
    description: "what computes",
    alsoCalled: ["backend", "gpu"],
  },
  threads: {
    kind: "integer",
    min: 1,
    max: 64,
    description: "threads of the CPU device; the result does not depend on it",
    otherwise: "one per processor",
    alsoCalled: ["num-threads", "cpu-threads", "workers"],
  },
} as const satisfies FlagTable;

const OUTPUT_FLAGS = {
  config: {
    kind: "path",
    placeholder: "FILE.json",
    description: "read flags from a JSON object; the command line wins over it",
  },
  json: {
    kind: "boolean",
    description: "print the result as one JSON object on the last line of stdout",
  },
  quiet: {
    kind: "boolean",
    description: "show no progress and no notes",
    alsoCalled: ["silent"],
  },
} as const satisfies FlagTable;

const GENERAL_FLAGS = { ...COMPUTING_FLAGS, ...OUTPUT_FLAGS } as const satisfies FlagTable;

const RUN_FLAG = {
  run: {
    kind: "path",
    placeholder: "DIR",
    description: "run directory, or any folder with config.json and model.safetensors",
    otherwise: "the newest in runs/",
    alsoCalled: ["model", "checkpoint", "dir", "model-dir", "run-dir"],
  },
} as const satisfies FlagTable;

const { default: _default, ...modelKind } = MODEL_FLAGS.model;

const PREPARATION_FLAGS = {
  ...DATA_FLAGS,
  model: {
    ...modelKind,
    description: "kind of model that is to learn it",
    otherwise: "vit if the data is images by its name, else text",
  },
  imageSize: IMAGE_FLAGS.imageSize,
  labelColumn: IMAGE_FLAGS.labelColumn,
} as const satisfies FlagTable;

const EVALUATION_FLAGS = {
  data: {
    kind: "path",
    names: DATA_FLAGS.data.names,
    placeholder: DATA_FLAGS.data.placeholder,
    description: "text or images to evaluate on",
    otherwise: "what the run was trained on",
    alsoCalled: DATA_FLAGS.data.alsoCalled,
  },
  ...CORPUS_FLAGS,
  labelColumn: IMAGE_FLAGS.labelColumn,
  imageMemory: IMAGE_FLAGS.imageMemory,
  split: {
    kind: "choice",
    choices: ["train", "val", "validation", "test", "all"],
    default: "val",
    defaultFor: { vit: "test" },
    description: "what was trained on or held out: a split of the data, else 90 % or 10 % of it",
  },
  stride: {
    kind: "integer",
    min: 1,
    description: "tokens from one window to the next; fewer give every token more before it",
    otherwise: "the context, so that windows do not overlap",
    only: "text",
    alsoCalled: ["step", "window-step"],
  },
  batch: {
    kind: "integer",
    min: 1,
    default: 12,
    description: "windows or images computed at once; the result does not depend on it",
    alsoCalled: OPTIMIZATION_FLAGS.batch.alsoCalled,
  },
  figures: {
    kind: "boolean",
    default: true,
    description: "draw what images are taken for what; --no-figures draws nothing",
    only: "vit",
    alsoCalled: RUN_FLAGS.figures.alsoCalled,
  },
} as const satisfies FlagTable;

const { stride: _stride, figures: _figures, ...QUANTIZE_EVALUATION_FLAGS } = EVALUATION_FLAGS;
const { qatStart: _qatStart, activationBits, ...SCHEME_FLAGS } = QUANTIZATION_FLAGS;

/** The width of what was trained at a width of its own. */
const AS_IN_FLOAT_RUN = "that of the run, 32 if it is float";

const POST_TRAINING_FLAGS = {
  run: { ...RUN_FLAG.run, description: "float run or model directory to quantize" },
  ...SCHEME_FLAGS,
  ...listed({
    bits: { ...QUANTIZATION_FLAGS.bits, choices: [1, 1.58, 2, 3, 4, 5, 6, 7, 8], default: 8 },
    scheme: QUANTIZATION_FLAGS.scheme,
    granularity: QUANTIZATION_FLAGS.granularity,
  }),
  activationBits: { ...activationBits, choices: [4, 8] },
  embedBits: { ...IMAGE_FLAGS.embedBits, otherwise: AS_IN_FLOAT_RUN },
  headBits: { ...IMAGE_FLAGS.headBits, otherwise: AS_IN_FLOAT_RUN },
  out: {
    kind: "path",
    placeholder: "DIR",
    description: "model directory to write; with several models the folder of theirs",
    otherwise: "quantized/ in the run",
    alsoCalled: RUN_FLAGS.out.alsoCalled,
  },
} as const satisfies FlagTable;

const SAMPLING_FLAGS = {
  tokens: {
    kind: "integer",
    min: 1,
    default: 200,
    description: "tokens to sample",
    alsoCalled: ["max-tokens", "max-new-tokens", "num-tokens", "length"],
  },
  temperature: {
    kind: "number",
    min: 0,
    default: 0.8,
    description: "spread of the choice; 0 always takes the likeliest token",
    alsoCalled: ["temp"],
  },
  topK: {
    kind: "integer",
    min: 1,
    description: "choose among this many likeliest tokens",
    otherwise: "all of them",
  },
  topP: {
    kind: "number",
    above: 0,
    max: 1,
    default: 1,
    description: "choose among the likeliest tokens that together have this probability",
    alsoCalled: ["nucleus"],
  },
  repetitionPenalty: {
    kind: "number",
    above: 0,
    default: 1,
    description: "above 1 makes tokens that were seen less likely",
    alsoCalled: ["repeat-penalty"],
  },
  seed: {
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    description: "seed of the choice; the same seed gives the same text",
    otherwise: "a new one every time",
  },
} as const satisfies FlagTable;

const PROMPT_FLAG = {
  prompt: {
    kind: "text",
    description: "text to continue",
    otherwise: "a new line",
    alsoCalled: ["start", "input", "text"],
  },
} as const satisfies FlagTable;

const SUBJECT_FLAGS = {
  run: { ...RUN_FLAG.run, description: "run or model directory to describe" },
  data: {
    kind: "path",
    valueOptional: true,
    names: DATA_FLAGS.data.names,
    placeholder: `[${DATA_FLAGS.data.placeholder}]`,
    description: "data set to describe; alone it lists their names",
    alsoCalled: DATA_FLAGS.data.alsoCalled,
  },
} as const satisfies FlagTable;

const DRAWN_FLAGS = {
  run: { ...RUN_FLAG.run, description: "run or sweep whose figures are drawn" },
  sweep: {
    kind: "path",
    placeholder: "DIR",
    description: "sweep whose figures and report are drawn",
    otherwise: "none, a run is drawn",
  },
} as const satisfies FlagTable;

const BENCH_FLAGS = {
  quick: { kind: "boolean", description: "fewer sizes and repetitions" },
  model: {
    kind: "choice",
    choices: ["text", "vit"],
    description: "with --peer, compare only the training step of such a model, and nothing else",
    otherwise: "everything",
  },
  peer: {
    kind: "choice",
    choices: ["pytorch"],
    description: "measure the same training step in another program too",
    otherwise: "none",
  },
} as const satisfies FlagTable;

/** A command as the parser and the help text see it. */
export interface CommandDescription {
  /** One line for the help text, without a capital or a full stop. */
  readonly summary: string;
  /** The flag that a plain argument was probably meant for. */
  readonly plainArgument?: string;
  readonly flags: FlagGroups;
  readonly examples: readonly string[];
}

/** What makes a run what it is. */
const TRAINING_GROUPS = {
  "Data": DATA_FLAGS,
  "Model": MODEL_FLAGS,
  "Image models": IMAGE_FLAGS,
  "Quantization": QUANTIZATION_FLAGS,
  "Optimization": OPTIMIZATION_FLAGS,
  "Tuner": TUNER_FLAGS,
} as const satisfies FlagGroups;

/** The commands of this version, in the order of the help text. */
export const COMMANDS = {
  prep: {
    summary: "fetch, verify, tokenize or decode, and cache data, for runs with the same flags",
    plainArgument: "data",
    flags: { "Data": PREPARATION_FLAGS, "General": OUTPUT_FLAGS },
    examples: [
      "prep --data novel.txt --tokenizer bpe:4096",
      "prep --data hf:uoft-cs/cifar10 --model vit",
      "prep --data hf:roneneldan/TinyStories --rows 1000",
    ],
  },
  train: {
    summary: "train a model; with no flags a ternary language model on Shakespeare",
    plainArgument: "data",
    flags: {
      ...TRAINING_GROUPS,
      "Run": RUN_FLAGS,
      "General": GENERAL_FLAGS,
    },
    examples: [
      "train --steps 500 --out runs/first",
      "train --data novel.txt --bits 1 --dim 256",
      "train --resume",
    ],
  },
  eval: {
    summary: "loss, perplexity, bits per byte and accuracy of a run; of images also per class",
    plainArgument: "run",
    flags: {
      "Evaluation": { ...RUN_FLAG, ...EVALUATION_FLAGS },
      "General": GENERAL_FLAGS,
    },
    examples: ["eval", "eval --data novel.txt --split all --stride 32"],
  },
  generate: {
    summary: "sample text from a run",
    plainArgument: "prompt",
    flags: {
      "Text": { ...RUN_FLAG, ...PROMPT_FLAG },
      "Sampling": SAMPLING_FLAGS,
      "General": GENERAL_FLAGS,
    },
    examples: ['generate --prompt "ROMEO:" --tokens 500', "generate --temperature 0"],
  },
  chat: {
    summary: "talk with a run: type a line, read its continuation",
    plainArgument: "run",
    flags: { "Text": RUN_FLAG, "Sampling": SAMPLING_FLAGS, "General": GENERAL_FLAGS },
    examples: ["chat --run runs/first"],
  },
  quantize: {
    summary: "quantize a float run without training it, and compare",
    plainArgument: "run",
    flags: {
      "Quantization": POST_TRAINING_FLAGS,
      "Evaluation": QUANTIZE_EVALUATION_FLAGS,
      "General": GENERAL_FLAGS,
    },
    examples: ["quantize --bits 4", "quantize --run runs/float --bits 1,1.58,2,4,8"],
  },
  sweep: {
    summary: "the same training with every combination of the values given, and a report",
    flags: {
      "Sweep": SWEEP_FLAGS,
      ...listedGroups(TRAINING_GROUPS),
      "Run": SWEPT_FLAGS,
      "General": { ...listed(COMPUTING_FLAGS), ...OUTPUT_FLAGS },
    },
    examples: [
      "sweep --bits 1,1.58,32 --seed 0,1,2",
      "sweep --lr 1e-3,2e-3 --jobs 2 --out runs/rates",
    ],
  },
  figures: {
    summary: "draw every figure of a run, or those and the report of a sweep",
    plainArgument: "run",
    flags: { "Subject": DRAWN_FLAGS, "General": GENERAL_FLAGS },
    examples: ["figures", "figures --run runs/first", "figures --sweep runs/rates"],
  },
  info: {
    summary: "what a run, a model directory, a data set or the device is",
    plainArgument: "run",
    flags: { "Subject": SUBJECT_FLAGS, "General": GENERAL_FLAGS },
    examples: ["info", "info --run runs/first", "info --data"],
  },
  bench: {
    summary: "speed of the kernels, the training step and generation",
    flags: { "Measurement": BENCH_FLAGS, "General": GENERAL_FLAGS },
    examples: ["bench --quick", "bench --peer pytorch --model vit"],
  },
} as const satisfies Record<string, CommandDescription>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** The flag tables of a command, as a union. */
type TablesOf<C extends CommandName> =
  (typeof COMMANDS)[C]["flags"][keyof (typeof COMMANDS)[C]["flags"]];

/** One type that has the properties of all members of a union. */
type Together<U> = (U extends U ? (member: U) => void : never) extends (all: infer I) => void ? I
  : never;

/**
 * The flags of a command after parsing, by their names in camelCase. A flag that was not typed has
 * its default, or is absent where the default depends on something else.
 */
export type ParsedFlags<C extends CommandName> =
  & FlagValues<typeof OUTPUT_FLAGS>
  & Together<FlagValues<TablesOf<C>>>
  & {
    /** The flags that the command line or `--config` gave, to tell them from defaults. */
    readonly given: ReadonlySet<keyof Together<TablesOf<C>>>;
  };

/** Whether a word is the name of a command of this version. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/**
 * All flags of a command in one table.
 *
 * @returns The flags by their names in camelCase, in the order of the help text.
 */
export function flagsOf(command: CommandName): FlagTable {
  return Object.assign({}, ...Object.values<FlagTable>(COMMANDS[command].flags));
}
