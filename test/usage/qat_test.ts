/**
 * Where a quantized run comes from: the weights of another one, steps in float; and its activations.
 */
import assert from "node:assert/strict";
import { readSafetensors, writeSafetensors } from "../../src/files/safetensors.ts";
import { storedTensor, toFloat32 } from "../../src/files/tensor.ts";
import { assertFails, programTest, resultOf, type Workplace } from "./program.ts";

const SHORT = ["--steps", "4", "--eval-every", "2"];

/** A first step that changes nothing, so that what a run starts from can be looked at. */
const STILL = ["--steps", "1", "--lr", "1e-30"];

async function tensors(place: Workplace, directory: string) {
  return (await readSafetensors(place.path(directory, "model.safetensors"))).tensors;
}

programTest(
  "a run starts from the weights of a run or a checkpoint, at any width",
  async (place) => {
    await place.train("float", ...SHORT, "--bits", "32");
    const float = await tensors(place, "float");
    await place.train("ternary", ...STILL, "--init", "float");
    assert.deepEqual(await tensors(place, "ternary"), float);
    await place.train("sign", ...STILL, "--init", "ternary", "--bits", "1", "--context", "4");
    assert.deepEqual(await tensors(place, "sign"), float);
    const checkpoint = "float/checkpoints/step-000004";
    await place.train("again", ...STILL, "--init", checkpoint, "--bits", "32");
    assert.deepEqual(await tensors(place, "again"), await tensors(place, checkpoint));

    const config = JSON.parse(await Deno.readTextFile(place.path("ternary", "config.json")));
    assert.equal(config.init, place.path("float"));
    assert.equal(config.bittext.weight_bits, 1.58);
    const flags = ["--data", "text.txt", "--json"];
    const checkpointLoss = resultOf(await place.run(["eval", "--run", checkpoint, ...flags])).loss;
    const againLoss = resultOf(await place.run(["eval", "--run", "again", "--json"])).loss;
    assert.equal(againLoss, checkpointLoss);
  },
);

programTest("the optimizer starts anew, and the run can be resumed", async (place) => {
  await place.train("first", ...SHORT);
  const args = place.training("second", ...SHORT, "--init", "first", "--json");
  const whole = resultOf(await place.run(args));
  const essence = await place.essence("second");
  assert.equal((await place.metrics("second")).at(0)?.step, 0);
  await Deno.remove(place.path("second", "checkpoints"), { recursive: true });
  assert.deepEqual(resultOf(await place.run([...args, "--resume"])), whole);
  assert.deepEqual([...await place.essence("second")], [...essence]);
});

programTest(
  "thresholds of other weights are taken over only for the same scheme",
  async (place) => {
    const ternary = [...STILL, "--scheme", "threshold"];
    await place.train("first", ...ternary, "--threshold", "0.4");
    const key = "model.layers.0.mlp.up_proj.weight";
    const file = place.path("first", "model.safetensors");
    const thresholdOf = async (run: string) => {
      const tensor = (await tensors(place, run)).get(`${key}_threshold`);
      return tensor && [...toFloat32(tensor)];
    };
    assert.deepEqual(await thresholdOf("first"), [Math.fround(0.4)]);
    const moved = await tensors(place, "first");
    moved.set(`${key}_threshold`, storedTensor(Float32Array.of(0.5), [1]));
    await writeSafetensors(file, moved);

    await place.train("same", ...ternary, "--threshold", "0.4", "--init", "first");
    assert.deepEqual(await thresholdOf("same"), [0.5]);
    await place.train("other", ...ternary, "--threshold", "0.75", "--init", "first");
    assert.deepEqual(await thresholdOf("other"), [0.75]);
    await place.train("none", ...STILL, "--init", "first");
    assert.equal(await thresholdOf("none"), undefined);
    assert.deepEqual((await tensors(place, "none")).get(key), moved.get(key));
  },
);

