/**
 * Progress bars of downloads: one after the other, each for a file.
 *
 * @module
 */
import type { DownloadProgress } from "../../data/hub/options.ts";
import type { CommandContext } from "./context.ts";
import type { Progress } from "./progress.ts";

/** Bars for the downloads that it hears of, each until its file is whole. */
export function downloadProgress(
  context: Pick<CommandContext, "progress">,
): (progress: DownloadProgress) => void {
  let shown: { readonly path: string; readonly bar: Progress } | undefined;
  return ({ path, doneBytes, totalBytes }) => {
    if (shown?.path !== path) {
      shown?.bar[Symbol.dispose]();
      shown = { path, bar: context.progress(Math.ceil(totalBytes / 1e6), "download", "MB") };
    }
    shown.bar.update(Math.floor(doneBytes / 1e6), path);
    if (doneBytes === totalBytes) shown.bar[Symbol.dispose]();
  };
}
