/**
 * How long work says how far it is, and how it is stopped: what the command line shows, a page or a program can show too.
 *
 * @module
 */

/** How far a part of long work is. */
export interface WorkProgress {
  /** What is being done, such as `tokenize`. */
  readonly label: string;
  /** What is counted, such as `MB`. */
  readonly unit: string;
  /** How much is done. */
  readonly done: number;
  /** How much there is to do, as far as that is known. */
  readonly total: number;
  /** What of it just now, such as the name of a file. */
  readonly detail?: string;
}

/** What long work calls as it goes on. */
export interface WorkHooks {
  /** A remark for people, such as which split of the data was taken. */
  readonly onNote?: (line: string) => void;
  /** How far it is, over and over; each part begins with its first word. */
  readonly onProgress?: (progress: WorkProgress) => void;
  /** Aborted: stop as soon as nothing is lost, and throw its reason. */
  readonly signal?: AbortSignal;
}

/** Tells of downloads as of any other work. */
export function downloadHook(
  { onProgress }: WorkHooks,
): (download: { path: string; doneBytes: number; totalBytes: number }) => void {
  return ({ path, doneBytes, totalBytes }) => {
    const total = Math.ceil(totalBytes / 1e6);
    const done = doneBytes === totalBytes ? total : Math.floor(doneBytes / 1e6);
    onProgress?.({ label: "download", unit: "MB", done, total, detail: path });
  };
}
