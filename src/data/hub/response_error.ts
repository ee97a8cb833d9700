/**
 * An answer of the hub that is not what was asked for.
 *
 * @module
 */

import type { PatientResponse } from "../download/patient_fetch.ts";

/** What the hub answered instead. */
export class HubResponseError extends Error {
  /** Its name. */
  override readonly name = "HubResponseError";

  /**
   * @param status The HTTP status.
   * @param code What the hub calls the trouble, such as `RepoNotFound` or `GatedRepo`.
   * @param detail What the hub says about it.
   * @param retryAfterMs How long the hub asks to wait before the next request.
   */
  constructor(
    readonly status: number,
    readonly code: string | undefined,
    detail: string,
    readonly retryAfterMs: number | undefined,
  ) {
    super(`the hub answered ${status}${detail === "" ? "" : ` (${detail})`}`);
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status >= 500 || [408, 425, 429].includes(this.status);
  }
}

/** The error that an answer means; its body is given up. */
export async function responseError(response: PatientResponse): Promise<HubResponseError> {
  await response.cancel();
  const { headers, status, statusText } = response;
  return new HubResponseError(
    status,
    headers.get("x-error-code") ?? undefined,
    (headers.get("x-error-message") ?? statusText).split("\n")[0].slice(0, 200),
    retryAfterMs(headers.get("retry-after")),
  );
}

/** `Retry-After` is a number of seconds, or a date. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  const seconds = Number(value);
  const waitMs = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
