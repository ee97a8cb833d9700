import assert from "node:assert/strict";
import { join } from "node:path";
import { describeHubDataset } from "../../../src/data/hub/describe.ts";
import { openHubDataset } from "../../../src/data/hub/hub_dataset.ts";
import { chooseSplit } from "../../../src/data/text/text_dataset.ts";
import { type Contents, messageOf, TestCache, TestHub } from "./test_hub.ts";

const parquet = (name: string) =>
  Deno.readFileSync(new URL(`../../golden/parquet/${name}.parquet`, import.meta.url));

const card = `---
license: [mit, cc0-1.0]
dataset_info:
- config_name: small
  splits:
  - {name: train, num_examples: 4}
configs:
- config_name: small
  default: true
  data_files:
  - {split: train, path: small/train-*}
  - {split: test, path: [small/test.jsonl]}
- config_name: large
  data_files: large/*.csv
---
# Name
`;

const repositories: Readonly<Record<string, Contents>> = {
  "owner/rows": {
    "README.md": card,
    "small/train-0.jsonl": '{"text":"one"}\n{"text":"two\\n"}\n',
    "small/train-1.jsonl": '{"text":null}\n{"text":"three"}',
    "small/test.jsonl": '{"text":"held"}\n',
    "large/a.csv": "id,text\n1,x\n",
  },
  "owner/tables": {
    "data/train-00000-of-00002.parquet": parquet("text_v1_snappy"),
    "data/train-00001-of-00002.parquet": parquet("text_v2_zstd"),
  },
  "owner/images": { "images/train.parquet": parquet("images") },
  "owner/archive": { "data.tar": "x", "load.py": "y", ".gitattributes": "" },
  "owner/script": { "script.py": "y", "README.md": "no card" },
  "owner/script@refs/convert/parquet": {
    "en/train/0000.parquet": parquet("text_v1_snappy"),
    "en/partial-test/0000.parquet": parquet("text_v1_snappy"),
    "de/train/0000.parquet": parquet("binary"),
  },
};

async function withHub(test: (hub: TestHub, cache: TestCache) => Promise<void>): Promise<void> {
  await using hub = new TestHub(repositories);
  await using cache = await TestCache.create();
  await test(hub, cache);
}

const textsOf = async (spec: string, split: string, cache: TestCache, hub?: TestHub) =>
  await Array.fromAsync(
    chooseSplit(await openHubDataset(spec, cache.options(hub)), split).texts(),
  );

Deno.test("a data set is found with its configurations, splits and licence", () =>
  withHub(async (hub, cache) => {
    hub.pageSize = 2;
    const dataset = await openHubDataset("hf:owner/rows", cache.options(hub));
    const commit = hub.commit("owner/rows");
    assert.equal(dataset.canonicalName, `hf:owner/rows/small@${commit}`);
    assert.equal(dataset.source, `hf:owner/rows/small at commit ${commit.slice(0, 7)}`);
    assert.equal(dataset.revision, commit);
    assert.equal(dataset.license, "mit, cc0-1.0");
    assert.deepEqual(
      dataset.splits.map(({ name, files }) => [name, files.map(({ path }) => path)]),
      [
        ["train", ["small/train-0.jsonl", "small/train-1.jsonl"]],
        ["test", ["small/test.jsonl"]],
      ],
    );
    assert.deepEqual(hub.downloads(), ["README.md whole"]);
    const texts = await Array.fromAsync(dataset.splits[0].texts());
    assert.deepEqual(texts, ["one", "two\n", "three"]);
    assert.deepEqual(hub.downloads().slice(1), [
      "small/train-0.jsonl whole",
      "small/train-1.jsonl whole",
    ]);
    assert.deepEqual(cache.notices, ["Downloading 2 files of hf:owner/rows, 0.1 kB"]);
    assert.match(await dataset.splits[0].files[0].digest(), /^git-sha1:[0-9a-f]{40}$/);

    const large = await textsOf("hf:owner/rows/large", "train", cache, hub);
    assert.deepEqual(large, ["x"]);
    // The pinned name needs nobody to be asked.
    hub.requests.length = 0;
    assert.deepEqual(await textsOf(dataset.canonicalName, "train", cache, hub), texts);
    assert.deepEqual(hub.requests, []);
  }));

Deno.test("without a card the file names tell, and parquet is read by row and column", () =>
  withHub(async (hub, cache) => {
    const { splits } = await openHubDataset("hf:owner/tables", cache.options(hub));
    assert.deepEqual(splits.map(({ name }) => name), ["train"]);
    assert.equal(await splits[0].rowCount(), 50);
    const rows = await Array.fromAsync(splits[0].rows(["id"]));
    assert.deepEqual(rows.map(({ id }) => Number(id)), [...Array(50)].map((_, row) => row % 25));
    assert.equal((await Array.fromAsync(splits[0].texts())).length, 42);
    const { splits: images } = await openHubDataset("hf:owner/images", cache.options(hub));
    const [{ img, label }] = await Array.fromAsync(images[0].rows());
    assert.deepEqual([img, label], [{ bytes: Uint8Array.of(255, 216, 0, 0), path: "0.jpg" }, 2n]);
  }));

