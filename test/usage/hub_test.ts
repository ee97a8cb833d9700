/**
 * Data sets of the hub as a person uses them: once with a network, afterwards without.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestHub } from "../data/hub/test_hub.ts";
import { tinyText } from "../tiny_text.ts";
import { assertFails, ending, programTest, resultOf, root, type Workplace } from "./program.ts";

const lines = tinyText(400).trimEnd().split("\n");
const jsonLines = (from: number, to: number) =>
  lines.slice(from, to).map((line, id) => JSON.stringify({ id, line }) + "\n").join("");

const repositories = {
  "owner/lines": {
    "README.md": "---\nlicense: mit\n---\n",
    "validation.jsonl": jsonLines(0, 300),
    "test.jsonl": jsonLines(300, 400),
  },
};

/** Variables that a program in a workplace finds a hub with. */
const environment = (place: Workplace, url: string) => ({
  HF_ENDPOINT: url,
  HF_HOME: place.path("huggingface"),
  HF_TOKEN: "",
  HF_HUB_CACHE: "",
  HF_HUB_OFFLINE: "",
});

const training = (place: Workplace, out: string, ...more: string[]) =>
  // Characters would be those of all splits.
  place.training(out, "--data", "hf:owner/lines", "--tokenizer", "byte")
    .concat("--device", "cpu", "--steps", "2", ...more)
    .filter((arg, at, all) => !(arg === "text.txt" || all[at + 1] === "text.txt"));

programTest(
  "a run on a data set of the hub goes on, and is evaluated, without a network",
  async (place) => {
    let url: string;
    {
      await using hub = new TestHub(repositories);
      url = hub.url;
      hub.faults = [{ drop: 500, times: 1 }, { status: 503, times: 1 }];
      const env = environment(place, url);
      const args = training(place, "run", "--text-column", "line").filter((arg) =>
        arg !== "--quiet"
      );
      const { code, stderr } = await place.run(args, { env });
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        /hf:owner\/lines\/default at commit \w{7} has no split to train on, only validation and test: validation is divided/,
      );
      assert.match(stderr, /Downloading validation\.jsonl of hf:owner\/lines, \d+\.\d kB/);
      const { data } = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
      assert.equal(data.name, `hf:owner/lines/default@${hub.commit("owner/lines")}`);
      assert.equal(data.textColumn, "line");
      const facts = resultOf(
        await place.run(["info", "--data", "hf:owner/lines", "--json"], { env }),
      );
      assert.equal(facts.license, "mit");
      assert.deepEqual(
        (facts.splits as { name: string; cached_files: number }[])
          .map(({ name, cached_files }) => [name, cached_files]),
        [["validation", 1], ["test", 0]],
      );
    }
    const env = environment(place, url);
    const again = training(place, "run", "--resume", "--steps", "3", "--text-column", "line");
    assert.equal((await place.run(again, { env })).code, 0);
    const evaluated = await place.run(["eval", "--run", "run", "--device", "cpu", "--json"], {
      env,
    });
    assert.equal(typeof resultOf(evaluated).loss, "number");
    const other = training(place, "other", "--text-column", "line");
    assert.equal((await place.run(other, { env })).code, 0);

    const wrong = training(place, "wrong", "--text-column", "lien");
    assertFails(await place.run(wrong, { env }), 2, /did you mean line\? its columns are id/);
    const unknown = ["info", "--data", "hf:owner/lins", "--quiet"];
    assertFails(
      await place.run(unknown, { env }),
      1,
      /Cannot find hf:owner\/lins from http.*; did you mean hf:owner\/lines\?$/m,
    );
  },
);

programTest(
  "what prep has prepared is trained on and evaluated without a network",
  async (place) => {
    const flags = ["--data", "hf:owner/lines", "--text-column", "line", "--tokenizer", "bpe:280"];
    let url: string;
    {
      await using hub = new TestHub(repositories);
      url = hub.url;
      const args = ["prep", ...flags, "--json"];
      const prepared = await place.run(args, { env: environment(place, url) });
      assert.match(prepared.stderr, /has no split to train on, only validation and test/);
      const card = resultOf(prepared);
      assert.equal(card.license, "mit");
      assert.equal(card.revision, hub.commit("owner/lines"));
      assert.equal(card.verified, true);
      const parts = Object.entries(card.parts as Record<string, { documents: number }>);
      assert.deepEqual(
        parts.map(([name, { documents }]) => [name, documents]),
        [["train", 270], ["validation", 30], ["test", 100]],
      );
    }
    const env = environment(place, url);
    // The texts themselves are not needed any more.
    const blobs = place.path("huggingface", "hub", "datasets--owner--lines", "blobs");
    for await (const { name } of Deno.readDir(blobs)) {
      const text = await Deno.readTextFile(join(blobs, name));
      if (text.startsWith("{")) await Deno.remove(join(blobs, name));
    }
    const args = [...training(place, "run", ...flags), "--eval-every", "0"];
    const trained = await place.run(args, { env });
    assert.equal(trained.code, 0, trained.stderr);
    const config = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
    assert.equal(config.vocab_size, 280);
    assert.equal(config.training.order, "epochs");
    const evaluate = ["eval", "--run", "run", "--device", "cpu", "--json", "--quiet"];
    const [held, test] = [
      resultOf(await place.run(evaluate, { env })),
      resultOf(await place.run([...evaluate, "--split", "test"], { env })),
    ];
    assert.ok(Number(test.tokens) > Number(held.tokens));
    assertFails(
      await place.run(["prep", ...flags, "--lower-case", "--quiet"], { env }),
      1,
      /Cannot download/,
    );
  },
);

