/**
 * The micro-batches of each step, read ahead of the step that needs them.
 *
 * @module
 */
import type { BatchStream, TextBatch } from "../../data/text/batches.ts";
import { EpochWindows } from "../../data/text/epoch_windows.ts";
import { type BatchIterable, IteratedBatches } from "../../data/text/batch_iterable.ts";
import { PrefetchedBatches } from "../../data/prefetch.ts";
import { Random, type RandomState } from "../../random.ts";
import { RandomWindows } from "../../data/text/random_windows.ts";
import { isTokens, type Tokens } from "../../data/text/token_source.ts";
import type { StepBatches } from "../../train/task.ts";
import type { TrainingOptions } from "../../train/options.ts";

/**
 * Micro-batches of text.
 *
 * @param train Tokens, in windows as `options.order` says, or custom batches.
 * @param start Where to begin.
 * @throws {InputError} If there are fewer tokens than one window and its last target.
 */
export function textBatches(
  train: Tokens | BatchIterable,
  options: TrainingOptions,
  start: RandomState,
): StepBatches<TextBatch> {
  const { accumulate, batch, context } = options;
  const length = batch * context;
  const stream = new PrefetchedBatches(openStream(train, options, start), accumulate * length);
  // All micro-batches lie in one, so that a single request to the disk can read them.
  const whole = {
    tokens: new Int32Array(accumulate * length),
    targets: new Int32Array(accumulate * length),
  };
  const microBatches = Array.from({ length: accumulate }, (_, index): TextBatch => ({
    tokens: whole.tokens.subarray(index * length, (index + 1) * length),
    targets: whole.targets.subarray(index * length, (index + 1) * length),
  }));
  return {
    async next() {
      await stream.fill(whole.tokens, whole.targets);
      return microBatches;
    },
    state: () => stream.state(),
    [Symbol.dispose]: () => stream[Symbol.dispose](),
  };
}

function openStream(
  train: Tokens | BatchIterable,
  { accumulate, batch, context, order }: TrainingOptions,
  start: RandomState,
): BatchStream {
  if (!isTokens(train)) return new IteratedBatches(train, { batch, context }, start);
  const shape = { batch: batch * accumulate, context };
  return order === "epochs"
    ? new EpochWindows(train, shape, start)
    : new RandomWindows(train, shape, Random.fromState(start));
}
