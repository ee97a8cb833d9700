/**
 * Progress bars of downloads: one after the other, each for a file.
 *
 * @module
 */
import type { DownloadProgress } from "../data/hub/options.ts";
import type { CommandContext } from "./context.ts";
import type { Progress } from "./progress.ts";

/** Shows downloads until it is disposed. */
export interface DownloadBars extends Disposable {
  /** Says how far a download is. */
  update(progress: DownloadProgress): void;
}

/** Bars for the downloads that it is told of. */
export function downloadProgress(context: Pick<CommandContext, "progress">): DownloadBars {
  let shown: { readonly path: string; readonly bar: Progress } | undefined;
  return {
    update({ path, doneBytes, totalBytes }) {
      if (shown?.path !== path) {
        shown?.bar[Symbol.dispose]();
        shown = { path, bar: context.progress(Math.ceil(totalBytes / 1e6), "download", "MB") };
      }
      shown.bar.update(Math.floor(doneBytes / 1e6), path);
    },
    [Symbol.dispose]() {
      shown?.bar[Symbol.dispose]();
    },
  };
}
