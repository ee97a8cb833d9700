/**
 * Requests that are given up when the server falls silent or only trickles.
 *
 * @module
 */

/** How a request is made. */
export interface PatientRequest {
  /** Headers to send. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the request up; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** How long the server may stay silent, in milliseconds. */
  readonly patienceMs: number;
}

/** A server that cannot be reached, falls silent, trickles, or breaks off. Trying again may help. */
export class ConnectionError extends Error {
  /** Its name. */
  override readonly name = "ConnectionError";
}

/** A server that trickles: to ask it for the rest does not help for long. */
export class TrickleError extends ConnectionError {}

/** An answer that does not end where it should. Trying again would not help. */
export class LengthError extends Error {
  /** Its name. */
  override readonly name = "LengthError";
}

/** Below this a transfer would not end in anyone's patience. */
const slowestBytesPerSecond = 4096;

/** An answer whose body has not been read yet. It must be read or cancelled. */
export class PatientResponse {
  readonly #response: Response;
  readonly #request: PatientRequest;
  readonly #silence: AbortController;

  /** Use {@link fetchPatiently}. */
  constructor(response: Response, request: PatientRequest, silence: AbortController) {
    this.#response = response;
    this.#request = request;
    this.#silence = silence;
  }

  /** The HTTP status. */
  get status(): number {
    return this.#response.status;
  }

  /** The status in words, if the server gives any. */
  get statusText(): string {
    return this.#response.statusText;
  }

  /** The headers of the answer. */
  get headers(): Headers {
    return this.#response.headers;
  }

  /**
   * The body, piece by piece. Time that the reader takes for a piece is not held against the server.
   *
   * @throws {ConnectionError} If it breaks off, stops or comes too slowly.
   * @throws The reason of the request's signal, if it is aborted.
   */
  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { patienceMs } = this.#request;
    const reader = this.#response.body?.getReader();
    if (reader === undefined) return;
    let [waitedMs, receivedBytes] = [0, 0];
    try {
      for (;;) {
        const startMs = performance.now();
        const { done, value } = await patiently(this.#request, this.#silence, () => reader.read());
        if (done) return;
        waitedMs += performance.now() - startMs;
        receivedBytes += value.length;
        if (waitedMs > patienceMs) {
          const bytesPerSecond = Math.round(receivedBytes / waitedMs * 1000);
          if (bytesPerSecond < slowestBytesPerSecond) {
            throw new TrickleError(`it comes too slowly, ${bytesPerSecond} bytes per second`);
          }
          [waitedMs, receivedBytes] = [0, 0];
        }
        yield value;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  }

  /**
   * The whole body, for small ones.
   *
   * @param limit Bytes that it may have.
   * @throws {LengthError} If it is longer; the rest is given up.
   */
  async bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    for await (const chunk of this.chunks()) {
      bytes += chunk.length;
      if (bytes > limit) throw new LengthError(`the answer is longer than ${limit} bytes`);
      chunks.push(chunk);
    }
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  }

  /** Gives up the body. */
  async cancel(): Promise<void> {
    await this.#response.body?.cancel().catch(() => {});
  }
}

/**
 * Sends a GET request.
 *
 * @param url What to ask for.
 * @param request How to ask, and how long to wait.
 * @returns The answer, whatever its status.
 * @throws {ConnectionError} If the server cannot be reached or does not answer in time.
 * @throws The reason of the signal, if it is aborted.
 */
export async function fetchPatiently(
  url: string,
  request: PatientRequest,
): Promise<PatientResponse> {
  const silence = new AbortController();
  const signals = request.signal === undefined
    ? [silence.signal]
    : [silence.signal, request.signal];
  const response = await patiently(
    request,
    silence,
    () => fetch(url, { headers: request.headers, signal: AbortSignal.any(signals) }),
  );
  return new PatientResponse(response, request, silence);
}

/** Waits for one step of a request, and says in one line why it failed. */
async function patiently<T>(
  { signal, patienceMs }: PatientRequest,
  silence: AbortController,
  step: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const timer = setTimeout(() => silence.abort(), patienceMs);
  try {
    return await step();
  } catch (error) {
    signal?.throwIfAborted();
    const why = silence.signal.aborted
      ? `the server was silent for ${patienceMs / 1000} seconds`
      : briefly(error);
    throw new ConnectionError(why, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What was at the bottom of an error, in one line, without the address that Deno repeats in it. */
function briefly(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return briefly(error.cause);
  const [line] = error.message.split("\n");
  return line.replace(/^error sending request for url \(.*?\): (client error \(Connect\): )?/, "");
}
