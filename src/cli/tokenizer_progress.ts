/**
 * Shows how far the training of a tokenizer is.
 *
 * @module
 */
import type { BpeProgress } from "../data/train_bpe.ts";
import type { CommandContext } from "./context.ts";
import type { Progress } from "./progress.ts";

/** How much there is to do in each stage. */
export type TokenizerTotals = Readonly<Record<BpeProgress["stage"], number>>;

/** A progress bar for each stage, one after the other. Disposing it clears the bar. */
export class TokenizerProgress implements Disposable {
  readonly #open: CommandContext["progress"];
  readonly #totals: TokenizerTotals;
  #stage: BpeProgress["stage"] | undefined;
  #bar: Progress | undefined;

  constructor(open: CommandContext["progress"], totals: TokenizerTotals) {
    this.#open = open;
    this.#totals = totals;
  }

  /** Says how far it is. */
  update({ stage, done }: BpeProgress): void {
    if (stage !== this.#stage) {
      this.#bar?.[Symbol.dispose]();
      const unit = stage === "counting" ? "characters" : "tokens";
      this.#bar = this.#open(this.#totals[stage], "tokenizer", unit);
      this.#stage = stage;
    }
    this.#bar?.update(done);
  }

  [Symbol.dispose](): void {
    this.#bar?.[Symbol.dispose]();
  }
}
