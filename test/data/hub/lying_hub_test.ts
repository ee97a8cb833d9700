import assert from "node:assert/strict";
import { join } from "node:path";
import { checkedCommit, checkedFile, isInside } from "../../../src/data/hub/answer_checks.ts";
import { downloadFile } from "../../../src/data/hub/download.ts";
import { listFiles } from "../../../src/data/hub/listing.ts";
import { parseHubReference } from "../../../src/data/hub/reference.ts";
import { RepositoryCache } from "../../../src/data/hub/repository_cache.ts";
import { resolveCommit } from "../../../src/data/hub/revision.ts";
import { hubSettings } from "../../../src/data/hub/settings.ts";
import { messageOf, TestCache, TestHub } from "./test_hub.ts";

const DATA = "hf:owner/name";
const contents = { "owner/name": { "train.csv": "text\nhello\n" } };

const lies = [
  "../../../project",
  "..",
  "",
  "a",
  "0".repeat(39),
  "G".repeat(40),
  "A".repeat(40),
  5,
  null,
  {
    x: 1,
  },
  `${"0".repeat(40)}/../../x`,
  `${"0".repeat(40)}\n`,
];

Deno.test("a commit is 40 or 64 hexadecimal digits, or refused", async () => {
  for (const digits of [40, 64]) {
    assert.equal(checkedCommit("0".repeat(digits)), "0".repeat(digits));
  }
  for (const sha of lies) {
    assert.throws(() => checkedCommit(sha), { name: "AnswerError" }, String(sha));
    await using cache = await TestCache.create();
    await using hub = new TestHub(contents);
    hub.faults = [{
      match: /\/revision\//,
      answer: () => Response.json({ id: "owner/name", sha }),
    }];
    const message = await messageOf(resolveCommit(cache.access(DATA, hub), "main"));
    assert.match(
      message,
      /^WorkError: Cannot find hf:owner\/name from http:.*: the hub names the commit/,
    );
    assert.deepEqual(await cache.files(), []);
  }
});

