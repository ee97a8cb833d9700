import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pathToFileURL } from "node:url";
import { bundle, ROOT } from "./bundle.ts";

/** What a page that trains and runs text models imports. */
const TEXT = [
  ...["CharTokenizer", "generate", "LanguageModel", "loadModel", "openDevice", "Random"],
  ...["readTokenizer", "smallTextConfig", "TextTask", "trainingOptions", "TrainingStep"],
];

const LIBRARY = JSON.stringify(pathToFileURL(join(ROOT, "browser.ts")).href);

async function bundleOf(names: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, `export { ${names.join(", ")} } from ${LIBRARY};`);
    return await bundle(entry, { minify: true });
  } finally {
    await Deno.remove(entry);
  }
}

Deno.test("a page that trains and runs text models is at most 200 kB, gzipped", async () => {
  const { length: text } = gzipSync(await bundleOf(TEXT));
  const { length: whole } = gzipSync(await bundle(join(ROOT, "browser.ts"), { minify: true }));
  console.log(`gzipped: ${text / 1000} kB, with everything ${whole / 1000} kB`);
  assert.ok(text <= 200_000, `${text} bytes`);
  assert.ok(text < whole, `${text} of ${whole} bytes`);
});

Deno.test("a bundle holds the kernels of what it imports, and no others", async () => {
  const holds = async (names: string[], kernel: string) => {
    return new TextDecoder().decode(await bundleOf(names)).includes(kernel);
  };
  const text = ["openDevice", "LanguageModel", "TrainingStep", "CharTokenizer", "generate"];
  for (
    const [kernel, name] of [["images/max_pool.wgsl", "ImageClassifier"], [
      "attention/rope.wgsl",
      "LanguageModel",
    ]]
  ) {
    assert.equal(await holds([name], kernel), true, `${kernel} of ${name}`);
    assert.equal(await holds(text, kernel), name === "LanguageModel", `${kernel} of text`);
    assert.equal(await holds(["openDevice"], kernel), false, `${kernel} of devices`);
  }
});
