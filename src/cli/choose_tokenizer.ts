/**
 * The tokenizer of a run that is trained.
 *
 * @module
 */
import { bpeVocabSize, createTokenizer } from "../data/create_tokenizer.ts";
import type { TextSplit } from "../data/split.ts";
import { sliceText } from "../data/text_chunks.ts";
import type { LoadedText } from "../data/text_source.ts";
import type { Tokenizer } from "../data/tokenizer.ts";
import { InputError } from "../errors.ts";
import type { RunConfig, RunDirectory } from "../train/run_directory.ts";
import type { CommandContext } from "./context.ts";
import { readFittingTokenizer } from "./fitting_tokenizer.ts";
import { checkVocabulary, type InitialModel } from "./initial_model.ts";
import { TokenizerProgress } from "./tokenizer_progress.ts";

/** What {@link chooseTokenizer} needs to know of a run. */
export interface TokenizerRequest {
  readonly config: RunConfig;
  /** A stored run, whose tokenizer and text are used again. */
  readonly directory?: RunDirectory;
  /** The model that a new run starts from, whose vocabulary it shares. */
  readonly initial?: InitialModel;
  /** `--tokenizer`; undefined where it was not given. */
  readonly tokenizer: string | undefined;
  readonly context: PreparationContext;
}

/** What preparing data needs of a {@link CommandContext}. */
export type PreparationContext = Pick<CommandContext, "note" | "progress" | "interrupted">;

/**
 * The tokenizer of a new run, or a stored run's if text and `--tokenizer` are what they were.
 *
 * @throws {InputError} If they are not, or the tokenizer cannot be used.
 */
export async function chooseTokenizer(
  { config, directory, initial, tokenizer: spec, context }: TokenizerRequest,
  { source, sha256 }: LoadedText,
  split: TextSplit,
): Promise<Tokenizer> {
  if (!directory) {
    const name = spec ?? initial?.tokenizer?.file ?? "char";
    const tokenizer = await makeTokenizer(name, split, context);
    if (initial) checkVocabulary(tokenizer, initial);
    return tokenizer;
  }
  const kept = config.data.sha256;
  if (sha256 !== kept) {
    throw new InputError(
      `Cannot resume ${directory.path}: ${source} has changed since the run began ` +
        `(SHA-256 ${sha256.slice(0, 12)}… instead of ${kept.slice(0, 12)}…)`,
    );
  }
  const tokenizer = await readFittingTokenizer(directory.tokenizerPath, config.model);
  if (spec !== undefined) {
    const asked = await makeTokenizer(spec, split, context);
    if (JSON.stringify(asked.toJSON()) !== JSON.stringify(tokenizer.toJSON())) {
      throw new InputError(
        `Cannot resume with --tokenizer ${spec}: the run was started with another one; ` +
          "leave the flag out, or start a new run",
      );
    }
  }
  return tokenizer;
}

/** The tokenizer that `--tokenizer` names; trained, if at all, on the training part only. */
async function makeTokenizer(
  spec: string,
  { train, validation }: TextSplit,
  { progress, note, interrupted }: PreparationContext,
): Promise<Tokenizer> {
  using bars = new TokenizerProgress(progress, {
    counting: train.length,
    merging: bpeVocabSize(spec) ?? 0,
  });
  return await createTokenizer(spec, {
    all: () => sliceText(train + validation),
    train: () => sliceText(train),
  }, { onProgress: (done) => bars.update(done), onNotice: note, signal: interrupted });
}
