/**
 * What commands promise about image models.
 */
import assert from "node:assert/strict";
import { assertFails, assertSameRun, programTest, resultOf } from "./program.ts";
import { writeImageFiles, writeImages } from "./quarter_images.ts";

const MODEL = ["--model", "vit", "--layers", "1", "--dim", "16", "--heads", "2", "--batch", "8"];
const FLAGS = [...MODEL, "--device", "cpu", "--steps", "40", "--eval-every", "10"];

programTest("an image model is trained, gone on with, evaluated and described", async (place) => {
  await writeImages(place, "quarters");
  const training = ["train", "--data", "folder:quarters", ...FLAGS, "--out", "run", "--no-figures"];
  const outcome = resultOf(await place.run([...training, "--json", "--save-every", "15"]));
  assert.ok(Number(outcome.test_top1) > 0.8, `${outcome.test_top1}`);
  const metrics = await place.metrics("run");
  assert.deepEqual(metrics.slice(-2).map(({ split }) => split), ["val", "test"]);
  const config = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
  assert.equal(config.architectures[0], "ViTForImageClassification");
  assert.equal(config.patch_size, 2);
  assert.match(config.data.sha256, /^[0-9a-f]{64}$/);

  const evaluation = resultOf(await place.run(["eval", "--run", "run", "--json"]));
  const test = metrics.at(-1)!;
  for (const metric of ["loss", "top1", "top5", "images"]) {
    assert.equal(evaluation[metric], test[metric], metric);
  }
  const classes = evaluation.classes as { images: number }[];
  assert.deepEqual(classes.map(({ images }) => images), [10, 10, 10, 10]);
  for (const path of evaluation.figures as string[]) assert.ok(await Deno.stat(place.path(path)));
  const validation = resultOf(
    await place.run(["eval", "--run", "run", "--split", "val", "--json", "--no-figures"]),
  );
  assert.equal(validation.images, 12);

  // Cut back to its first checkpoint, it ends the same.
  await Deno.remove(place.path("run", "checkpoints", "step-000030"), { recursive: true });
  await Deno.remove(place.path("run", "checkpoints", "step-000040"), { recursive: true });
  const again = resultOf(await place.run(["train", "--resume", "run", "--no-figures", "--json"]));
  assert.deepEqual(again, outcome);

  const facts = resultOf(await place.run(["info", "--run", "run", "--json"]));
  assert.deepEqual([facts.image_size, facts.patch, facts.classes], [8, 2, 4]);
  const text = await place.run(["generate", "--run", "run"]);
  assert.equal(text.code, 2);
  assert.match(text.stderr, /^bittext: Cannot write text with run: its model classifies images/);

  await writeImages(place, "eighths", 8);
  const other = await place.run(["eval", "--run", "run", "--data", "folder:eighths"]);
  assert.equal(other.code, 2);
  assert.match(
    other.stderr,
    /its model has 4 classes, the data 8; choose data of the same classes/,
  );
  const init = ["train", "--data", "folder:eighths", ...FLAGS, "--init", "run", "--out", "tuned"];
  const refused = await place.run(init);
  assert.equal(refused.code, 2);
  assert.match(
    refused.stderr,
    /Cannot use the model in .*run on .*: its model has 4 classes, the data 8; /,
  );
});

programTest("--init finds its learned scales only where every width is the same", async (place) => {
  await writeImages(place, "quarters");
  const learned = ["--bits", "4", "--scheme", "lsq", "--no-figures", "--json"];
  const train = async (out: string, ...flags: string[]) =>
    resultOf(
      await place.run([
        ...["train", "--data", "folder:quarters", ...FLAGS, ...learned],
        ...["--out", out, ...flags],
      ]),
    );
  await train("float-embedding");
  await train("four", "--embed-bits", "4", "--init", "float-embedding");
  const { finished } = await train("again", "--embed-bits", "8", "--init", "four");
  assert.equal(finished, true);
});

programTest("image models are swept over widths, with their test accuracy", async (place) => {
  await writeImages(place, "quarters");
  const sweep = ["sweep", "--data", "folder:quarters", ...FLAGS, "--bits", "1.58,32"];
  const outcome = resultOf(await place.run([...sweep, "--no-figures", "--out", "s", "--json"]));
  const table = outcome.table as { bits: number; test_accuracy: number; perplexity?: number }[];
  assert.deepEqual(table.map(({ bits }) => bits), [32, 1.58]);
  for (const { test_accuracy: accuracy, perplexity } of table) {
    assert.ok(accuracy > 0.5 && perplexity === undefined, `${accuracy}`);
  }
  const mixed = await place.run(["sweep", "--model", "text,vit"]);
  assert.match(
    mixed.stderr,
    /Cannot sweep over --model text,vit: losses of different kinds of models/,
  );
});

