import assert from "node:assert/strict";
import { join } from "node:path";
import type { HubAccess } from "../../../src/data/hub/access.ts";
import { downloadFile, downloadFiles } from "../../../src/data/hub/download.ts";
import type { HubFile } from "../../../src/data/hub/hub_file.ts";
import { listFiles } from "../../../src/data/hub/listing.ts";
import { type Fault, messageOf, TestCache, TestHub } from "./test_hub.ts";

const large = Uint8Array.from({ length: 50_000 }, (_, at) => at * 7 + (at >> 8));
const contents = {
  "owner/name": { "data/large.parquet": large, "small.txt": "Who's there?\n", "empty.txt": "" },
};

/** Runs a test with a hub, an empty cache, and the two files in it. */
async function withHub(
  test: (hub: TestHub, cache: TestCache, files: readonly HubFile[]) => Promise<void>,
): Promise<void> {
  await using hub = new TestHub(contents);
  await using cache = await TestCache.create();
  const files = await listFiles(cache.access("hf:owner/name", hub), hub.commit("owner/name"));
  hub.requests.length = 0;
  await test(hub, cache, files);
}

async function get(access: HubAccess, hub: TestHub, file: HubFile): Promise<Uint8Array> {
  return await Deno.readFile(await downloadFile(access, hub.commit("owner/name"), file));
}

Deno.test("a file is downloaded once, into the layout of every Hugging Face client", () =>
  withHub(async (hub, cache, files) => {
    const access = cache.access("hf:owner/name", hub);
    const paths = await downloadFiles(access, hub.commit("owner/name"), files);
    assert.deepEqual(await Deno.readFile(paths[0]), large);
    assert.equal(await Deno.readTextFile(paths[1]), "Who's there?\n");
    assert.equal(await Deno.readTextFile(paths[2]), "");
    assert.deepEqual(hub.downloads(), ["data/large.parquet whole", "small.txt whole"]);

    const folder = "hub/datasets--owner--name";
    const commit = hub.commit("owner/name");
    const [{ sha256 }, { gitId }, { gitId: emptyId }] = files;
    assert.deepEqual(
      await cache.files(),
      [
        ...[sha256, gitId, emptyId].map((name) => `${folder}/blobs/${name}`),
        `${folder}/snapshots/${commit}/data/large.parquet`,
        `${folder}/snapshots/${commit}/empty.txt`,
        `${folder}/snapshots/${commit}/small.txt`,
        `${folder}/trees/${commit}.json`,
      ].sort(),
    );
    const link = join(cache.folder, folder, "snapshots", commit, "data", "large.parquet");
    assert.equal(await Deno.readLink(link), `../../../blobs/${sha256}`);

    hub.requests.length = 0;
    assert.deepEqual(await downloadFiles(access, commit, files), paths);
    assert.deepEqual(hub.requests, []);
  }));

Deno.test("a download survives what a connection can do to it", async () => {
  const survived: [what: string, faults: Fault[], requests: string[]][] = [
    ["drops", [{ drop: 20_000, times: 4 }], ["whole", "bytes=20000-", "bytes=40000-"]],
    ["drops at once", [{ drop: 0, times: 4 }], ["whole", "whole", "whole", "whole", "whole"]],
    ["is short", [{ truncate: 30_000, times: 1 }], ["whole", "bytes=30000-"]],
    ["falls silent", [{ silentAfter: 9, times: 1 }], ["whole", "bytes=9-"]],
    ["is busy", [{ status: 503, times: 4 }], ["whole", "whole", "whole", "whole", "whole"]],
    ["limits", [{ status: 429, retryAfter: "0", times: 1 }], ["whole", "whole"]],
    ["damages", [{ corrupt: 5, times: 4 }], ["whole", "whole", "whole", "whole", "whole"]],
    ["adds", [{ surplus: 1, times: 1 }], ["whole", "whole"]],
    ["trickles", [{ trickle: 10, times: 1 }], ["whole", "bytes=X-"]],
    ["takes its time", [{ delay: 200 }], ["whole"]],
    ["takes too long", [{ delay: 1000, times: 1 }], ["whole", "whole"]],
    // What a download has to be is in the listing of the commit.
    ["states a wrong checksum", [{ etag: "0".repeat(64) }], ["whole"]],
    ["states a wrong size", [{ drop: 30_000, times: 1 }, { size: 9 }], ["whole", "bytes=30000-"]],
    [
      "resumes damaged",
      [{ drop: 30_000, times: 1 }, { corrupt: 40_000, times: 1 }],
      ["whole", "bytes=30000-", "whole"],
    ],
    [
      "does not resume",
      [{ drop: 30_000, times: 1 }, { noRange: true }],
      ["whole", "bytes=30000-"],
    ],
    [
      "resumes elsewhere",
      [{ drop: 30_000, times: 1 }, { shift: 10, times: 1 }],
      ["whole", "bytes=30000-", "whole"],
    ],
  ];
  for (const [what, faults, requests] of survived) {
    await withHub(async (hub, cache, [file]) => {
      hub.faults = faults;
      assert.deepEqual(await get(cache.access("hf:owner/name", hub), hub, file), large, what);
      const asked = hub.requests.map(({ range }) => range ?? "whole");
      // How far a slow one came depends on the clock.
      const exact = asked.map((range) => what === "trickles" ? range.replace(/\d+/, "X") : range);
      assert.deepEqual(exact, requests, what);
      assert.ok((await cache.files()).every((path) => !path.endsWith(".incomplete")), what);
    });
  }
});