programTest("two processes that download the same at once both succeed", async (place) => {
  await using hub = new TestHub(repositories);
  hub.faults = [{ match: /validation/, trickle: 500, times: 1 }];
  const env = environment(place, hub.url);
  const both = await Promise.all(
    ["a", "b"].map((out) => place.run(training(place, out, "--text-column", "line"), { env })),
  );
  for (const { code, stderr } of both) assert.equal(code, 0, stderr);
  const downloads = hub.downloads().filter((request) => request.startsWith("validation"));
  assert.deepEqual(downloads, ["validation.jsonl whole"]);
});

programTest("a download goes on after kill -9", async (place) => {
  await using hub = new TestHub(repositories);
  hub.faults = [{ match: /validation/, trickle: 50, times: 1 }];
  const env = environment(place, hub.url);
  const process = place.start(training(place, "run", "--text-column", "line"), { env });
  const output = ending(process);
  const blobs = join("huggingface", "hub", "datasets--owner--lines", "blobs");
  const begun = async () =>
    [...await place.files(blobs)].some(([name, bytes]) =>
      name.endsWith(".incomplete") && (bytes?.length ?? 0) > 500
    );
  while (!await begun()) await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill("SIGKILL");
  await output;
  const ended = await place.run(training(place, "run", "--text-column", "line"), { env });
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(hub.downloads().at(-1)!, /^validation\.jsonl bytes=\d{3,}-$/);
});

programTest("a cache where no links may be made holds each file once", async (place) => {
  await using hub = new TestHub(repositories);
  const env = environment(place, hub.url);
  const folder = await Deno.realPath(place.folder);
  const program = [
    "--no-prompt",
    "--allow-env",
    "--allow-sys",
    `--allow-net=${new URL(hub.url).host}`,
    `--allow-read=${folder},${root},${await npmCache()}`,
    `--allow-write=${folder}`,
    join(root, "mod.ts"),
  ];
  const args = training(place, "run", "--text-column", "line");
  const { code, stderr } = await place.run(args, { env, program });
  assert.equal(code, 0, stderr);
  const repository = place.path("huggingface", "hub", "datasets--owner--lines");
  const [commit] = [...Deno.readDirSync(join(repository, "snapshots"))];
  const file = join(repository, "snapshots", commit.name, "validation.jsonl");
  const info = await Deno.lstat(file);
  assert.equal(info.isSymlink, false);
  if (Deno.build.os !== "windows") assert.equal(info.nlink, 2);
});

/** Where Deno keeps packages, which a program with few permissions must be let read. */
async function npmCache(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}

programTest(
  "a disk that is full is reported, and what was downloaded is gone on with",
  async (place) => {
    const disk = place.path("huggingface");
    await Deno.mkdir(disk);
    const mounted = await new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk],
      stderr: "null",
    }).output().then(({ success }) => success, () => false);
    if (!mounted) {
      console.error("*** NOT TESTED: a full disk, because a small one cannot be mounted here ***");
      return;
    }
    try {
      await using hub = new TestHub({ "owner/lines": { "train.txt": tinyText(4000) } });
      const env = environment(place, hub.url);
      assertFails(
        await place.run(training(place, "run"), { env }),
        1,
        /Cannot download train\.txt of .*: it has 117\.9 kB, .* there is room for 0\.\d MB, free some space/,
      );
      assert.equal(hub.downloads().length, 0);
      // Without this permission it is not known before.
      const program = ["-A", "--deny-sys=statfs", join(root, "mod.ts")];
      assertFails(
        await place.run(training(place, "run"), { env, program }),
        1,
        /Cannot write .*\.incomplete: the disk is full, free some space/,
      );
      assert.equal(hub.downloads().length, 1);
      await new Deno.Command("mount", { args: ["-o", "remount,size=4m", disk] }).output();
      const { code, stderr } = await place.run(training(place, "run"), { env });
      assert.equal(code, 0, stderr);
      assert.match(hub.downloads().at(-1)!, /^train\.txt bytes=\d{3,}-$/);
    } finally {
      await new Deno.Command("umount", { args: [disk] }).output();
    }
  },
);

programTest(
  "the environment says where the hub is, who asks, and where files are kept",
  async (place) => {
    await using hub = new TestHub(repositories);
    const env = environment(place, hub.url);
    const info = (more: Record<string, string>) =>
      place.run(["info", "--data", "hf:owner/lines", "--json"], { env: { ...env, ...more } });
    const tokens = () => hub.requests.splice(0).map(({ authorization }) => authorization);

    assert.equal((await info({ HF_TOKEN: "hf_a\n" })).code, 0);
    assert.deepEqual(new Set(tokens()), new Set(["Bearer hf_a"]));
    await Deno.writeTextFile(place.path("huggingface", "token"), "hf_kept");
    assert.equal((await info({ HF_HUB_CACHE: place.path("elsewhere") })).code, 0);
    assert.deepEqual(new Set(tokens()), new Set(["Bearer hf_kept"]));
    assert.ok((await place.files("elsewhere", "datasets--owner--lines")).size > 0);

    assert.equal((await info({ HF_HUB_OFFLINE: "1" })).code, 0);
    assert.deepEqual(tokens(), []);
    assertFails(
      await info({ HF_ENDPOINT: "hub.example" }),
      2,
      /hub\.example \(HF_ENDPOINT\): that/,
    );
  },
);
