/**
 * A hub of a few small data sets on loopback that misbehaves as it is asked, for the real client.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { HubAccess } from "../../../src/data/hub/access.ts";
import type { HubOptions } from "../../../src/data/hub/options.ts";
import { parseHubReference } from "../../../src/data/hub/reference.ts";
import type { HubSettings } from "../../../src/data/hub/settings.ts";

/** A way to misbehave. */
export interface Fault {
  /** Which requests are affected, by `/path?query`; by default the downloads. */
  readonly match?: RegExp;
  /** How many of them; by default all. */
  readonly times?: number;
  /** Answers with this status. */
  readonly status?: number;
  /** Adds `Retry-After`. */
  readonly retryAfter?: string;
  /** Adds `X-Error-Code`. */
  readonly code?: string;
  /** Breaks the connection after so many bytes of the body. */
  readonly drop?: number;
  /** Ends the body after so many bytes, as if it were whole. */
  readonly truncate?: number;
  /** Inverts the byte at this offset of the file. */
  readonly corrupt?: number;
  /** Sends nothing more after so many bytes. */
  readonly silentAfter?: number;
  /** Sends so many bytes every 20 ms. */
  readonly trickle?: number;
  /** Adds bytes after the end. */
  readonly surplus?: number;
  /** Ignores ranges. */
  readonly noRange?: boolean;
  /** Sends the range that begins so many bytes later. */
  readonly shift?: number;
  /** Redirects to this address, with the path. */
  readonly redirect?: string;
  /** Answers only after so many milliseconds. */
  readonly delay?: number;
  /** States this as the file's checksum. */
  readonly etag?: string;
  /** States this as the file's size. */
  readonly size?: number;
  /** Answers this instead, as JSON; a function of the address may answer differently each time. */
  readonly answer?: (url: URL) => Response;
}

/** A request that the hub got. */
export interface SeenRequest {
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
  status: number;
}

/** Contents of a repository by path. */
export type Contents = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

interface ServedFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gitId: string;
  /** Of files that git would not hold itself. */
  readonly sha256?: string;
}

interface Repository {
  readonly commit: string;
  readonly files: readonly ServedFile[];
}

const hash = (kind: string, ...parts: (string | Uint8Array)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash(kind)).digest("hex");

function repository(contents: Contents): Repository {
  const files = Object.entries(contents).map(([path, content]): ServedFile => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const sha256 = /\.(parquet|gz)$/.test(path) ? hash("sha256", bytes) : undefined;
    const blob = sha256 === undefined ? bytes : new TextEncoder().encode(`pointer to ${sha256}`);
    return { path, bytes, gitId: hash("sha1", `blob ${blob.length}\0`, blob), sha256 };
  });
  return { files, commit: hash("sha1", ...files.map(({ path, gitId }) => path + gitId)) };
}