Deno.test("a hundred drops are no failure while the file grows", () =>
  withHub(async (hub, cache, [file]) => {
    hub.faults = [{ drop: 500 }];
    assert.deepEqual(await get(cache.access("hf:owner/name", hub), hub, file), large);
    assert.equal(hub.requests.length, 100);
  }));

Deno.test("what cannot be downloaded is one line, and nothing wrong is kept", async () => {
  const refused: [fault: Fault, requests: number, why: RegExp][] = [
    [{ drop: 9 }, 5, /^WorkError: .*:\d+: [^/]*(connection|body|end of file|closed)/],
    [{ truncate: 9 }, 5, /^WorkError: .*: it ended after 45 of 50000 bytes/],
    [{ corrupt: 9 }, 5, /^WorkError: .*: what came has the wrong checksum/],
    [{ surplus: 1 }, 5, /^WorkError: .*: what came is larger than 50000 bytes/],
    [{ silentAfter: 0, trickle: 1 }, 5, /^WorkError: .*: the server was silent for 0\.1 seconds/],
    [{ trickle: 10 }, 5, /^WorkError: .*: it comes too slowly, \d+ bytes per second/],
    [{ delay: 1000 }, 5, /^WorkError: .*: the server was silent for 0\.1 seconds/],
    [{ status: 500 }, 5, /^WorkError: .*: the hub answered 500 \(failed on purpose\)/],
    [{ status: 429, retryAfter: "0" }, 5, /^WorkError: .*: the hub answered 429/],
    [
      { status: 503, retryAfter: "3600" },
      1,
      /: the hub answered 503 .*, try again in 3600 seconds/,
    ],
    [{ status: 404, code: "EntryNotFound" }, 1, /^InputError: .*: there is no such file/],
    [{ status: 401 }, 1, /^InputError: .*: it is gated or private, .* token in .* HF_TOKEN$/],
    [
      { status: 401, code: "GatedRepo" },
      1,
      /^InputError: .*: it is gated: accept its terms at http:.*\/datasets\/owner\/name, make a token at .*HF_TOKEN$/,
    ],
    [{ status: 403 }, 1, /^InputError: .*: the hub forbids it: accept the terms at .*HF_TOKEN$/],
  ];
  for (const [fault, requests, why] of refused) {
    await withHub(async (hub, cache, files) => {
      hub.faults = [fault];
      const access = cache.access("hf:owner/name", hub, { patienceMs: 100 });
      const download = downloadFiles(access, hub.commit("owner/name"), files.slice(0, 1));
      const message = await messageOf(download);
      assert.match(message, /: Cannot download data\/large\.parquet of hf:owner\/name/);
      assert.match(message, why);
      if (message.startsWith("WorkError")) {
        assert.match(
          message,
          /; 0 of 1 files are in the cache, the same command .* \(50\.0 kB\)$/,
        );
      }
      assert.equal(hub.requests.length, requests, message);
      const kept = (await cache.files()).filter((path) => /blobs|snapshots/.test(path));
      assert.ok(kept.every((path) => path.endsWith(".incomplete")), kept.join());

      // What was kept is good to go on with.
      hub.faults = [];
      assert.deepEqual(await get(cache.access("hf:owner/name", hub), hub, files[0]), large);
    });
  }
});

Deno.test("Retry-After is heeded, and a long one reported", () =>
  withHub(async (hub, cache, [, file]) => {
    hub.faults = [{ status: 503, retryAfter: new Date(Date.now() + 4500).toUTCString(), times: 1 }];
    const start = performance.now();
    await get(cache.access("hf:owner/name", hub), hub, file);
    const ms = performance.now() - start;
    assert.ok(ms > 2500 && ms < 6000, `${ms}`);
    assert.match(cache.notices.join(), /503 \(failed on purpose\), trying again in [45] seconds/);
  }));

