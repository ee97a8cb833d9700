/**
 * A family of models that is registered from outside does whatever the families of this version do.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { defineFamily, loadModel, openDevice, train } from "../../mod.ts";
import { pairRuns } from "./pairs_family.ts";
import { assertFails, assertSameRun, ending, programTest, resultOf, root } from "./program.ts";

const IMPORT = ["--import", fileURLToPath(new URL("pairs_family.ts", import.meta.url))];

const FLAGS = [
  ...["--model", "pairs", "--device", "cpu", "--batch", "8", "--no-figures", "--quiet"],
  ...["--features", "16", "--eval-every", "20", "--save-every", "20", "--log-every", "5"],
];

programTest("a registered family trains, is evaluated, loaded and described", async (place) => {
  const args = ["train", ...IMPORT, ...FLAGS, "--steps", "80", "--out", "run", "--json"];
  const trained = resultOf(await place.run(args));
  assert.equal(trained.steps, 80);
  const [first] = await place.metrics("run");
  assert.ok(Number(trained.loss) < Number(first.loss) / 3, `${first.loss} to ${trained.loss}`);

  const evaluated = resultOf(await place.run(["eval", "--run", "run", ...IMPORT, "--json"]));
  assert.equal(evaluated.loss, (await place.metrics("run")).at(-1)?.loss);
  assert.ok(Number(evaluated.found) > 0.5);
  const noisy = ["eval", "--run", "run", ...IMPORT, "--noise", "3", "--json", "--quiet"];
  assert.ok(Number(resultOf(await place.run(noisy)).found) < Number(evaluated.found));

  const info = resultOf(await place.run(["info", "--run", "run", ...IMPORT, "--json"]));
  assert.deepEqual([info.size, info.features, info.tensors], [32, 16, 2]);
  assertFails(
    await place.run(["generate", "--run", "run", ...IMPORT]),
    2,
    /Cannot write text with run: its model matches vectors/,
  );

  using device = await openDevice({ backend: "cpu" });
  using model = await loadModel(place.path("run"), device);
  const shape = [2, 32];
  const [left, right] = [new Float32Array(64).fill(1), new Float32Array(64).fill(1)];
  const { logits } = await model.forward({ left, right }, { left: shape, right: shape });
  assert.equal(logits.length, 4);
});

programTest("a registered family is killed and resumed bit by bit", async (place) => {
  const args = (out: string) => ["train", ...IMPORT, ...FLAGS, "--steps", "400", "--out", out];
  const whole = await place.run(args("whole"));
  assert.equal(whole.code, 0, whole.stderr);
  const process = place.start(args("killed"));
  while ((await place.checkpoints("killed").catch(() => [])).length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  process.kill("SIGKILL");
  await ending(process);
  assert.notDeepEqual(await place.checkpoints("killed"), await place.checkpoints("whole"));
  const again = await place.run([...args("killed"), "--resume"]);
  assert.equal(again.code, 0, again.stderr);
  assertSameRun(await place.essence("killed"), await place.essence("whole"));

  const other = ["train", ...IMPORT, "--resume", "whole"];
  assertFails(await place.run([...other, "--noise", "2"]), 2, /--noise 2: .*with --noise 0\.1;/);
  assertFails(
    await place.run([...other, "--dim", "4"]),
    2,
    /--dim with a model of kind pairs: it is for --model text and vit only/,
  );
  assertFails(
    await place.run(["train", ...IMPORT, ...FLAGS, "--init", "whole", "--features", "8"]),
    2,
    /its model has --features 16, this run --features 8; give the same/,
  );
});

programTest("a registered family is swept over and quantized", async (place) => {
  const swept = await place.run([
    ...["sweep", ...IMPORT, ...FLAGS, "--bits", "32,1.58", "--seed", "0,1", "--noise", "0.1"],
    ...["--steps", "40", "--out", "sweep", "--json"],
  ]);
  const { table, results } = resultOf(swept) as {
    table: Record<string, unknown>[];
    results: Record<string, unknown>[];
  };
  assert.equal(results.length, 4);
  for (const { found, pairs_per_second } of results) {
    assert.ok(Number(found) > 0 && Number(pairs_per_second) > 0);
  }
  assert.deepEqual(table.map(({ bits, seeds }) => [bits, seeds]), [[32, [0, 1]], [1.58, [0, 1]]]);

  const float = place.path("sweep", "runs", "bits-32_seed-0");
  const quantized = resultOf(
    await place.run(["quantize", "--run", float, ...IMPORT, "--bits", "8", "--json", "--quiet"]),
  ) as { quantized: Record<string, unknown>[]; float: Record<string, unknown> };
  const [eight] = quantized.quantized;
  assert.ok(Math.abs(Number(eight.loss) - Number(quantized.float.loss)) < 0.1);
  const [path] = [String(eight.path)];
  assert.equal(resultOf(await place.run(["info", "--run", path, ...IMPORT, "--json"])).tensors, 2);
});

programTest("a family that was not registered is asked for", async (place) => {
  assertFails(await place.run(["train", "--model", "pairs"]), 2, /unknown value, expected text or/);
  const [run] = ["run"];
  const trained = await place.run(["train", ...IMPORT, ...FLAGS, "--steps", "1", "--out", run]);
  assert.equal(trained.code, 0, trained.stderr);
  assertFails(
    await place.run(["eval", "--run", run]),
    2,
    /architecture is PairModel, .*register another first \(--import names a file that does\)/,
  );
  assertFails(await place.run(["eval", "--import", "none.ts"]), 2, /Cannot import none\.ts: /);

  const config = { import: IMPORT[1], model: "pairs", noise: 0.2, steps: 1, figures: false };
  await Deno.writeTextFile(place.path("pairs.json"), JSON.stringify(config));
  const help = await place.run(["train", "--config", "pairs.json", "--help"]);
  assert.match(help.stdout, /--noise X +what partners differ by \(default: 0\.1\)/);
  const again = await place.run(["train", "--config", "pairs.json", "--out", "again", "--quiet"]);
  assert.equal(again.code, 0, again.stderr);
});

programTest("the library trains a family as the program does", async (place) => {
  const args = ["train", ...IMPORT, ...FLAGS, "--steps", "40", "--out", "program"];
  assert.equal((await place.run(args)).code, 0);
  const options = { batch: 8, features: 16, evalEvery: 20, saveEvery: 20, logEvery: 5, steps: 40 };
  const run = await train({
    ...{ model: pairRuns, ...options, out: place.path("library") },
    ...{ device: "cpu", figures: false, tensorboard: false },
  });
  assert.equal(run.steps, 40);
  assertSameRun(await place.essence("library"), await place.essence("program"));
});

Deno.test("the compiler names what a family lacks", () => {
  const { learn: _, ...parts } = pairRuns;
  // @ts-expect-error: Property 'learn' is missing
  assert.ok(defineFamily(parts));
});

Deno.test("the family is made of the public library", async () => {
  const text = await Deno.readTextFile(`${root}test/usage/pairs_family.ts`);
  const imported = Array.from(text.matchAll(/from "([^"]+)"/g), ([, module]) => module);
  for (const path of imported) assert.match(path, /^\.\.\/\.\.\/(mod|src\/faces\/\w+)\.ts$/);
});
