/**
 * Stations 2 and 3 of a language model: its text is opened, tokenized and split, and says what no option does.
 *
 * @module
 */
import type { Tokens } from "../../data/text/token_source.ts";
import { ValidationWindows } from "../../data/text/validation_windows.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import type { TextConfig } from "../../models/text/config.ts";
import type { LanguageModel } from "../../models/text/model.ts";
import { initialState } from "../../train/initial_state.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { DataSource } from "../../train/run_config.ts";
import type { InitialModel, LearnedData, LearnRequest } from "../family.ts";
import { checkUnchanged } from "../recipe.ts";
import type { WorkHooks } from "../work.ts";
import { chooseTokenizer } from "./choose_tokenizer.ts";
import { openCorpus, openTokens } from "./corpus.ts";
import { corpusOptions } from "./corpus_options.ts";
import type { TextRunOptions } from "./draft.ts";
import type { TextDataRecord, TextRunConfig } from "./run_config.ts";
import { TextTask } from "./task.ts";
import { textBatches } from "./text_batches.ts";

/** The tokens of a text, in parts. */
interface TokenParts {
  /** Tokens to learn. */
  readonly train: Tokens;
  /** Documents that they are; 0 for running text. */
  readonly documents: number;
  /** Tokens that are held out. */
  readonly validation: Tokens;
  /** UTF-8 bytes of those that are predicted. */
  readonly validationBytes: number;
}

/**
 * Loads, tokenizes and splits the text of a run.
 *
 * @throws {InputError} If the text changed since the run began, or the vocabulary of the model that the run starts
 *   from does not fit it.
 */
export async function learnText(
  request: LearnRequest<TextConfig, TextDataRecord, TextRunOptions>,
  work: WorkHooks,
): Promise<LearnedText> {
  const { draft: { data }, stored } = request;
  const opened = await openCorpus(data.name, corpusOptions(data), work);
  const tokenizer = await chooseTokenizer(request, opened, work);
  const { canonicalName: name, source } = opened.corpus.dataset;
  let sha256 = "";
  const prepared = await openTokens(opened, tokenizer, ["train", "validation"], work, (found) => {
    if (stored) checkUnchanged(stored, source, data.sha256, found);
    sha256 = found;
  });
  const { tokens: train, documents } = prepared.part("train");
  const { tokens: validation, predictedBytes: validationBytes } = prepared.part("validation");
  const parts = { train, documents, validation, validationBytes };
  return new LearnedText({ name, source, sha256 }, tokenizer, parts);
}

/** A text, tokenized and split, and what it says of a run. */
class LearnedText
  implements LearnedData<TextConfig, LanguageModel, TextDataRecord, TextRunOptions> {
  readonly #tokenizer: Tokenizer;
  readonly #parts: TokenParts;

  constructor(readonly source: DataSource, tokenizer: Tokenizer, parts: TokenParts) {
    this.#tokenizer = tokenizer;
    this.#parts = parts;
  }

  get tokenizer(): unknown {
    return this.#tokenizer.toJSON();
  }

  /** What no option says has to be as the weights that a run starts from have learned it. */
  complete(
    draft: TextRunConfig,
    options: TextRunOptions,
    initial: InitialModel<TextConfig> | undefined,
  ): TextRunConfig {
    const order = options.order ?? (this.#parts.documents > 0 ? "epochs" : "random");
    return {
      ...draft,
      model: {
        ...draft.model,
        vocabSize: this.#tokenizer.vocabSize,
        ropeTheta: initial?.config.ropeTheta ?? draft.model.ropeTheta,
        rmsNormEpsilon: initial?.config.rmsNormEpsilon ?? draft.model.rmsNormEpsilon,
      },
      training: { ...draft.training, order },
      data: { ...this.source, ...corpusOptions(draft.data) },
    };
  }

  stepsOfEpochs(epochs: number, { batch, context, accumulate, order }: TrainingOptions): number {
    const tokens = this.#parts.train.length;
    // The last window of an ordered epoch may be short.
    const positions = order === "epochs" ? Math.ceil((tokens - 1) / context) * context : tokens;
    return Math.max(1, Math.ceil(epochs * positions / (batch * context * accumulate)));
  }

  /** There has to be a window at least in either part. */
  check({ training }: TextRunConfig): void {
    textBatches(this.#parts.train, training, initialState(training).batches);
    new ValidationWindows(this.#parts.validation, training);
  }

  describe(): string[] {
    const { train, validation } = this.#parts;
    const count = (tokens: number) => tokens.toLocaleString("en");
    return [
      `vocabulary of ${count(this.#tokenizer.vocabSize)}`,
      `${count(train.length)} training and ${count(validation.length)} validation tokens from ` +
      this.source.source,
    ];
  }

  task(model: LanguageModel, { training }: TextRunConfig): TextTask {
    return new TextTask(model, { ...this.#parts, tokenizer: this.#tokenizer }, training);
  }

  /** A text is evaluated on the part that is held out, and on no other. */
  readonly test = undefined;
}
