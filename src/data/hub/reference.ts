/**
 * What `hf:OWNER/NAME[/CONFIG][@REVISION]` means.
 *
 * @module
 */

import { InputError } from "../../errors.ts";

/** A data set of the hub as it was asked for. */
export interface HubReference {
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** One of its configurations; undefined for the default one. */
  readonly configuration: string | undefined;
  /** A branch, tag or commit; undefined for `main`. */
  readonly revision: string | undefined;
}

const segment = "[A-Za-z0-9][\\w.-]*";
const pattern = new RegExp(
  `^hf:(${segment}/${segment})(?:/([^/@]+))?(?:@(${segment}(?:/${segment})*))?$`,
);

/** Whether `--data` names a data set of the hub. */
export function isHubReference(spec: string): boolean {
  return spec.startsWith("hf:");
}

/**
 * Reads the name of a data set of the hub.
 *
 * @param spec `hf:OWNER/NAME`, with a configuration and a revision if need be.
 * @throws {InputError} If it is anything else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseHubReference } from "./reference.ts";
 *
 * assert.deepEqual(parseHubReference("hf:Salesforce/wikitext/wikitext-2-v1@main"), {
 *   repository: "Salesforce/wikitext",
 *   configuration: "wikitext-2-v1",
 *   revision: "main",
 * });
 * ```
 */
export function parseHubReference(spec: string): HubReference {
  const parts = pattern.exec(spec);
  if (parts === null) {
    throw new InputError(
      `Cannot use the data ${spec}: that is no name of a data set of the hub, accepted: ` +
        "hf:OWNER/NAME or hf:OWNER/NAME/CONFIG, and @REVISION after either",
    );
  }
  const [, repository, configuration, revision] = parts;
  return { repository, configuration, revision };
}

/** The name that {@link parseHubReference} reads. */
export function formatHubReference(reference: HubReference): string {
  const { repository, configuration, revision } = reference;
  return `hf:${repository}` + (configuration === undefined ? "" : `/${configuration}`) +
    (revision === undefined ? "" : `@${revision}`);
}

/** Whether a revision is a commit, by SHA-1 or SHA-256, which never changes. */
export function isCommit(revision: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(revision);
}