programTest("another text is read with the vocabulary of the weights", async (place) => {
  await place.train("first", ...SHORT);
  await Deno.writeTextFile(place.path("other.txt"), "the hat is not mine\n".repeat(30));
  const other = ["train", "--data", "other.txt", "--init", "first", "--out"];
  const shape = place.training("x").slice(5);
  const ended = await place.run([...other, "second", ...shape, ...SHORT]);
  assert.equal(ended.code, 0, ended.stderr);
  const read = (run: string) => Deno.readTextFile(place.path(run, "tokenizer.json"));
  assert.equal(await read("second"), await read("first"));

  const refuse = async (args: readonly string[], why: RegExp) => {
    const before = await place.files();
    assertFails(await place.run(args), 2, why);
    assert.deepEqual([...await place.files()], [...before]);
  };
  await refuse(
    [...other, "third", ...shape, "--tokenizer", "byte"],
    /start from .*first: its vocabulary of 19 tokens is another .* of 256; leave --tokenizer out/,
  );
  await refuse(
    [...other, "third", ...shape, "--tokenizer", "char"],
    /its vocabulary of 19 tokens is another than this run's of 11/,
  );
  // Without a tokenizer.json only the size is known.
  await Deno.remove(place.path("first", "tokenizer.json"));
  await refuse(
    [...other, "third", ...shape],
    /its vocabulary has 19 tokens, this run's 11; choose/,
  );
});

programTest("weights of another shape are refused in one line", async (place) => {
  await place.train("first", ...SHORT);
  const refuse = async (why: RegExp, ...flags: string[]) => {
    const before = await place.files();
    assertFails(await place.run(place.training("second", ...flags)), 2, why);
    assert.deepEqual([...await place.files()], [...before]);
  };
  const init = ["--init", "first"];
  await refuse(
    /from .*first: its model has --layers 1 --dim 16, this run --layers 2 --dim 32; give the same/,
    ...[...init, "--layers", "2", "--dim", "32"],
  );
  await refuse(/has --heads 2 --kv-heads 2, this run --heads 1/, ...init, "--heads", "1");
  await refuse(/has --tie-embeddings false, this run .* true/, ...init, "--tie-embeddings");
  await refuse(/Cannot read .*none\/config\.json: no such file/, "--init", "none");
});

programTest("--qat-start trains in float first and says when that ends", async (place) => {
  const args = place.training("run", ...SHORT, "--qat-start", "0.5", "--log-every", "1");
  const { code, stdout, stderr } = await place.run(args.filter((arg) => arg !== "--quiet"));
  assert.equal(code, 0, stderr);
  assert.match(stdout, /step 2\/4 {2}float {2}validation loss/);
  assert.match(
    stdout,
    /step 2\/4 {2}quantization begins: 1\.58-bit weights \(absmean\), 8-bit act.*/,
  );
  assert.match(stdout, /step 3\/4 {2}quantized {2}loss/);
  const { training } = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
  assert.equal(training.qatStart, 0.5);
});

programTest("activations of four bits follow a running maximum", async (place) => {
  const flags = ["--activation-bits", "4", "--activation-scheme", "ema_tensor"];
  const args = place.training("run", ...SHORT, ...flags);
  const { code, stdout, stderr } = await place.run(args.filter((arg) => arg !== "--quiet"));
  assert.equal(code, 0, stderr);
  assert.match(stderr, /4-bit activations \(ema_tensor\)/);
  assert.match(stdout, /validation loss .* saturation 0\.\d{4}/);
  const last = (await place.metrics("run")).at(-1)!;
  const evaluation = resultOf(await place.run(["eval", "--run", "run", "--json", "--batch", "3"]));
  assert.ok(Math.abs(Number(evaluation.loss) - Number(last.loss)) < 1e-6);
  const info = resultOf(await place.run(["info", "--run", "run", "--json"]));
  assert.equal(info.activation_scheme, "ema_tensor");
  // A run with another quantizer takes the weights and starts its own.
  await place.train("token", ...STILL, "--init", "run");
  const weights = await tensors(place, "run");
  assert.equal(weights.size - 4, (await tensors(place, "token")).size);
  await place.train("again", ...STILL, ...flags, "--init", "token");
  assert.equal((await tensors(place, "again")).size, weights.size);
});