Deno.test("an interrupted download goes on where it was", () =>
  withHub(async (hub, cache, [file]) => {
    const reason = new Error("interrupted");
    const controller = new AbortController();
    hub.faults = [{ silentAfter: 20_000, times: 1 }];
    const onProgress = () => controller.abort(reason);
    const { signal } = controller;
    const first = cache.access("hf:owner/name", hub, { signal, onProgress, patienceMs: 9000 });
    await assert.rejects(get(first, hub, file), reason);
    hub.requests.length = 0;
    assert.deepEqual(await get(cache.access("hf:owner/name", hub), hub, file), large);
    assert.match(hub.requests[0].range ?? "", /^bytes=[1-9]\d*-$/);
  }));

Deno.test("a beginning that is longer than the file, or wrong, is not believed", () =>
  withHub(async (hub, cache, [file]) => {
    const partial = join(cache.folder, `hub/datasets--owner--name/blobs/${file.sha256}.incomplete`);
    for (const [beginning, requests] of [[60_000, 1], [50_000, 1], [100, 2]]) {
      await Deno.mkdir(join(partial, ".."), { recursive: true });
      await Deno.writeFile(partial, new Uint8Array(beginning));
      hub.requests.length = 0;
      assert.deepEqual(await get(cache.access("hf:owner/name", hub), hub, file), large);
      assert.equal(hub.requests.length, requests);
      await Deno.remove(join(cache.folder, "hub"), { recursive: true });
    }
  }));

Deno.test("a damaged copy is noticed and replaced", () =>
  withHub(async (hub, cache, [file]) => {
    const access = cache.access("hf:owner/name", hub);
    const path = await downloadFile(access, hub.commit("owner/name"), file);
    for (const damaged of [large.with(49_999, 0), large.slice(1), new Uint8Array()]) {
      await Deno.writeFile(path, damaged);
      cache.notices.length = 0;
      assert.deepEqual(await get(access, hub, file), large);
      assert.match(cache.notices[0], /data\/large\.parquet .* is damaged, it is downloaded again$/);
    }
    await Deno.writeFile(path, large.slice(1));
    const message = await messageOf(get(cache.access("hf:owner/name"), hub, file));
    assert.match(message, /^WorkError: Cannot download data\/large\.parquet .*refused/i);
  }));

Deno.test("the cache does not depend on the address of the hub", () =>
  withHub(async (hub, cache, files) => {
    const access = cache.access("hf:owner/name", hub);
    await downloadFiles(access, hub.commit("owner/name"), files);
    await using other = new TestHub(contents);
    const elsewhere = cache.access("hf:owner/name", other);
    const commit = other.commit("owner/name");
    await downloadFiles(elsewhere, commit, await listFiles(elsewhere, commit));
    assert.deepEqual(other.requests, []);
  }));

Deno.test("a copy in the snapshot alone, as clients without links have it, is used", () =>
  withHub(async (hub, cache, [file]) => {
    const commit = hub.commit("owner/name");
    const access = cache.access("hf:owner/name", hub);
    const path = join(access.cache.snapshotPath(commit), "data", "large.parquet");
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, large);
    assert.equal(await downloadFile(access, commit, file), path);
    assert.deepEqual(hub.requests, []);
  }));

Deno.test("two that want one file at once share one download", () =>
  withHub(async (hub, cache, [file]) => {
    hub.faults = [{ trickle: 2000, times: 1 }];
    const commit = hub.commit("owner/name");
    const both = [1, 2].map(() => downloadFile(cache.access("hf:owner/name", hub), commit, file));
    for (const path of await Promise.all(both)) assert.deepEqual(await Deno.readFile(path), large);
    assert.deepEqual(hub.downloads(), ["data/large.parquet whole"]);
  }));

Deno.test("the token goes to the hub and nowhere else", () =>
  withHub(async (hub, cache, files) => {
    await using elsewhere = new TestHub(contents);
    hub.faults = [{ match: /large/, redirect: elsewhere.url }];
    const settings = cache.settings(hub, { token: "secret" });
    const access = cache.access("hf:owner/name", hub, { settings });
    await downloadFiles(access, hub.commit("owner/name"), files);
    const seen = ({ requests }: TestHub) => requests.map(({ authorization }) => authorization);
    assert.deepEqual(seen(hub), ["Bearer secret", "Bearer secret"]);
    assert.deepEqual(seen(elsewhere), [null]);
  }));

Deno.test("a file that would lie outside the cache is refused", async () => {
  await using cache = await TestCache.create();
  const file = { path: "a/../../../x", bytes: 1, gitId: "0".repeat(40), sha256: undefined };
  const message = await messageOf(downloadFile(cache.access("hf:a/b"), "0".repeat(40), file));
  assert.equal(
    message,
    'WorkError: Cannot use the file "a/../../../x": it would lie outside the cache',
  );
});
