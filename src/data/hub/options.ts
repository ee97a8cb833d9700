/**
 * How the hub is used.
 *
 * @module
 */

import type { HubSettings } from "./settings.ts";

/** How the hub is used. */
export interface HubOptions {
  /** Where it is and where its files are kept; by default what the environment says. */
  readonly settings?: HubSettings;
  /** Receives each thing worth telling the user, as one line. */
  readonly onNotice?: (line: string) => void;
  /** Receives how far a download is. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Gives the work up; its reason is thrown. What was downloaded is kept. */
  readonly signal?: AbortSignal;
  /** How long the hub may stay silent, in milliseconds. */
  readonly patienceMs?: number;
  /** Failures in a row that end a download or a question. */
  readonly attempts?: number;
  /** Pause after a first failure, in milliseconds; it doubles. */
  readonly pauseMs?: number;
}

/** How far a download is. */
export interface DownloadProgress {
  /** The file's path in the repository. */
  readonly path: string;
  /** Bytes of it that are there. */
  readonly doneBytes: number;
  /** Bytes it has. */
  readonly totalBytes: number;
}

/** How a data set of the hub is opened. */
export interface OpenHubOptions extends HubOptions {
  /**
   * Reads parts of files that are not in the cache over the network instead of downloading them
   * whole: quick for a few rows, but nothing of it is verified or kept.
   */
  readonly unverified?: boolean;
}
