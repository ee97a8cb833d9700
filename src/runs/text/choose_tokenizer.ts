/**
 * The tokenizer of a run that is trained.
 *
 * @module
 */
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { readTokenizer } from "../../data/tokenizers/tokenizer_file.ts";
import { OptionError, optionName } from "../../errors.ts";
import type { TextConfig } from "../../models/text/config.ts";
import type { InitialModel, LearnRequest } from "../family.ts";
import type { WorkHooks } from "../work.ts";
import { type OpenedCorpus, openTokenizer } from "./corpus.ts";
import type { TextRunOptions } from "./draft.ts";
import { findTokenizer, readFittingTokenizer } from "./fitting_tokenizer.ts";
import type { TextDataRecord } from "./run_config.ts";

/**
 * The tokenizer of a new run, or a stored run's if the one that is asked for is what it was.
 *
 * @throws {InputError} If it is not, or the tokenizer cannot be used.
 */
export async function chooseTokenizer(
  { draft, options, stored, initial }: LearnRequest<TextConfig, TextDataRecord, TextRunOptions>,
  opened: OpenedCorpus,
  work: WorkHooks,
): Promise<Tokenizer> {
  const asked = options.given.has("tokenizer") ? options.tokenizer : undefined;
  if (!stored) return await newTokenizer(asked, initial, opened, work);
  const tokenizer = await readFittingTokenizer(stored.tokenizerPath, draft.model);
  if (asked !== undefined) {
    const other = await openTokenizer(asked, opened, work);
    if (JSON.stringify(other.toJSON()) !== JSON.stringify(tokenizer.toJSON())) {
      throw new OptionError(
        `Cannot resume with ${optionName("tokenizer")} ${asked}: the run was started with ` +
          "another one; leave it out, or start a new run",
      );
    }
  }
  return tokenizer;
}

/** The tokenizer that is asked for, else that of the model to start from, whose vocabulary it has to have. */
async function newTokenizer(
  asked: string | undefined,
  initial: InitialModel<TextConfig> | undefined,
  opened: OpenedCorpus,
  work: WorkHooks,
): Promise<Tokenizer> {
  const file = initial && await findTokenizer(initial.directory);
  const tokenizer = await openTokenizer(asked ?? file ?? "char", opened, work);
  if (initial) {
    checkVocabulary(tokenizer, initial, file === undefined ? undefined : await readTokenizer(file));
  }
  return tokenizer;
}

/**
 * Checks that token ids mean in a run what they mean to a model.
 *
 * @param theirs What they mean to it; undefined where nothing says it.
 * @throws {OptionError} If they do not.
 */
function checkVocabulary(
  tokenizer: Tokenizer,
  { directory, config }: InitialModel<TextConfig>,
  theirs: Tokenizer | undefined,
): void {
  if (theirs && JSON.stringify(theirs.toJSON()) !== JSON.stringify(tokenizer.toJSON())) {
    throw new OptionError(
      `Cannot start from ${directory}: its vocabulary of ${theirs.vocabSize} tokens is ` +
        `another than this run's of ${tokenizer.vocabSize}; leave ${optionName("tokenizer")} ` +
        "out to use it",
    );
  }
  if (config.vocabSize !== tokenizer.vocabSize) {
    throw new OptionError(
      `Cannot start from ${directory}: its vocabulary has ${config.vocabSize} tokens, ` +
        `this run's ${tokenizer.vocabSize}; choose the same text or ${optionName("tokenizer")}`,
    );
  }
}
