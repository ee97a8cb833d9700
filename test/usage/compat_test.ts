/**
 * Runs of version 0.1.0 (commit e1c107d) open, evaluate and go on as they did there.
 *
 * Each folder of `test/compat/` is a run of 16 steps as that version left it, without its last checkpoint:
 * `checkpoints/step-000008/`, the metrics of the whole run, what `eval --json` printed, and the likeliest
 * continuation of "the " for text.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertClose } from "../assert_close.ts";
import { programTest, resultOf, root, type Workplace } from "./program.ts";

const RUNS = ["text", "learned", "threshold", "vit", "convolution"] as const;

/** Where the data of the runs was, as their `config.json` says. */
const DATA = "/data/";

/** On another kind of processor sums are rounded otherwise, which 16 steps make larger. */
const TOLERANCE = { rtol: 1e-4 };

async function openRun(place: Workplace, run: string): Promise<void> {
  const data = run === "vit" || run === "convolution" ? "images" : "text.txt";
  for (const name of [run, data]) await copy(join(root, "test", "compat", name), place.path(name));
  const config = await Deno.readTextFile(place.path(run, "config.json"));
  const moved = config.replaceAll(DATA, place.path("") + "/");
  assert.notEqual(moved, config);
  await Deno.writeTextFile(place.path(run, "config.json"), moved);
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}

const COMPUTING = ["--device", "cpu", "--threads", "1", "--quiet"];

for (const run of RUNS) {
  programTest(`the run ${run} of version 0.1.0 is evaluated as it was there`, async (place) => {
    await openRun(place, run);
    const expected = JSON.parse(await Deno.readTextFile(place.path(run, "evaluation.json")));
    const actual = resultOf(await place.run(["eval", "--run", run, "--json", ...COMPUTING]));
    for (const [measure, value] of Object.entries(expected)) {
      if (typeof value !== "number") continue;
      assertClose([Number(actual[measure])], [value], { rtol: 1e-5, label: measure });
    }
  });

  programTest(`the run ${run} of version 0.1.0 goes on as it did there`, async (place) => {
    await openRun(place, run);
    const expected = await place.metrics(run);
    const flags = ["--resume", run, "--no-figures", "--json", ...COMPUTING];
    const { loss } = resultOf(await place.run(["train", ...flags]));
    const actual = await place.metrics(run);
    assert.deepEqual(
      actual.map(({ step, split }) => [step, split]),
      expected.map(({ step, split }) => [step, split]),
    );
    for (const [i, { step, split, ...measures }] of expected.entries()) {
      for (const measure of ["loss", "grad_norm", "lr", "sparsity", "saturation"]) {
        if (typeof measures[measure] !== "number") continue;
        const label = `${measure} (${split}) of step ${step}`;
        assertClose([Number(actual[i][measure])], [measures[measure]], { ...TOLERANCE, label });
      }
    }
    const last = expected.findLast(({ split }) => split === "val");
    assertClose([Number(loss)], [Number(last?.loss)], TOLERANCE);
  });
}

for (const run of ["text", "learned", "threshold"]) {
  programTest(`the run ${run} of version 0.1.0 continues text as it did there`, async (place) => {
    await openRun(place, run);
    const prompt = ["--prompt", "the ", "--tokens", "40", "--temperature", "0"];
    const { code, stdout, stderr } = await place.run([
      ...["generate", "--run", run, ...prompt, ...COMPUTING],
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, await Deno.readTextFile(place.path(run, "greedy.txt")));
  });
}
