/**
 * The official client of the hub, `npm:@huggingface/hub`, for what the hub knows about a data set.
 *
 * The client neither repeats nor verifies nor times out; the `fetch` it is given here does.
 *
 * @module
 */

import { importPackage } from "../download/npm_package.ts";
import type { HubAccess } from "./access.ts";
import { AnswerBudget, checkedCommit, checkedFile } from "./answer_checks.ts";
import { DamagedError, withAttempts } from "./attempts.ts";
import type { HubFile } from "./hub_file.ts";

const hubPackage = "@huggingface/hub@2.17.5";

/** The parts of the client that are used. */
interface HubClient {
  datasetInfo(
    params: RequestParameters & {
      readonly name: string;
      readonly revision: string;
      readonly additionalFields: readonly string[];
    },
  ): Promise<{ readonly sha: unknown }>;
  listFiles(
    params: RequestParameters & {
      readonly repo: { readonly type: "dataset"; readonly name: string };
      readonly revision: string;
      readonly recursive: boolean;
    },
  ): AsyncGenerator<ListedEntry>;
}

interface RequestParameters {
  readonly hubUrl: string;
  readonly fetch: typeof fetch;
}

/** As the hub says it, unchecked. */
interface ListedEntry {
  readonly type: unknown;
  readonly path: unknown;
  readonly size: unknown;
  readonly oid?: unknown;
  readonly lfs?: { readonly oid: unknown; readonly size: unknown };
}

/**
 * The commit of a branch or tag.
 *
 * @param access The data set.
 * @param revision The branch or tag.
 * @throws {AnswerError} If what the hub names is no commit.
 */
export async function askCommit(access: HubAccess, revision: string): Promise<string> {
  const { datasetInfo } = await importPackage<HubClient>(hubPackage);
  const { sha } = await datasetInfo({
    ...parameters(access),
    name: access.reference.repository,
    revision,
    additionalFields: ["sha"],
  });
  return checkedCommit(sha);
}

/**
 * Every file of a commit.
 *
 * @param access The data set.
 * @param commit The commit.
 * @throws {AnswerError} If a file would lie elsewhere, or the answer does not end.
 */
export async function askFiles(access: HubAccess, commit: string): Promise<HubFile[]> {
  const { listFiles } = await importPackage<HubClient>(hubPackage);
  const files: HubFile[] = [];
  const entries = listFiles({
    ...parameters(access),
    repo: { type: "dataset", name: access.reference.repository },
    revision: commit,
    recursive: true,
  });
  for await (const { type, path, size, oid = "", lfs } of entries) {
    if (type !== "file") continue;
    files.push(checkedFile({ path, bytes: lfs?.size ?? size, gitId: oid, sha256: lfs?.oid }));
  }
  return files;
}

function parameters(access: HubAccess): RequestParameters {
  const budget = new AnswerBudget();
  const patientFetch = async (input: RequestInfo | URL) => {
    const url = input instanceof Request ? input.url : String(input);
    return await withAttempts(async () => {
      const response = await access.request(url, { accept: "application/json" });
      const bytes = await response.bytes(budget.bytes);
      budget.take(bytes.length);
      checkJson(bytes);
      return new Response(bytes, { status: response.status, headers: response.headers });
    }, access.attempts);
  };
  return { hubUrl: access.settings.endpoint, fetch: patientFetch };
}

/** Half an answer is noticed here, where it can be asked for again. */
function checkJson(bytes: Uint8Array): void {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DamagedError("the hub's answer is not JSON", { cause: error });
  }
}
