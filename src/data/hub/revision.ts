/**
 * Which commit a data set is read at.
 *
 * @module
 */

import { InputError, WorkError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import type { HubAccess } from "./access.ts";
import { askCommit } from "./client.ts";
import { hubFailure } from "./failure.ts";
import { isCommit } from "./reference.ts";
import { keptRepositories } from "./repository_cache.ts";
import { HubResponseError } from "./response_error.ts";

/**
 * The commit of a revision: what the hub says, or where the hub cannot be asked, what it said last.
 *
 * @param access The data set.
 * @param revision A branch, a tag or a commit.
 * @throws {InputError} If there is no such data set or revision, or it may not be read.
 * @throws {WorkError} If the hub cannot be asked and never was.
 */
export async function resolveCommit(access: HubAccess, revision: string): Promise<string> {
  if (isCommit(revision)) return revision;
  const known = await access.cache.readRef(revision);
  const { endpoint, offline } = access.settings;
  if (offline) {
    if (known !== undefined) return known;
    throw new WorkError(
      `Cannot find ${access.name}: nothing of it is in the cache and HF_HUB_OFFLINE forbids the ` +
        "network; unset it once, afterwards no network is needed" + await whatIsKept(access),
    );
  }
  try {
    // With a copy at hand the user should not have to wait until it is sure that there is no network.
    const commit = await askCommit(known === undefined ? access : access.hurried(), revision);
    await access.cache.writeRef(revision, commit);
    return commit;
  } catch (error) {
    access.signal?.throwIfAborted();
    if (error instanceof HubResponseError && !error.isTemporary || known === undefined) {
      const { name, message, cause } = hubFailure(access, `find ${access.name}`, error);
      const Failure = name === "InputError" ? InputError : WorkError;
      const isFound = error instanceof HubResponseError && error.code === "RevisionNotFound";
      throw new Failure(message + (isFound ? "" : await whatIsKept(access)), { cause });
    }
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    access.notice(
      `${endpoint} cannot be asked about ${access.name} (${why}); the copy in the cache is used, ` +
        `of commit ${known.slice(0, 7)}`,
    );
    return known;
  }
}

/** The data sets that could be meant instead, as far as the cache knows. */
async function whatIsKept({ reference: { repository }, settings }: HubAccess): Promise<string> {
  const kept = await keptRepositories(settings.cacheDir ?? "");
  const others = kept.filter((name) => name !== repository);
  if (others.length === 0) return "";
  const nearest = nearestName(repository, others);
  if (nearest !== undefined) return `; did you mean hf:${nearest}?`;
  return `; in the cache are ${
    others.slice(0, longestList).map((name) => `hf:${name}`).join(", ")
  }`;
}

const longestList = 10;