Deno.test("a listing whose files would lie elsewhere, or whose checksums are none, is refused", async () => {
  const oid = "0".repeat(40);
  const entries: Record<string, unknown>[] = [
    ...[
      "../x",
      "a/../../x",
      "/etc/x",
      "a//b",
      "a/./b",
      "c:/x",
      "a\\..\\x",
      "a\0",
      "x".repeat(300),
      7,
      null,
    ]
      .map((path) => ({ path, size: 1, oid })),
    ...lies.slice(0, -1).map((oid) => ({ path: "x", size: 1, oid })),
    ...lies.map((sha) => ({ path: "x", size: 1, oid, lfs: { oid: sha, size: 1 } })),
    ...[-1, 0.5, NaN, 2 ** 60, "5", null].map((size) => ({ path: "x", size, oid })),
  ];
  for (const entry of entries) {
    await using cache = await TestCache.create();
    await using hub = new TestHub(contents);
    const listed = [{ type: "file", ...entry }];
    hub.faults = [{ match: /\/tree\//, answer: () => Response.json(listed) }];
    const access = cache.access(DATA, hub);
    const message = await messageOf(listFiles(access, hub.commit("owner/name")));
    assert.match(message, /: the hub (lists|says|states) /, JSON.stringify(entry));
    assert.deepEqual(await cache.files(), []);
  }
});

Deno.test("what an answer left in the cache is looked at as well", async () => {
  await using cache = await TestCache.create();
  await using hub = new TestHub(contents);
  const access = cache.access(DATA, hub);
  const commit = hub.commit("owner/name");
  const kept = new RepositoryCache(cache.settings().cacheDir!, "owner/name");
  await access.cache.writeRef("main", commit);
  const folder = join(cache.folder, "hub/datasets--owner--name");
  await Deno.writeTextFile(join(folder, "refs/main"), "../../../project");
  assert.equal(await kept.readRef("main"), undefined);
  for (const revision of ["../../x", "a/../../../x", ""]) {
    assert.equal(await kept.readRef(revision), undefined);
    await assert.rejects(kept.writeRef(revision, commit), { name: "WorkError" });
  }
  for (const bad of ["../x", "main"]) {
    assert.throws(() => kept.snapshotPath(bad), { name: "AnswerError" });
    assert.throws(() => kept.treePath(bad), { name: "AnswerError" });
  }
  // A damaged listing is asked for again.
  await listFiles(access, commit);
  const path = join(folder, "trees", `${commit}.json`);
  const tree = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, tree.replace("train.csv", "../../train.csv"));
  assert.deepEqual((await listFiles(access, commit)).map(({ path }) => path), ["train.csv"]);
});

Deno.test("endless answers and endless pages end", async () => {
  await using cache = await TestCache.create();
  await using hub = new TestHub(contents);
  const access = cache.access(DATA, hub);
  const commit = hub.commit("owner/name");
  let pages = 0;
  hub.faults = [{
    match: /\/tree\//,
    answer(url) {
      url.searchParams.set("cursor", String(++pages));
      return Response.json([], { headers: { link: `<${url}>; rel="next"` } });
    },
  }];
  assert.match(await messageOf(listFiles(access, commit)), /more than 2000 pages/);
  assert.equal(pages, 2001);

  let sent = 0;
  const chunk = new TextEncoder().encode(" ".repeat(2 ** 24));
  hub.faults = [{
    match: /\/tree\//,
    answer: () =>
      new Response(
        new ReadableStream({
          pull: (controller) => void (sent += chunk.length, controller.enqueue(chunk)),
        }),
      ),
  }];
  assert.match(
    await messageOf(listFiles(access, commit)),
    /the answer is longer than 268435456 bytes/,
  );
  assert.ok(sent < 2 ** 29, `${sent} bytes`);
});

Deno.test("a size that the disk has no room for is refused before the first byte", async () => {
  await using cache = await TestCache.create();
  await using hub = new TestHub(contents);
  const file = { path: "x.csv", bytes: 1e15, gitId: "0".repeat(40), sha256: undefined };
  const message = await messageOf(downloadFile(cache.access(DATA, hub), "0".repeat(40), file));
  assert.match(message, /it has 1000000000.0 MB, and on the disk of .* there is room for/);
  assert.deepEqual(hub.downloads(), []);
});

Deno.test("nothing is written through a planted link", async () => {
  await using cache = await TestCache.create();
  await using hub = new TestHub(contents);
  const access = cache.access(DATA, hub);
  const commit = hub.commit("owner/name");
  const [file] = await listFiles(access, commit);
  const victim = join(cache.folder, "victim");
  const unmade = join(cache.folder, "unmade");
  await Deno.writeTextFile(victim, "mine");
  const blobs = join(cache.folder, "hub/datasets--owner--name/blobs");
  const locks = join(cache.folder, "hub/.locks/datasets--owner--name");
  for (const folder of [blobs, locks]) await Deno.mkdir(folder, { recursive: true });
  await Deno.symlink(victim, join(blobs, `${file.gitId}.incomplete`));
  await Deno.symlink(unmade, join(locks, `${file.gitId}.lock`));
  const path = await downloadFile(access, commit, file);
  assert.equal(await Deno.readTextFile(path), contents["owner/name"]["train.csv"]);
  assert.equal(await Deno.readTextFile(victim), "mine");
  await assert.rejects(Deno.lstat(unmade), Deno.errors.NotFound);
});

Deno.test("credentials in the address of the hub are used and never shown", async () => {
  const before = Deno.env.get("HF_ENDPOINT");
  await using cache = await TestCache.create();
  await using hub = new TestHub(contents);
  try {
    Deno.env.set("HF_ENDPOINT", hub.url.replace("//", "//user:pass%40word@") + "/");
    const { endpoint, basicAuthorization } = hubSettings();
    assert.equal(endpoint, hub.url);
    const settings = cache.settings(hub, { endpoint, basicAuthorization });
    hub.faults = [{ match: /./, status: 401, code: "" }];
    const message = await messageOf(resolveCommit(cache.access(DATA, hub, { settings }), "main"));
    assert.doesNotMatch(message, /user|pass/);
    assert.equal(hub.requests[0].authorization, `Basic ${btoa("user:pass@word")}`);
    for (
      const address of [
        "ftp://user:password@host",
        "http//user:password@host",
        "user:password@host",
      ]
    ) {
      Deno.env.set("HF_ENDPOINT", address);
      assert.throws(hubSettings, (error: Error) => !/user|password/.test(error.message));
    }
  } finally {
    if (before === undefined) Deno.env.delete("HF_ENDPOINT");
    else Deno.env.set("HF_ENDPOINT", before);
  }
});

Deno.test("references and paths are checked", () => {
  for (
    const spec of ["hf:../x", "hf:a/..", "hf:a/b/../c", "hf:a/b@../x", "hf:a/b@x/../y", "hf:a/b@/x"]
  ) {
    let read: ReturnType<typeof parseHubReference> | undefined;
    try {
      read = parseHubReference(spec);
    } catch {
      continue;
    }
    assert.ok(isInside(`${read.repository}/${read.revision ?? "main"}`), spec);
  }
  assert.deepEqual(
    checkedFile({ path: "ä/x y.csv", bytes: 0, gitId: "0".repeat(64), sha256: undefined }).path,
    "ä/x y.csv",
  );
});
