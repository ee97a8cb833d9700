/**
 * The library trains, evaluates and quantizes by options, as the program does by flags.
 */
import assert from "node:assert/strict";
import { quantizeRun, train } from "../../mod.ts";
import { optionName } from "../../src/faces/device.ts";
import { evaluateRun, prepareData } from "../../src/faces/runs.ts";
import { assertSameRun, resultOf, TINY_MODEL, withWorkplace } from "../usage/program.ts";

const MODEL = { layers: 1, dim: 16, ffn: 32, heads: 2, context: 8, batch: 2 } as const;
const QUIET = { device: "cpu", figures: false, tensorboard: false } as const;

/** Runs with the cache of a workplace, as the program there does. */
async function withCache<T>(cache: string, work: () => Promise<T>): Promise<T> {
  const before = Deno.env.get("BITTEXT_CACHE");
  Deno.env.set("BITTEXT_CACHE", cache);
  try {
    return await work();
  } finally {
    if (before === undefined) Deno.env.delete("BITTEXT_CACHE");
    else Deno.env.set("BITTEXT_CACHE", before);
  }
}

Deno.test("the library's run is the program's, bit for bit, and goes on like it", () =>
  withWorkplace(async (place) => {
    const args = ["--data", "text.txt", ...TINY_MODEL, "--device", "cpu", "--no-figures"];
    const program = ["train", ...args, "--steps", "6", "--out", "program", "--quiet"];
    assert.equal((await place.run(program)).code, 0);
    const lines: string[] = [];
    await withCache(place.path("cache"), async () => {
      const [data, out] = [place.path("text.txt"), place.path("library")];
      const options = { data, out, ...MODEL, ...QUIET };
      const run = await train({ ...options, steps: 6 }, {
        onMetrics: ({ step, split }) => lines.push(`${step} ${split}`),
      });
      assert.deepEqual(lines, [
        ...["0 val", "1 train", "1 val", "2 val", "3 val", "4 val", "5 val", "6 train", "6 val"],
      ]);
      assert.equal(run.wasFinished, undefined);
      assertSameRun(await place.essence("library"), await place.essence("program"));

      const again = await train({ ...options, resume: true });
      assert.match(again.wasFinished!, /^6 steps are done/);
      const evaluated = await evaluateRun({ run: out, device: "cpu" });
      const printed = await place.run(["eval", "--run", "program", "--device", "cpu", "--json"]);
      assert.deepEqual({ ...evaluated }, resultOf(printed));
      await assert.rejects(train(options), /^InputError|there is one already; add `resume`/);
      await assert.rejects(
        train({ ...options, resume: true, dim: 8 }),
        /Cannot resume with `dim` 8: the run was started with `dim` 16/,
      );
    });
  }));

Deno.test("options of the library are checked as flags are", async () => {
  const wrong: readonly [Record<string, unknown>, RegExp][] = [
    [{ steps: 1.5 }, /^OptionError: Cannot use `steps` 1\.5: not an integer, expected an integer/],
    [{ learnngRate: 1 }, /^OptionError: Cannot use `learnngRate`: there is no such option/],
    [{ layer: 1 }, /there is no such option, did you mean `layers`\?/],
    [{ patch: 4 }, /Cannot use `patch` with a model of kind text: it is for `model` vit only/],
    [{ steps: 2, epochs: 1 }, /Cannot train for both `steps` 2 and `epochs` 1/],
    [{ targetSparsityMin: 0.4 }, /Cannot use `targetSparsityMin` without `useTuner`/],
    [{ model: "gan" }, /Cannot use `model` gan: there is text and vit/],
  ];
  for (const [options, message] of wrong) await assert.rejects(train(options as never), message);
  await assert.rejects(prepareData({ model: "vit", rows: 3 }), /Cannot use `rows` with a model of/);
  assert.equal(optionName("steps"), "`steps`");
  // @ts-expect-error: a language model has no patches
  assert.ok(() => train({ patch: 4 }));
});

Deno.test("a float run is quantized by the library, and stopped by a signal", () =>
  withWorkplace(async (place) => {
    await withCache(place.path("cache"), async () => {
      const data = place.path("text.txt");
      const float = place.path("float");
      await train({ data, out: float, ...MODEL, ...QUIET, steps: 6, bits: 32 });
      const made = await quantizeRun({ run: float, bits: [2, 8], device: "cpu" });
      assert.deepEqual(made.quantized.map(({ weight_bits: bits }) => bits), [2, 8]);

      const stop = new AbortController();
      const stopped = train({ data, out: place.path("stopped"), ...MODEL, ...QUIET, steps: 500 }, {
        signal: stop.signal,
        onStep: () => stop.abort(),
      });
      await assert.rejects(stopped, /^InterruptedError: Interrupted at step \d+: a checkpoint/);
      assert.equal((await place.checkpoints("stopped")).length, 1);
    });
  }));
