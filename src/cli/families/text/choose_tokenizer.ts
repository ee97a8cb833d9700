/**
 * The tokenizer of a run that is trained.
 *
 * @module
 */
import type { Tokenizer } from "../../../data/tokenizers/tokenizer.ts";
import { InputError } from "../../../errors.ts";
import type { TextRunConfig } from "../../../train/run_config.ts";
import type { RunDirectory } from "../../../train/run_directory.ts";
import { readFittingTokenizer } from "./fitting_tokenizer.ts";
import { checkVocabulary, type InitialTextModel } from "../../runs/initial_model.ts";
import { type OpenedCorpus, openTokenizer, type PreparationContext } from "./corpus.ts";

/** What {@link chooseTokenizer} needs to know of a run. */
export interface TokenizerRequest {
  readonly config: TextRunConfig;
  /** A stored run, whose tokenizer and text are used again. */
  readonly directory?: RunDirectory;
  /** The model that a new run starts from, whose vocabulary it shares. */
  readonly initial?: InitialTextModel;
  /** `--tokenizer`; undefined where it was not given. */
  readonly tokenizer: string | undefined;
  readonly context: PreparationContext;
}

/**
 * The tokenizer of a new run, or a stored run's if `--tokenizer` is what it was.
 *
 * @throws {InputError} If it is not, or the tokenizer cannot be used.
 */
export async function chooseTokenizer(
  { config, directory, initial, tokenizer: spec, context }: TokenizerRequest,
  opened: OpenedCorpus,
): Promise<Tokenizer> {
  if (!directory) {
    const name = spec ?? initial?.tokenizer?.file ?? "char";
    const tokenizer = await openTokenizer(name, opened, context);
    if (initial) checkVocabulary(tokenizer, initial);
    return tokenizer;
  }
  const tokenizer = await readFittingTokenizer(directory.tokenizerPath, config.model);
  if (spec !== undefined) {
    const asked = await openTokenizer(spec, opened, context);
    if (JSON.stringify(asked.toJSON()) !== JSON.stringify(tokenizer.toJSON())) {
      throw new InputError(
        `Cannot resume with --tokenizer ${spec}: the run was started with another one; ` +
          "leave the flag out, or start a new run",
      );
    }
  }
  return tokenizer;
}