Deno.test("what the hub converted is read where its own files cannot be", () =>
  withHub(async (hub, cache) => {
    const dataset = await openHubDataset("hf:owner/script/en", cache.options(hub));
    const commit = hub.commit("owner/script@refs/convert/parquet");
    assert.equal(dataset.canonicalName, `hf:owner/script/en@${commit}`);
    assert.deepEqual(dataset.splits.map(({ name }) => name), ["train", "test"]);
    assert.match(cache.notices.join(), /parquet conversion of .* holds only its beginning/);
    const again = await openHubDataset(dataset.canonicalName, cache.options());
    assert.deepEqual(again.splits.map(({ name }) => name), ["train", "test"]);
  }));

Deno.test("what does not exist is reported with what does", () =>
  withHub(async (hub, cache) => {
    const refused: [spec: string, message: RegExp][] = [
      ["hf:owner/row", /^InputError: Cannot find hf:owner\/row: there is no such data set at http/],
      [
        "hf:owner/rows@v2",
        /^InputError: Cannot find hf:owner\/rows@v2: it has no revision v2, a branch, .*accepted$/,
      ],
      [
        "hf:owner/rows/smal",
        /^InputError: .* configuration smal of hf:owner\/rows: .*did you mean small\? It has small, large$/,
      ],
      [
        "hf:owner/script",
        /^InputError: Cannot use hf:owner\/script: it has several configurations, name one as hf:owner\/script\/en; it has en, de$/,
      ],
      [
        "hf:owner/archive",
        /^InputError: .*: none of its files can be read, .* are accepted, it has \.tar, \.py, \.gitattributes$/,
      ],
      ["hf:owner", /^InputError: .*: that is no name of a data set of the hub, accepted: hf:OWNER/],
      ["hf:owner/../x", /^InputError: .*: that is no name of a data set of the hub/],
    ];
    for (const [spec, message] of refused) {
      assert.match(await messageOf(openHubDataset(spec, cache.options(hub))), message);
    }
    // By now the cache knows a name that was probably meant.
    const near = await messageOf(openHubDataset("hf:owner/row", cache.options(hub)));
    assert.match(near, /; did you mean hf:owner\/rows\?$/);

    const dataset = await openHubDataset("hf:owner/rows", cache.options(hub));
    assert.equal(
      await messageOf(Promise.resolve().then(() => chooseSplit(dataset, "tests"))),
      "InputError: Cannot use the split tests of hf:owner/rows: there is none of that name, did " +
        "you mean test? It has train, test",
    );
    assert.equal(
      await messageOf(Array.fromAsync(dataset.splits[0].texts("txt"))),
      "InputError: Cannot use the text column txt of hf:owner/rows/small: there is no such column, " +
        "did you mean text? its columns are text (string)",
    );
    const { splits: [images] } = await openHubDataset("hf:owner/images", cache.options(hub));
    assert.equal(
      await messageOf(Array.fromAsync(images.texts("label"))),
      "InputError: Cannot use the text column label of hf:owner/images/default: it holds values of " +
        "type bigint, text is accepted",
    );
  }));