/** Serves until it is disposed. Requests and faults may be read and changed meanwhile. */
export class TestHub implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly url: string;
  faults: Fault[] = [];
  /** Entries per page of a listing. */
  pageSize = 1000;
  readonly #repositories = new Map<string, Repository>();
  readonly #used = new Map<Fault, number>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #stop = new AbortController();

  constructor(contents: Readonly<Record<string, Contents>>) {
    for (const [name, files] of Object.entries(contents)) {
      this.#repositories.set(name, repository(files));
    }
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, signal: this.#stop.signal, onListen() {} },
      (request) => this.#answer(request),
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The commit of a data set; of its conversion with `@refs/convert/parquet` after its name. */
  commit(name: string): string {
    return this.#repositories.get(name)!.commit;
  }

  /** Requests of contents, as `path range`. */
  downloads(): string[] {
    return this.requests.filter(({ path }) => path.includes("/resolve/"))
      .map(({ path, range }) => `${path.replace(/.*\/resolve\/[^/]*\//, "")} ${range ?? "whole"}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#server.finished;
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname + url.search;
    const { headers } = request;
    const seen: SeenRequest = {
      path,
      range: headers.get("range"),
      authorization: headers.get("authorization"),
      status: 0,
    };
    this.requests.push(seen);
    const response = await this.#respond(url, seen);
    seen.status = response.status;
    return response;
  }

  async #respond(url: URL, { path, range }: SeenRequest): Promise<Response> {
    const fault = this.#faultOf(path);
    if (fault.delay !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, fault.delay));
    }
    if (fault.status !== undefined) {
      return failed(fault.status, fault.code ?? "", "failed on purpose", fault.retryAfter);
    }
    if (fault.redirect !== undefined) {
      const location = fault.redirect + path;
      return new Response(null, { status: 302, headers: { location } });
    }
    if (fault.answer !== undefined) return fault.answer(url);
    const call = /^\/api\/datasets\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
    const file = /^\/datasets\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const [, name, revision] = call === null
      ? [undefined, file?.[1], file?.[2]]
      : [undefined, call[1], call[3]];
    if (name === undefined || !this.#repositories.has(name)) {
      return failed(404, "RepoNotFound", "Repository not found");
    }
    const found = this.#find(name, decodeURIComponent(revision ?? ""));
    if (found === undefined) return failed(404, "RevisionNotFound", "Invalid rev id");
    if (call?.[2] === "revision") return Response.json({ id: name, sha: found.commit });
    if (call?.[2] === "tree") return this.#tree(url, found, fault);
    const served = found.files.find(({ path }) => path === decodeURIComponent(file?.[3] ?? ""));
    return served === undefined
      ? failed(404, "EntryNotFound", "Entry not found")
      : sendFile(served, range, fault);
  }

  #find(name: string, revision: string): Repository | undefined {
    for (const branch of ["main", "refs/convert/parquet"]) {
      const repository = this.#repositories.get(branch === "main" ? name : `${name}@${branch}`);
      if (repository && [branch, repository.commit].includes(revision)) return repository;
    }
    return undefined;
  }

  #tree(url: URL, { files }: Repository, fault: Fault): Response {
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const to = from + this.pageSize;
    const entries = [
      { type: "directory", path: "folder", size: 0, oid: "0".repeat(40) },
      ...files.map(({ path, bytes, gitId, sha256 }) => ({
        type: "file",
        path,
        size: bytes.length,
        oid: gitId,
        ...(sha256 && { lfs: { oid: sha256, size: bytes.length, pointerSize: 100 } }),
      })),
    ];
    const next = new URL(url);
    next.searchParams.set("cursor", String(to));
    const headers = new Headers({ "content-type": "application/json" });
    if (to < entries.length) headers.set("link", `<${next}>; rel="next"`);
    const body = JSON.stringify(entries.slice(from, to));
    return new Response(body.slice(0, fault.truncate), { headers });
  }

  /** The first fault that still has to happen to a request. */
  #faultOf(path: string): Fault {
    for (const fault of this.faults) {
      const used = this.#used.get(fault) ?? 0;
      if (!(fault.match ?? /\/resolve\//).test(path) || used >= (fault.times ?? Infinity)) continue;
      this.#used.set(fault, used + 1);
      return fault;
    }
    return {};
  }
}

function failed(status: number, code: string, message: string, retryAfter?: string): Response {
  const headers = new Headers({ "x-error-message": message });
  if (code !== "") headers.set("x-error-code", code);
  if (retryAfter !== undefined) headers.set("retry-after", retryAfter);
  return Response.json({ error: message }, { status, headers });
}

function sendFile(
  { bytes, sha256, gitId }: ServedFile,
  range: string | null,
  fault: Fault,
): Response {
  const asked = fault.noRange ? null : /^bytes=(\d+)-(\d*)$/.exec(range ?? "");
  const start = asked === null ? 0 : Number(asked[1]) + (fault.shift ?? 0);
  const end = asked?.[2] ? Math.min(bytes.length, Number(asked[2]) + 1) : bytes.length;
  if (asked !== null && start >= bytes.length) return failed(416, "", "no such range");
  const sent = new Uint8Array(end - start + (fault.surplus ?? 0));
  sent.set(bytes.subarray(start, end));
  const { corrupt = -1, drop, truncate, silentAfter, trickle } = fault;
  if (corrupt >= start && corrupt < end) sent[corrupt - start] ^= 255;
  const total = fault.size ?? bytes.length;
  const length = Math.min(sent.length, truncate ?? Infinity);
  const headers = new Headers({
    "content-length": String(length),
    // Otherwise Deno compresses text and takes the length away.
    "cache-control": "no-transform",
    "content-type": "application/octet-stream",
    "etag": `"${fault.etag ?? sha256 ?? gitId}"`,
    "x-linked-etag": `"${fault.etag ?? sha256 ?? gitId}"`,
    "x-linked-size": String(total),
  });
  if (asked !== null) headers.set("content-range", `bytes ${start}-${end - 1}/${total}`);
  const stop = Math.min(length, drop ?? silentAfter ?? Infinity);
  const step = trickle ?? Math.max(1, stop);
  let at = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (trickle !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      if (at < stop) controller.enqueue(sent.slice(at, at += Math.min(step, stop - at)));
      else if (silentAfter === undefined) controller.close(); // short of its length, it breaks
      else await new Promise((resolve) => setTimeout(resolve, 1500));
    },
  });
  return new Response(body, { status: asked === null ? 200 : 206, headers });
}

/** An address where nobody listens. */
const nobody = (() => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${listener.addr.port}`;
})();

/** A cache of its own for a test. */
export class TestCache implements AsyncDisposable {
  readonly notices: string[] = [];

  private constructor(readonly folder: string) {}

  /** An empty cache. */
  static async create(): Promise<TestCache> {
    return new TestCache(await Deno.makeTempDir({ prefix: "bittext-hub-" }));
  }

  /** Settings for a hub, or for none that can be reached. */
  settings(hub?: TestHub, more: Partial<HubSettings> = {}): HubSettings {
    const cacheDir = join(this.folder, "hub");
    return {
      endpoint: hub?.url ?? nobody,
      token: undefined,
      cacheDir,
      offline: false,
      ...more,
    };
  }

  /** Options with short pauses, so that a test of many failures is quick. */
  options(hub?: TestHub, more: Partial<HubOptions> = {}): HubOptions {
    return {
      settings: this.settings(hub),
      onNotice: (line) => this.notices.push(line),
      patienceMs: 400,
      pauseMs: 1,
      ...more,
    };
  }

  /** The way to a data set. */
  access(spec: string, hub?: TestHub, more: Partial<HubOptions> = {}): HubAccess {
    return new HubAccess(parseHubReference(spec), this.options(hub, more));
  }

  /** Every file in the cache, without locks, sorted. */
  async files(): Promise<string[]> {
    const found: string[] = [];
    const visit = async (folder: string, prefix: string) => {
      for await (const { name, isDirectory } of Deno.readDir(folder)) {
        if (name === ".locks") continue;
        if (isDirectory) await visit(join(folder, name), `${prefix}${name}/`);
        else found.push(prefix + name);
      }
    };
    await visit(this.folder, "");
    return found.sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The message of the error that some work ends in, which is one line. */
export async function messageOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.doesNotMatch(error.message, /\n/);
    return `${error.name}: ${error.message}`;
  }
  return assert.fail("it succeeded");
}
