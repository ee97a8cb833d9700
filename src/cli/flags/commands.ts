/**
 * Every command and its flags, as data: what the parser accepts, the help text shows and the
 * commands receive.
 *
 * @module
 */

import { builtInFamilies } from "../../models/families.ts";
import { modelOption } from "../../runs/families.ts";
import {
  COMPUTING_OPTIONS,
  DATA_OPTION,
  type GENERAL_OPTIONS,
} from "../../runs/options/general.ts";
import type { OptionValues } from "../../runs/options/option.ts";
import { POST_TRAINING_OPTIONS } from "../../runs/options/post_training.ts";
import { flagsOfFamilies, trainingGroups } from "./family_flags.ts";
import { type FlagGroups, type FlagTable, type Listed, listed } from "./flag.ts";
import {
  DEVICE_FLAGS,
  GENERAL_FLAGS,
  IMPORT_FLAG,
  OUTPUT_FLAGS,
  RUN_FLAG,
} from "./general_flags.ts";
import { PROMPT_FLAG, SAMPLING_FLAGS } from "./sampling_flags.ts";
import { SWEEP_FLAGS, sweptGroups } from "./sweep_flags.ts";

const SUBJECT_FLAGS = {
  run: { ...RUN_FLAG.run, description: "run or model directory to describe" },
  data: {
    kind: "path",
    valueOptional: true,
    placeholder: `[${DATA_OPTION.data.placeholder}]`,
    description: "data set to describe; alone it lists their names",
    alsoCalled: DATA_OPTION.data.alsoCalled,
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
    choices: Object.keys(builtInFamilies),
    description: "with `peer`, compare only the training step of such a model, and nothing else",
    otherwise: "everything",
  },
  peer: {
    kind: "choice",
    choices: ["pytorch"],
    description: "measure the same training step in another program too",
    otherwise: "none",
  },
} as const satisfies FlagTable;

/** The width of what was trained at a width of its own. */
const AS_IN_FLOAT_RUN = "that of the run, 32 if it is float";

/** What the families want to know of the models that are made of a float one. */
function widthFlags(): FlagTable {
  const flags = flagsOfFamilies(({ widthOptions }) => widthOptions);
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, otherwise: AS_IN_FLOAT_RUN }]),
  );
}

/** What the families want to know of data that is prepared. */
function preparationFlags(): FlagTable {
  const { default: _, ...kind } = modelOption();
  const { data, ...others } = flagsOfFamilies(({ preparationOptions }) => preparationOptions);
  const model = {
    ...kind,
    description: "kind of model that is to learn it",
    otherwise: "the one that the data is for by its name",
  };
  return { data, model, ...others };
}

/** A command as the parser and the help text see it. */
export interface CommandDescription {
  /** One line for the help text, without a capital or a full stop. */
  readonly summary: string;
  /** The flag that a plain argument was probably meant for. */
  readonly plainArgument?: string;
  /** Its flags by their heading, those of all families of models there are just now among them. */
  flags(): FlagGroups;
  readonly examples: readonly string[];
}

