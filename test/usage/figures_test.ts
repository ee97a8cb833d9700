/**
 * Figures of runs and sweeps, as a person gets them.
 */
import assert from "node:assert/strict";
import { assertFails, programTest, resultOf, TINY_MODEL } from "./program.ts";
import { assertStandsAlone, textsOf } from "../figures/svg.ts";

const FLAGS = ["--data", "text.txt", ...TINY_MODEL, "--device", "cpu", "--sample-every", "0"];

programTest("every run gets its loss curve, and figures draws the others", async (place) => {
  const train = await place.run(["train", ...FLAGS, "--out", "run", "--steps", "6", "--quiet"]);
  assert.equal(train.code, 0, train.stderr);
  assert.equal(train.stderr, "");
  assert.deepEqual([...(await place.files("run/figures")).keys()], ["loss.svg"]);
  const loss = await Deno.readTextFile(place.path("run/figures/loss.svg"));
  assertStandsAlone(loss);
  assert.ok(textsOf(loss).includes("text.txt, 1 layer, width 16, 6 steps, 1.58 bits (absmean)"));

  const drawn = await place.run(["figures", "--run", "run", "--json"]);
  const { files, left_out } = resultOf(drawn);
  const names = ["loss", "layer-error", "weights", "codes", "sparsity", "thresholds"];
  const expected = [...names, "gradient-norm"];
  assert.deepEqual(
    files,
    ["svg", "png"].flatMap((kind) => expected.map((name) => `run/figures/${name}.${kind}`)),
  );
  assert.deepEqual(left_out, {});
  // Redrawing gives the same files.
  const before = await place.files("run/figures");
  assert.equal((await place.run(["figures", "--run", "run", "--quiet"])).code, 0);
  assert.deepEqual(await place.files("run/figures"), before);
});

programTest("a float run leaves out what it has not, and says so", async (place) => {
  await place.train("runs/float", "--bits", "32", "--steps", "2");
  const { code, stdout, stderr } = await place.run(["figures"]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.split("\n").length, 2 * 2 + 1);
  assert.match(
    stderr,
    /^left out: layer-error, which needs model\.safetensors of a quantized run$/m,
  );
});

programTest("a sweep ends with figures and a report, and is drawn again", async (place) => {
  const sweep = ["sweep", ...FLAGS, "--out", "out", "--steps", "2", "--bits", "1,32"];
  const { code, stdout, stderr } = await place.run(sweep);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Report: out\/report\.html$/m);
  const names = async () => [...(await place.files("out/figures")).keys()].sort();
  const figures = await names();
  assert.ok(figures.includes("final-loss.svg") && figures.includes("size-loss.png"));
  const report = await Deno.readTextFile(place.path("out/report.html"));
  assert.equal(2 * report.match(/<figure><svg /g)!.length, figures.length);
  assert.ok((await place.files("out/runs/bits-1_seed-0/figures")).has("loss.svg"));

  await Deno.remove(place.path("out/report.html"));
  await Deno.remove(place.path("out/figures"), { recursive: true });
  // The device that the sweep has drawn them with.
  const again = ["figures", "--sweep", "out", "--device", "cpu", "--json"];
  const { files, left_out } = resultOf(await place.run(again));
  assert.equal((files as string[]).at(-1), "out/report.html");
  assert.deepEqual(Object.keys(left_out as object), ["sparsity"]);
  assert.deepEqual(await names(), figures);
  assert.equal(await Deno.readTextFile(place.path("out/report.html")), report);

  await Deno.remove(place.path("out/results.jsonl"));
  const none = resultOf(await place.run(["figures", "--run", "out", "--json"]));
  assert.deepEqual(none.files, ["out/report.html"]);
});

programTest("what is no run and no sweep is refused", async (place) => {
  const refuse = async (args: string[], why: RegExp) =>
    assertFails(await place.run(["figures", ...args]), 2, why);
  await refuse(["--sweep", "none"], /Cannot draw none: there is no sweep/);
  await refuse(["--run", "none"], /Cannot read none\/config\.json: no such file/);
  await refuse(["--run", "a", "--sweep", "b"], /Cannot draw both --run a and --sweep b/);
  await refuse([], /Cannot find a run: there is none in runs\//);
});
