/**
 * What a failure of the hub means to the user, in one line.
 *
 * @module
 */

import { InputError, WorkError } from "../../errors.ts";
import type { HubAccess } from "./access.ts";
import { HubResponseError } from "./response_error.ts";

/**
 * The error that the user is shown.
 *
 * @param access The data set.
 * @param action What was tried, such as `download train.csv of hf:OWNER/NAME`.
 * @param error What was thrown.
 * @returns An `InputError` where another name, revision or token would help, else a `WorkError`.
 */
export function hubFailure(
  access: HubAccess,
  action: string,
  error: unknown,
): InputError | WorkError {
  if (error instanceof InputError || error instanceof WorkError) return error;
  const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
  if (!(error instanceof HubResponseError)) {
    const { endpoint } = access.settings;
    return new WorkError(`Cannot ${action} from ${endpoint}: ${message}`, { cause: error });
  }
  const why = refusal(access, error);
  return why === undefined
    ? new WorkError(`Cannot ${action}: ${message}${later(error)}`, { cause: error })
    : new InputError(`Cannot ${action}: ${why}`, { cause: error });
}

/** The error for a file that is not in the cache where the network is forbidden. */
export function offlineFailure(access: HubAccess, path: string): WorkError {
  return new WorkError(
    `Cannot use ${path} of ${access.name}: it is not in the cache and HF_HUB_OFFLINE forbids the ` +
      "network",
  );
}

function later({ retryAfterMs }: HubResponseError): string {
  return retryAfterMs ? `, try again in ${Math.ceil(retryAfterMs / 1000)} seconds` : "";
}

/** Why asking again would not help, and what would. */
function refusal(access: HubAccess, error: HubResponseError): string | undefined {
  const { endpoint, token } = access.settings;
  const { repository, revision } = access.reference;
  const page = `${endpoint}/datasets/${repository}`;
  switch (error.code) {
    case "GatedRepo":
      return token === undefined
        ? `it is gated: accept its terms at ${page}, make a token at ${endpoint}/settings/tokens ` +
          "and give it in the environment variable HF_TOKEN"
        : `it is gated, and whoever the token in HF_TOKEN belongs to has no access: accept its ` +
          `terms at ${page}`;
    case "RepoNotFound":
      return `there is no such data set at ${endpoint}, or it is private: check the name, or give ` +
        "a token in the environment variable HF_TOKEN";
    case "RevisionNotFound":
      return `it has no revision ${revision}, a branch, a tag or a commit is accepted`;
    case "EntryNotFound":
      return "there is no such file at that commit";
  }
  switch (error.status) {
    case 401:
      return token === undefined
        ? `it is gated or private, or there is no such data set: check the name, or accept the ` +
          `terms at ${page} and give a token in the environment variable HF_TOKEN`
        : `the hub does not accept the token in HF_TOKEN: make one at ${endpoint}/settings/tokens`;
    case 403:
      return `the hub forbids it: accept the terms at ${page}, and give a token that may read it ` +
        "in the environment variable HF_TOKEN";
    case 404:
      return `there is no such thing at ${endpoint}: check the name`;
  }
  return undefined;
}
