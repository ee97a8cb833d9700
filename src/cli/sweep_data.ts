/**
 * The texts of a sweep: found and checked once, before any run starts.
 *
 * @module
 */
import type { SweepRecord, SweptData } from "../sweep/sweep_directory.ts";
import type { CommandContext } from "./context.ts";
import { loadText } from "./loaded_text.ts";
import type { PlannedRun } from "./sweep_plan.ts";
import { prepareData } from "./training_setup.ts";

/**
 * Finds what each `--data` means, so that no run has to look for it again, and all learn from the same.
 *
 * @param specs What was asked for.
 * @param runs The runs, which say what column of it is the text.
 * @param kept The record of the sweep if it is gone on with: a name means what it meant then.
 */
export async function findData(
  specs: readonly string[],
  runs: readonly PlannedRun[],
  kept: SweepRecord | undefined,
  context: CommandContext,
): Promise<SweptData[]> {
  const found: SweptData[] = [];
  for (const spec of specs) {
    const before = kept?.data.find((data) => data.spec === spec);
    const column = runs.find(({ flags }) => flags.data === spec)?.flags.textColumn;
    const { canonicalName, sha256 } = await loadText(before?.name ?? spec, column, context);
    found.push({ spec, name: canonicalName, sha256 });
  }
  return found;
}

/** A run with the text that its `--data` means. */
export function withData(run: PlannedRun, data: readonly SweptData[]): PlannedRun {
  const { name } = data.find(({ spec }) => spec === run.flags.data)!;
  return {
    ...run,
    args: [...run.args.filter((arg) => !arg.startsWith("--data=")), `--data=${name}`],
    config: { ...run.config, data: { ...run.config.data, name } },
  };
}

/**
 * The steps of each run, by its id.
 *
 * @throws {InputError} If a text is too short for a run, or cannot be read as its tokenizer wants.
 */
export async function countSteps(
  runs: readonly PlannedRun[],
  context: CommandContext,
): Promise<Map<string, number>> {
  const counted = new Map<string, Promise<number>>();
  const steps = new Map<string, number>();
  for (const { id, flags, config } of runs) {
    const { batch, context: tokens, accumulate, steps: asked } = config.training;
    const key = JSON.stringify([
      ...[config.data.name, flags.textColumn, flags.tokenizer],
      ...[batch, tokens, accumulate, asked, flags.epochs],
    ]);
    if (!counted.has(key)) {
      const prepared = prepareData({
        config,
        tokenizer: flags.tokenizer,
        epochs: flags.epochs,
        warmup: flags.warmup,
        // What there is to note will be noted by every run.
        context: { ...context, note: () => {} },
      });
      counted.set(key, prepared.then(({ training }) => training.steps));
    }
    steps.set(id, await counted.get(key)!);
  }
  return steps;
}