/** The commands of this version, in the order of the help text. */
export const COMMANDS = {
  prep: {
    summary: "fetch, verify, tokenize or decode, and cache data, for runs with the same flags",
    plainArgument: "data",
    flags: () => ({ "Data": preparationFlags(), "General": { ...IMPORT_FLAG, ...OUTPUT_FLAGS } }),
    examples: [
      "prep --data novel.txt --tokenizer bpe:4096",
      "prep --data hf:uoft-cs/cifar10 --model vit",
      "prep --data hf:roneneldan/TinyStories --rows 1000",
    ],
  },
  train: {
    summary: "train a model; with no flags a ternary language model on Shakespeare",
    plainArgument: "data",
    flags: () => ({ ...trainingGroups(), "General": GENERAL_FLAGS }),
    examples: [
      "train --steps 500 --out runs/first",
      "train --data novel.txt --bits 1 --dim 256",
      "train --resume",
    ],
  },
  eval: {
    summary: "loss, perplexity, bits per byte and accuracy of a run; of images also per class",
    plainArgument: "run",
    flags: () => ({
      "Evaluation": {
        ...RUN_FLAG,
        ...flagsOfFamilies(({ evaluationOptions }) => evaluationOptions),
        ...flagsOfFamilies(({ reportOptions }) => reportOptions),
      },
      "General": GENERAL_FLAGS,
    }),
    examples: ["eval", "eval --data novel.txt --split all --stride 32"],
  },
  generate: {
    summary: "sample text from a run",
    plainArgument: "prompt",
    flags: () => ({
      "Text": { ...RUN_FLAG, ...PROMPT_FLAG },
      "Sampling": SAMPLING_FLAGS,
      "General": GENERAL_FLAGS,
    }),
    examples: ['generate --prompt "ROMEO:" --tokens 500', "generate --temperature 0"],
  },
  chat: {
    summary: "talk with a run: type a line, read its continuation",
    plainArgument: "run",
    flags: () => ({ "Text": RUN_FLAG, "Sampling": SAMPLING_FLAGS, "General": GENERAL_FLAGS }),
    examples: ["chat --run runs/first"],
  },
  quantize: {
    summary: "quantize a float run without training it, and compare",
    plainArgument: "run",
    flags: () => ({
      "Quantization": {
        run: { ...RUN_FLAG.run, description: "float run or model directory to quantize" },
        ...POST_TRAINING_OPTIONS,
        ...widthFlags(),
      },
      "Evaluation": flagsOfFamilies(({ evaluationOptions }) => evaluationOptions),
      "General": GENERAL_FLAGS,
    }),
    examples: ["quantize --bits 4", "quantize --run runs/float --bits 1,1.58,2,4,8"],
  },
  sweep: {
    summary: "the same training with every combination of the values given, and a report",
    flags: () => ({
      "Sweep": SWEEP_FLAGS,
      ...sweptGroups(),
      "General": { ...listed(COMPUTING_OPTIONS), ...IMPORT_FLAG, ...OUTPUT_FLAGS },
    }),
    examples: [
      "sweep --bits 1,1.58,32 --seed 0,1,2",
      "sweep --lr 1e-3,2e-3 --jobs 2 --out runs/rates",
    ],
  },
  figures: {
    summary: "draw every figure of a run, or those and the report of a sweep",
    plainArgument: "run",
    flags: () => ({ "Subject": DRAWN_FLAGS, "General": GENERAL_FLAGS }),
    examples: ["figures", "figures --run runs/first", "figures --sweep runs/rates"],
  },
  info: {
    summary: "what a run, a model directory, a data set or the device is",
    plainArgument: "run",
    flags: () => ({ "Subject": SUBJECT_FLAGS, "General": GENERAL_FLAGS }),
    examples: ["info", "info --run runs/first", "info --data"],
  },
  bench: {
    summary: "speed of the kernels, the training step and generation",
    flags: () => ({ "Measurement": BENCH_FLAGS, "General": DEVICE_FLAGS }),
    examples: ["bench --quick", "bench --peer pytorch --model vit"],
  },
} as const satisfies Record<string, CommandDescription>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** The flags that a command itself looks at; the others are for the library. */
interface OwnFlags {
  readonly prep: typeof IMPORT_FLAG;
  readonly train: typeof GENERAL_FLAGS & Together<GeneralTables>;
  readonly eval: typeof RUN_FLAG & typeof GENERAL_FLAGS;
  readonly generate:
    & typeof RUN_FLAG
    & typeof PROMPT_FLAG
    & typeof SAMPLING_FLAGS
    & typeof GENERAL_FLAGS;
  readonly chat: typeof RUN_FLAG & typeof SAMPLING_FLAGS & typeof GENERAL_FLAGS;
  readonly quantize: typeof RUN_FLAG & typeof GENERAL_FLAGS;
  readonly sweep:
    & typeof SWEEP_FLAGS
    & typeof IMPORT_FLAG
    & Listed<typeof COMPUTING_OPTIONS>
    & Listed<Together<GeneralTables> & { readonly model: ReturnType<typeof modelOption> }>;
  readonly figures: typeof DRAWN_FLAGS & typeof GENERAL_FLAGS;
  readonly info: typeof SUBJECT_FLAGS & typeof GENERAL_FLAGS;
  readonly bench: typeof BENCH_FLAGS & typeof DEVICE_FLAGS;
}

type GeneralTables = (typeof GENERAL_OPTIONS)[keyof typeof GENERAL_OPTIONS];

/** One type that has the properties of all members of a union. */
type Together<U> = (U extends U ? (member: U) => void : never) extends (all: infer I) => void ? I
  : never;

/**
 * The flags of a command after parsing, by their names in camelCase. A flag that was not typed has
 * its default, or is absent where the default depends on something else.
 */
export type ParsedFlags<C extends CommandName> =
  & OptionValues<typeof OUTPUT_FLAGS>
  & OptionValues<OwnFlags[C]>
  & {
    /** The flags that the command line or `--config` gave, to tell them from defaults. */
    readonly given: ReadonlySet<string>;
  }
  & Readonly<Record<string, unknown>>;

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
  const { flags }: CommandDescription = COMMANDS[command];
  return Object.assign({}, ...Object.values<FlagTable>(flags()));
}

/** What is only for the command line, and no option of the library. */
const ONLY_FLAGS: readonly string[] = Object.keys({ ...OUTPUT_FLAGS, ...IMPORT_FLAG });

/** Whether a flag is an option of the library too. */
export function isOption(name: string): boolean {
  return !ONLY_FLAGS.includes(name);
}

/** The flags that were given, as options of the library. */
export function optionsOf(flags: ParsedFlags<CommandName>): Record<string, unknown> {
  const names = [...flags.given].filter(isOption);
  return Object.fromEntries(names.map((name) => [name, flags[name]]));
}