Deno.test("an answer about a data set is asked for again, as a file is", async () => {
  for (
    const fault of [
      { status: 429, retryAfter: "0", times: 3 },
      { status: 500, times: 4 },
      { truncate: 9, times: 2 },
    ]
  ) {
    await withHub(async (hub, cache) => {
      hub.faults = [{ ...fault, match: /\/tree\// }];
      assert.equal((await textsOf("hf:owner/rows", "train", cache, hub)).length, 3);
    });
  }
  await withHub(async (hub, cache) => {
    hub.faults = [{ status: 500, match: /\/revision\// }];
    assert.match(
      await messageOf(openHubDataset("hf:owner/rows", cache.options(hub))),
      /^WorkError: Cannot find hf:owner\/rows: the hub answered 500 \(failed on purpose\)$/,
    );
    assert.equal(hub.requests.length, 5);
  });
});

Deno.test("a gated or private data set says how to give a token, a wrong token where to get one", () =>
  withHub(async (hub, cache) => {
    hub.faults = [{ status: 401, match: /api/ }];
    const open = (token?: string) =>
      messageOf(openHubDataset("hf:owner/rows", {
        ...cache.options(hub),
        settings: cache.settings(hub, { token }),
      }));
    assert.match(await open(), /^InputError: .* it is gated or private, .* variable HF_TOKEN$/);
    assert.match(await open("wrong"), /^InputError: .* does not accept the token in HF_TOKEN/);
    assert.equal(hub.requests.at(-1)?.authorization, "Bearer wrong");
  }));

Deno.test("once downloaded, no network is needed", () =>
  withHub(async (hub, cache) => {
    const expected = await textsOf("hf:owner/rows", "train", cache, hub);
    const offline = { ...cache.options(), settings: cache.settings(undefined, { offline: true }) };
    for (const options of [cache.options(), offline]) {
      cache.notices.length = 0;
      const dataset = await openHubDataset("hf:owner/rows", options);
      assert.deepEqual(await Array.fromAsync(dataset.splits[0].texts()), expected);
      assert.equal(cache.notices.length, options === offline ? 0 : 1);
      // The other split was not downloaded.
      assert.match(
        await messageOf(Array.fromAsync(dataset.splits[1].texts())),
        /^WorkError: .*small\/test\.jsonl of hf:owner\/rows.*; 0 of 1 files are in the cache, the same command with a network gets the rest/,
      );
    }
    assert.match(
      await messageOf(openHubDataset("hf:owner/tables", offline)),
      /^WorkError: Cannot find hf:owner\/tables: .* HF_HUB_OFFLINE .*; in the cache are hf:owner\/rows$/,
    );
    assert.match(
      await messageOf(openHubDataset("hf:owner/tables", cache.options())),
      /^WorkError: Cannot find hf:owner\/tables from http.*refused.*; in the cache are hf:owner\/rows$/i,
    );
    // A hub in trouble is no reason to fail either, one that has lost the data set is.
    hub.faults = [{ match: /api/, status: 503 }];
    assert.deepEqual(await textsOf("hf:owner/rows", "train", cache, hub), expected);
    hub.faults = [{ match: /api/, status: 404, code: "RepoNotFound" }];
    assert.match(
      await messageOf(openHubDataset("hf:owner/rows", cache.options(hub))),
      /no such data set/,
    );
  }));

Deno.test("what another client downloaded is found without a listing", () =>
  withHub(async (hub, cache) => {
    await textsOf("hf:owner/tables", "train", cache, hub);
    const folder = join(cache.folder, "hub", "datasets--owner--tables");
    await Deno.remove(join(folder, "trees"), { recursive: true });
    assert.equal((await textsOf("hf:owner/tables", "train", cache)).length, 42);

    const commit = hub.commit("owner/tables");
    const second = join(folder, "snapshots", commit, "data", "train-00001-of-00002.parquet");
    const blob = await Deno.realPath(second);
    // Without links a client has the files themselves there.
    await Deno.remove(second);
    await Deno.rename(blob, second);
    assert.equal((await textsOf("hf:owner/tables", "train", cache)).length, 42);
    await Deno.remove(second);
    assert.match(
      await messageOf(textsOf("hf:owner/tables", "train", cache)),
      /train-00001-of-00002\.parquet .*1 of 2 files are in the cache/,
    );
  }));

Deno.test("parts are read over the network, unverified, and nothing is kept", () =>
  withHub(async (hub, cache) => {
    const options = { ...cache.options(hub), unverified: true };
    const { splits: [split], isVerified } = await openHubDataset("hf:owner/tables", options);
    assert.equal(isVerified, false);
    hub.faults = [{ drop: 100, times: 2 }, { noRange: true, times: 1 }, { shift: 9, times: 1 }];
    const rows: unknown[] = [];
    for await (const { id } of split.rows(["id"])) if (rows.push(id) === 3) break;
    assert.deepEqual(rows, [0n, 1n, 2n]);
    assert.ok(hub.downloads().every((request) => /bytes=\d+-\d+$/.test(request)));
    assert.ok((await cache.files()).every((path) => !path.includes("blobs")));
    hub.faults = [{ status: 404, code: "EntryNotFound" }];
    assert.match(
      await messageOf(Array.fromAsync(split.rows())),
      /^InputError: Cannot read data\/train-00000-of-00002\.parquet of hf:owner\/tables: /,
    );
  }));

Deno.test("a data set is described without downloading it", () =>
  withHub(async (hub, cache) => {
    const described = await describeHubDataset("hf:owner/tables", cache.options(hub));
    assert.deepEqual(described, {
      name: "hf:owner/tables",
      revision: hub.commit("owner/tables"),
      license: "not stated",
      configurations: [{ name: "default", is_default: true }],
      configuration: "default",
      columns: [{ name: "id", type: "int64" }, { name: "text", type: "string" }],
      splits: [{ name: "train", rows: 50, bytes: 4013, files: 2, cached_files: 0 }],
    });
    await textsOf("hf:owner/tables", "train", cache, hub);
    const { splits } = await describeHubDataset("hf:owner/tables", cache.options());
    assert.deepEqual(splits.map(({ rows, cached_files }) => [rows, cached_files]), [[50, 2]]);

    const rows = await describeHubDataset("hf:owner/rows", cache.options(hub));
    assert.deepEqual(rows.splits.map(({ name, rows }) => [name, rows]), [["train", 4], [
      "test",
      null,
    ]]);
    const open = await describeHubDataset("hf:owner/script", cache.options(hub));
    assert.deepEqual(open.configurations.map(({ name }) => name), ["en", "de"]);
    assert.deepEqual([open.configuration, open.splits], [null, []]);
  }));
