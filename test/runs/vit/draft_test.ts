import assert from "node:assert/strict";
import { parseFlags } from "../../../src/cli/flags/arguments.ts";
import { optionsOf } from "../../../src/cli/flags/commands.ts";
import { messageOf } from "../../../src/cli/terminal/exit_codes.ts";
import { draftRun } from "../../../src/runs/draft.ts";
import { runFamily, runOptions } from "../../../src/runs/families.ts";
import { resumedConfig } from "../../../src/runs/resume.ts";
import type { ImageRunConfig } from "../../../src/runs/vit/run_config.ts";
import type { RunConfig } from "../../../src/train/run_config.ts";
import { tinyVitConfig } from "../../tiny_images.ts";

/** Options as the command line gives them. */
async function optionsFor(family: string, ...args: string[]) {
  const { model: _, resume: __, ...given } = optionsOf(await parseFlags("train", args));
  return runOptions(runFamily(family), given);
}

/** What `train --model vit` makes of more flags before it looks at the data. */
async function draft(...args: string[]): Promise<ImageRunConfig> {
  return draftRun(runFamily("vit"), await optionsFor("vit", ...args)) as ImageRunConfig;
}

Deno.test("an image model has defaults of its own, and flags win over them", async () => {
  const { model, training, data } = await draft();
  assert.equal(data.name, "mnist");
  assert.deepEqual([model.hiddenSize, model.intermediateSize, model.activation], [64, 128, "gelu"]);
  assert.deepEqual([training.batch, training.learningRate, training.minLearningRate], [
    ...[64, 4e-3, 4e-5],
  ]);
  const other = await draft("--batch", "12", "--dim", "128", "--bits", "32", "--data", "cifar10");
  assert.deepEqual([other.training.batch, other.model.intermediateSize], [12, 256]);
  assert.equal(other.training.learningRate, 2e-3 * Math.SQRT1_2);
  assert.equal(other.data.name, "cifar10");
});

Deno.test("patch embedding and head have widths of their own", async () => {
  const bits = ({ model }: ImageRunConfig) =>
    [model.embedQuantization, model.quantization, model.headQuantization]
      .map(({ weightBits }) => weightBits);
  assert.deepEqual(bits(await draft()), [32, 1.58, 32]);
  assert.deepEqual(bits(await draft("--embed-bits", "8", "--bits", "1", "--head-bits", "2")), [
    ...[8, 1, 2],
  ]);
});

Deno.test("flags of a compact convolutional Transformer", async () => {
  const { model } = await draft(
    "--conv-layers",
    "2",
    "--pooling",
    "sequence",
    "--drop-path",
    "0.1",
  );
  assert.deepEqual(model.tokenizer, { kind: "convolution", layers: 2, channels: 64 });
  assert.deepEqual([model.pooling, model.stochasticDepth], ["sequence", 0.1]);
});

const WRONG: readonly [readonly string[], RegExp][] = [
  [["--image-size", "30", "--patch", "4"], /^Cannot cut images of 30 pixels .* 32 would be$/],
  [["--patch", "4", "--conv-layers", "2"], /^Cannot use both --patch 4 and --conv-layers 2/],
  [["--conv-channels", "4"], /^Cannot use --conv-channels 4 without --conv-layers/],
  [
    ["--activation", "swiglu"],
    /^Cannot use --activation swiglu: unknown value, did you mean relu2\?|expected relu2 or gelu/,
  ],
  [["--context", "64"], /^Cannot use --context with a model of kind vit: it is for --model text/],
  [["--augment", "flop"], /^Cannot augment by flop: did you mean flip\?/],
  [["--heads", "3"], /^Cannot split width 64 .* over 3 heads/],
];

for (const [args, message] of WRONG) {
  Deno.test(`refused: train --model vit ${args.join(" ")}`, async () => {
    await assert.rejects(draft(...args), (error) => {
      assert.ok(error instanceof Error);
      assert.match(messageOf(error), message);
      return true;
    });
  });
}

Deno.test("options of image models mean nothing to text", async () => {
  const rejects = async (args: string[], message: RegExp) =>
    await assert.rejects(optionsFor("text", ...args), (error) => {
      assert.match(messageOf(error as Error), message);
      return true;
    });
  await rejects(["--patch", "4"], /Cannot use --patch with a model of kind text/);
  await rejects(["--activation", "gelu"], /Cannot use --activation gelu: unknown value, /);
});

Deno.test("a run of images goes on with what it was started with", async () => {
  const stored = await draft("--steps", "50", "--patch", "2");
  const vit = runFamily("vit");
  const resume = async (run: RunConfig, ...args: string[]) =>
    resumedConfig(vit, await optionsFor("vit", ...args), run);
  assert.equal((await resume(stored)).family, "vit");
  assert.equal((await resume(stored, "--steps", "70", "--patch", "2")).training.steps, 70);
  await assert.rejects(
    resume(stored, "--patch", "4"),
    /with `patch` 4: the run was started with `patch` 2/,
  );
  await assert.rejects(resume(stored, "--kv-heads", "2"), /`kvHeads` with a model of kind vit/);
  const model = tinyVitConfig({ tokenizer: { kind: "convolution", layers: 1, channels: 8 } });
  const convolutions = { ...stored, model };
  await assert.rejects(resume(convolutions, "--conv-layers", "2"), /started with `convLayers` 1/);
});
