/**
 * The text that `--data` names, with the progress of its download.
 *
 * @module
 */
import { loadTextDataset } from "../data/datasets.ts";
import type { LoadedText } from "../data/text_source.ts";
import type { PreparationContext } from "./choose_tokenizer.ts";
import { downloadProgress } from "./download_progress.ts";

/**
 * Loads a text.
 *
 * @param name What `--data` says.
 * @param textColumn What `--text-column` says.
 */
export async function loadText(
  name: string,
  textColumn: string | undefined,
  context: PreparationContext,
): Promise<LoadedText> {
  using progress = downloadProgress(context);
  return await loadTextDataset(name, {
    textColumn,
    onNotice: context.note,
    onProgress: progress.update,
    signal: context.interrupted,
  });
}