programTest("a float image model is quantized, and evaluated like any other", async (place) => {
  await writeImages(place, "quarters");
  // Rows of codes are packed in blocks of 32: at 8 bits, patches of fewer than 8 pixels would only grow.
  const train = ["train", "--data", "folder:quarters", ...FLAGS, "--bits", "32", "--patch", "4"];
  resultOf(await place.run([...train, "--no-figures", "--out", "float", "--json"]));
  const evaluated = async (run: string) =>
    resultOf(await place.run(["eval", "--run", run, "--no-figures", "--json"]));
  const command = ["quantize", "--run", "float", "--bits", "1,8", "--device", "cpu"];
  const { float, quantized } = resultOf(await place.run([...command, "--json"])) as unknown as {
    readonly float: Record<string, number>;
    readonly quantized: readonly Record<string, number | string | object>[];
  };
  assert.equal(float.top1, (await evaluated("float")).top1);
  const [one, eight] = quantized;
  assert.ok(Math.abs(Number(eight.loss) - float.loss) < 0.02, `${float.loss}, ${eight.loss}`);
  assert.ok(Number(one.packed_bytes) < Number(eight.packed_bytes));
  assert.equal(Object.keys(eight.layers).length, 6);
  for (const model of quantized) {
    const again = await evaluated(String(model.path));
    for (const metric of ["loss", "top1", "top5", "images"]) {
      assert.equal(again[metric], model[metric], metric);
    }
  }

  const outer = ["--embed-bits", "8", "--head-bits", "4"];
  const [small, ...others] = resultOf(
    await place.run([...command, ...outer, "--bits", "8", "--json"]),
  ).quantized as readonly Record<string, number | string | Record<string, object>>[];
  assert.equal(others.length, 0);
  assert.equal(small.path, "float/quantized/8bit-absmax-embed8-head4");
  assert.deepEqual([eight.embed_bits, small.embed_bits, small.head_bits], [32, 8, 4]);
  assert.ok(Number(small.packed_bytes) < Number(eight.packed_bytes));
  assert.ok(Math.abs(Number(small.loss) - float.loss) < 0.05, `${float.loss}, ${small.loss}`);
  const names = Object.keys(small.layers);
  const around = ["vit.embeddings.patch_embeddings.projection", "classifier"];
  assert.deepEqual(names.filter((name) => !Object.hasOwn(eight.layers as object, name)), around);
  const config = JSON.parse(await Deno.readTextFile(place.path(String(small.path), "config.json")));
  assert.deepEqual([config.bittext.embed_bits, config.bittext.head_bits], [8, 4]);
  const again = await evaluated(String(small.path));
  for (const metric of ["loss", "top1"]) assert.equal(again[metric], small[metric], metric);
  const told = await place.run([...command, ...outer, "--bits", "8"]);
  assert.match(told.stdout, /\n8 bits, absmax, embedding 8, head 4 +8 bits, absmax_token /);

  const ranged = ["--activation-scheme", "ema_tensor", "--out", "ranged", ...outer];
  const text = await place.run([...command, ...ranged, "--split", "val"]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /^weights +activations +loss +more +top-1 +kB +relative MSE/);
  assert.match(
    text.stdout,
    /\n8 bits, absmax, embedding 8, head 4 +8 bits, ema_tensor +\d\.\d{4} /,
  );
});

programTest("images that do not fit into --image-memory change no result", async (place) => {
  await writeImageFiles(place, "photos");
  const data = ["--data", "folder:photos", ...FLAGS];
  const train = async (out: string, ...more: string[]) => {
    const args = ["train", ...data, "--save-every", "15", "--no-figures", "--out", out, "--json"];
    const { run: _run, ...outcome } = resultOf(await place.run([...args, ...more]));
    return outcome;
  };
  const outcome = await train("whole");
  const essence = await place.essence("whole");
  // All 120 images are 23 kB: room for a few, for one, for none.
  for (const megabytes of ["0.002", "0.0002", "0"]) {
    assert.deepEqual(await train(`in-${megabytes}`, "--image-memory", megabytes), outcome);
    assertSameRun(await place.essence(`in-${megabytes}`), essence);
  }
  const config = (run: string) => Deno.readTextFile(place.path(run, "config.json"));
  assert.equal(await config("in-0"), await config("whole"));

  // A run goes on with another bound.
  await Deno.remove(place.path("in-0", "checkpoints", "step-000030"), { recursive: true });
  await Deno.remove(place.path("in-0", "checkpoints", "step-000040"), { recursive: true });
  const resume = ["train", "--resume", "in-0", "--image-memory", "0.001", "--no-figures", "--json"];
  const { run: _run, ...resumed } = resultOf(await place.run(resume));
  assert.deepEqual(resumed, outcome);
  assertSameRun(await place.essence("in-0"), essence);

  const evaluate = async (...more: string[]) =>
    resultOf(await place.run(["eval", "--run", "whole", "--json", "--no-figures", ...more]));
  assert.deepEqual(await evaluate("--image-memory", "0.0005"), await evaluate());

  // So does a sweep.
  const sweep = ["sweep", ...data, "--out", "s", "--no-figures", "--json"];
  const swept = resultOf(await place.run([...sweep, "--image-memory", "0.001"]));
  assert.equal((swept.results as Record<string, unknown>[])[0].test_accuracy, outcome.test_top1);
  const runs = await place.files("s", "runs");
  assert.deepEqual(resultOf(await place.run([...sweep, "--image-memory", "5"])), swept);
  assert.deepEqual(await place.files("s", "runs"), runs);

  const refuse = async (why: RegExp, ...flags: string[]) =>
    assertFails(await place.run(["train", "--quiet", ...flags]), 2, why);
  await refuse(/-1 in --image-memory|--image-memory -1/, ...data, "--image-memory=-1");
  const text = ["--data", "text.txt", "--image-memory", "1"];
  await refuse(/--image-memory with a model of kind text/, ...text);
});
