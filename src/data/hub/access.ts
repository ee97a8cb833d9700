/**
 * Everything that reading one data set of the hub needs to know.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { fetchPatiently, type PatientResponse } from "../download/patient_fetch.ts";
import type { AttemptOptions } from "./attempts.ts";
import type { DownloadProgress, HubOptions } from "./options.ts";
import { formatHubReference, type HubReference } from "./reference.ts";
import { RepositoryCache } from "./repository_cache.ts";
import { responseError } from "./response_error.ts";
import { type HubSettings, hubSettings } from "./settings.ts";

/** Short enough to be noticed before the user loses patience, long enough for a busy hub. */
const defaultPatienceMs = 10_000;
const hurriedPatienceMs = 3000;

/** The way to one data set. */
export class HubAccess {
  /** What was asked for. */
  readonly reference: HubReference;
  /** Where the hub is, and who asks. */
  readonly settings: HubSettings;
  /** What is kept of the data set. */
  readonly cache: RepositoryCache;
  readonly #options: HubOptions;

  /**
   * @param reference What is asked for.
   * @param options How to get it.
   * @throws {InputError} If no place for the cache is known.
   */
  constructor(reference: HubReference, options: HubOptions = {}) {
    this.reference = reference;
    this.settings = options.settings ?? hubSettings();
    this.#options = options;
    if (this.settings.cacheDir === undefined) {
      throw new InputError(
        `Cannot use ${this.name}: no folder to keep its files in is known, set HF_HOME to one` +
          " (and let Deno read it: --allow-env)",
      );
    }
    this.cache = new RepositoryCache(this.settings.cacheDir, reference.repository);
  }

  /** What the data set is called in a message. */
  get name(): string {
    return formatHubReference(this.reference);
  }

  /** Gives the work up. */
  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /** How requests are repeated. */
  get attempts(): AttemptOptions {
    const { attempts: limit, onNotice, pauseMs, signal } = this.#options;
    return { limit, onNotice, pauseMs, signal };
  }

  /** The same with less patience, for questions that can be left open. */
  hurried(): HubAccess {
    const patienceMs = Math.min(this.#patienceMs, hurriedPatienceMs);
    return new HubAccess(this.reference, { ...this.#options, attempts: 2, patienceMs });
  }

  /** Tells the user something. */
  notice(line: string): void {
    this.#options.onNotice?.(line);
  }

  /** Tells how far a download is. */
  progress(progress: DownloadProgress): void {
    this.#options.onProgress?.(progress);
  }

  /** Address of a file of the data set. */
  fileUrl(commit: string, path: string): string {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    const { endpoint } = this.settings;
    return `${endpoint}/datasets/${this.reference.repository}/resolve/${commit}/${encoded}`;
  }

  /**
   * One request, as the one whose token it is.
   *
   * @param url What to ask for.
   * @param headers Headers to send.
   * @returns An answer of status 200 or 206.
   * @throws {HubResponseError} If the hub answers anything else.
   * @throws {ConnectionError} If it does not answer.
   */
  async request(url: string, headers: Record<string, string> = {}): Promise<PatientResponse> {
    const { token, basicAuthorization, endpoint } = this.settings;
    const authorization = token === undefined ? basicAuthorization : `Bearer ${token}`;
    const isHub = new URL(url).origin === new URL(endpoint).origin;
    const response = await fetchPatiently(url, {
      // A compressed body could not be resumed in the middle.
      headers: {
        "accept-encoding": "identity",
        ...headers,
        ...(authorization !== undefined && isHub && { authorization }),
      },
      signal: this.signal,
      patienceMs: this.#patienceMs,
    });
    if (response.status === 200 || response.status === 206) return response;
    throw await responseError(response);
  }

  get #patienceMs(): number {
    return this.#options.patienceMs ?? defaultPatienceMs;
  }
}
