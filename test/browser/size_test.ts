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

async function gzippedBytes(source: string): Promise<number> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(entry, source);
    return gzipSync(await bundle(entry, { minify: true })).length;
  } finally {
    await Deno.remove(entry);
  }
}

Deno.test("text models in a page are at most 200 kB, gzipped; what is not asked for is not sent", async () => {
  const library = JSON.stringify(pathToFileURL(join(ROOT, "browser.ts")).href);
  const text = await gzippedBytes(`export { ${TEXT.join(", ")} } from ${library};`);
  const cpu = await gzippedBytes(`export { openDevice } from ${library};`);
  const whole = await gzippedBytes(`export * from ${library};`);
  const kB = [cpu, text, whole].map((bytes) => (bytes / 1000).toFixed(1));
  console.log(`gzipped: devices ${kB[0]} kB, text models ${kB[1]} kB, everything ${kB[2]} kB`);
  assert.ok(text <= 200_000, `${text} bytes`);
  assert.ok(cpu < text && text < whole, `${cpu}, ${text}, ${whole} bytes`);
});
