/**
 * What the hub may say: its answers become paths, sizes and waits on this machine, so they are looked at first.
 *
 * The same holds for what an earlier answer left in the cache.
 *
 * @module
 */

import type { HubFile } from "./hub_file.ts";
import { isCommit } from "./reference.ts";

/** Longer names than this no file system keeps. */
const LONGEST_PATH = 4096;
const LONGEST_NAME = 255;

/** Bytes of all answers to one question: a listing of half a million files. */
const LONGEST_ANSWER = 256 * 2 ** 20;
/** A listing has 1,000 files on a page. */
const MOST_PAGES = 2_000;

/** An answer that nothing may be done with; asking again would not help. */
export class AnswerError extends Error {
  /** Its name. */
  override readonly name = "AnswerError";
}

/**
 * The commit in an answer.
 *
 * @throws {AnswerError} If it is anything but 40 or 64 hexadecimal digits.
 */
export function checkedCommit(value: unknown): string {
  if (typeof value === "string" && isCommit(value)) return value;
  throw new AnswerError(`the hub names the commit ${shown(value)}, which is none`);
}

/** A file in an answer, of which nothing is known yet. */
export interface StatedFile {
  readonly path: unknown;
  readonly bytes: unknown;
  readonly gitId: unknown;
  readonly sha256: unknown;
}

/**
 * A file in a listing.
 *
 * @throws {AnswerError} If its path would not lie inside the repository, or its size or a checksum is none.
 */
export function checkedFile({ path, bytes, gitId, sha256 }: StatedFile): HubFile {
  if (typeof path !== "string" || !isInside(path)) {
    throw new AnswerError(`the hub lists the file ${shown(path)}, which would lie elsewhere`);
  }
  const name = shown(path);
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0) {
    throw new AnswerError(`the hub says of ${name} that it has ${shown(bytes)} bytes`);
  }
  if (sha256 !== undefined && !(typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256))) {
    throw new AnswerError(`the hub states ${shown(sha256)} as the SHA-256 of ${name}`);
  }
  // Of a large file the id of its pointer is not used, and some hubs leave it out.
  const hasId = typeof gitId === "string" && isCommit(gitId);
  if (!hasId && (sha256 === undefined || gitId !== "")) {
    throw new AnswerError(`the hub states ${shown(gitId)} as the checksum of ${name}`);
  }
  return { path, bytes, gitId: gitId as string, sha256: sha256 as string | undefined };
}

/**
 * Whether a path of a repository leads to a place inside any folder it is put into, on every system: not `..`, no
 * drive, no control characters, and no name that Windows takes for a device or another name.
 */
export function isInside(path: string): boolean {
  return path.length <= LONGEST_PATH && path.isWellFormed() &&
    path.split("/").every((name) =>
      name !== "" && name !== "." && name !== ".." && name.length <= LONGEST_NAME &&
      !/[\\:\p{Cc}]/u.test(name)
    );
}

/** Counts the answers to one question. */
export class AnswerBudget {
  #bytes = LONGEST_ANSWER;
  #pages = MOST_PAGES;

  /** Bytes that the next answer may have. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes an answer into account.
   *
   * @throws {AnswerError} If there were too many.
   */
  take(bytes: number): void {
    this.#bytes -= bytes;
    if (--this.#pages < 0) {
      throw new AnswerError(`the hub's answer has more than ${MOST_PAGES} pages`);
    }
  }
}

/** A value as JSON, cut where it is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
