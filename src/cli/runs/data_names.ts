/**
 * What `--data` means.
 *
 * @module
 */
import type { CommandContext } from "../terminal/context.ts";
import { corpusOptions, openCorpus } from "../families/text/corpus.ts";
import { loadImages } from "../families/vit/load_images.ts";
import type { PlannedRun } from "../sweep/sweep_plan.ts";

/**
 * A name or path that always means exactly the data that `--data` means now.
 *
 * @param spec What it says.
 * @param run A run that is to learn it.
 */
export async function nameOfData(
  spec: string,
  { config, flags: { imageSize, labelColumn } }: PlannedRun,
  context: CommandContext,
): Promise<string> {
  if (config.family === "vit") {
    return (await loadImages(spec, { imageSize, labelColumn, imageMemory: 0 }, context))
      .canonicalName;
  }
  const { corpus } = await openCorpus(spec, corpusOptions(config.data), context);
  return corpus.dataset.canonicalName;
}
