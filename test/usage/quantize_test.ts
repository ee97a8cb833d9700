/**
 * `quantize`: a float run in fewer bits, without training.
 */
import assert from "node:assert/strict";
import type { QuantizedOutcome, QuantizeOutcome } from "../../src/runs/quantize_outcome.ts";
import { readSafetensors, toFloat32 } from "../../src/files/safetensors.ts";
import { assertFails, programTest, resultOf, type Workplace } from "./program.ts";

/** Long enough that a quantized model is worse than the float one. */
const FLOAT = ["--bits", "32", "--steps", "150", "--lr", "5e-3", "--eval-every", "0"];

async function quantize(place: Workplace, ...flags: string[]): Promise<QuantizeOutcome> {
  const ended = await place.run(["quantize", "--run", "float", "--json", "--quiet", ...flags]);
  return resultOf(ended) as unknown as QuantizeOutcome;
}

const evaluated = async (place: Workplace, run: string) =>
  Number(resultOf(await place.run(["eval", "--run", run, "--json"])).loss);

programTest(
  "a float run in one width: its errors, and a model that every command opens",
  async (place) => {
    await place.train("float", ...FLOAT);
    const before = await place.files("float");
    const { run, float, quantized } = await quantize(place);
    assert.equal(run, "float");
    assert.equal(float.loss, await evaluated(place, "float"));
    const [model] = quantized;
    assert.equal(quantized.length, 1);
    assert.equal(model.path, "float/quantized/8bit-absmax");
    assert.ok(Math.abs(model.loss - float.loss) < 0.01, `${float.loss}, ${model.loss}`);
    assert.ok(model.packed_bytes < float.float_bytes);
    assert.equal(Object.keys(model.layers).length, 7);
    for (const [name, { relative_mse, cosine, sqnr_db }] of Object.entries(model.layers)) {
      assert.match(name, /^model\.layers\.0\.(self_attn|mlp)\.\w+_proj$/);
      assert.ok(relative_mse > 0 && relative_mse < 1e-3 && cosine > 0.999, name);
      assert.ok(Math.abs(sqnr_db! + 10 * Math.log10(relative_mse)) < 1e-9, name);
    }

    assert.equal(await evaluated(place, model.path), model.loss);
    const generate = [
      "generate",
      "--run",
      model.path,
      "--tokens",
      "5",
      "--prompt",
      "the",
      "--json",
    ];
    assert.equal(String(resultOf(await place.run(generate)).text).length, 5);
    const info = resultOf(await place.run(["info", "--run", model.path, "--json"]));
    assert.deepEqual([info.weight_bits, info.weight_scheme], [8, "absmax"]);
    const config = JSON.parse(await Deno.readTextFile(place.path(model.path, "config.json")));
    assert.equal(config.quantized_from, place.path("float"));
    // The weights are the latent ones, so that training can go on from them.
    const weights = (directory: string) =>
      Deno.readFile(place.path(directory, "model.safetensors"));
    assert.deepEqual(await weights(model.path), await weights("float"));
    await place.train("more", "--steps", "1", "--init", model.path, "--bits", "8");

    const after = await place.files("float");
    for (const [name, bytes] of before) assert.deepEqual(after.get(name), bytes, name);

    const text = await place.run(["quantize", "--run", "float", "--bits", "4"]);
    assert.equal(text.code, 0, text.stderr);
    assert.match(text.stdout, /^weights +activations +loss +more +perplexity +kB +relative MSE/);
    assert.match(text.stdout, /\n32 bits .*\n4 bits, absmax +8 bits, absmax_token +\d\.\d{4}/);
    assert.match(text.stdout, /\nlayer +relative MSE .*\nmodel\.layers\.0\.self_attn\.q_proj +\d/);
  },
);

programTest("several widths and schemes in one table", async (place) => {
  await place.train("float", ...FLOAT);
  const { float, quantized } = await quantize(place, "--bits", "1,1.58,2,3,4,8", "--out", "made");
  const names = quantized.map(({ path }) => path);
  assert.equal(new Set(names).size, 6);
  assert.ok(names.every((path) => path.startsWith("made/")), names.join());
  const of = (bits: number) => quantized.find(({ weight_bits }) => weight_bits === bits)!;
  for (const [fewer, more] of [[1, 1.58], [3, 4], [4, 8]]) {
    const better = (a: QuantizedOutcome, b: QuantizedOutcome) =>
      a.error.relative_mse < b.error.relative_mse && a.error.cosine > b.error.cosine;
    assert.ok(better(of(more), of(fewer)), `${more} bits against ${fewer}`);
  }
  assert.ok(of(1).loss > float.loss + 0.05, "one bit costs nothing: the test shows nothing");
  assert.ok(of(8).loss < of(1).loss);
  assert.equal(await evaluated(place, of(1).path), of(1).loss);

  const schemes = await quantize(
    place,
    "--bits",
    "2",
    "--scheme",
    "seq,absmean",
    "--granularity",
    "tensor,group:32",
  );
  assert.deepEqual(
    schemes.quantized.map(({ path }) => path),
    ["seq-tensor", "seq-group32", "absmean-tensor", "absmean-group32"]
      .map((name) => `float/quantized/2bit-${name}`),
  );
  const [tensor, group] = schemes.quantized;
  assert.ok(group.error.relative_mse < tensor.error.relative_mse);
  assert.ok(group.packed_bytes > tensor.packed_bytes);
  assert.equal(await evaluated(place, group.path), group.loss);

  const text = await place.run(["quantize", "--run", "float", "--bits", "4,8"]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /\nSQNR in dB +4bit-absmax +8bit-absmax\n/);
  assert.match(text.stdout, /\nmodel\.layers\.0\.mlp\.down_proj +\d+\.\d +\d+\.\d\n?/);
});

programTest("running maxima of activations come from the training text", async (place) => {
  await place.train("float", ...FLOAT);
  const flags = ["--activation-scheme", "ema_tensor", "--out", "made"];
  const { float, quantized: [model] } = await quantize(place, ...flags);
  assert.ok(Math.abs(model.loss - float.loss) < 0.05, `${float.loss}, ${model.loss}`);
  const { tensors } = await readSafetensors(place.path("made", "model.safetensors"));
  const maxima = [...tensors].filter(([name]) => name.endsWith(".running_max"));
  assert.equal(maxima.length, 4);
  for (const [name, tensor] of maxima) assert.ok(toFloat32(tensor)[0] > 0.1, name);
  assert.equal(await evaluated(place, "made"), model.loss);
  assert.deepEqual((await quantize(place, ...flags)).quantized, [model]);
});

programTest("what cannot be quantized is refused in one line", async (place) => {
  await place.train("float", "--bits", "32", "--steps", "1");
  await place.train("ternary", "--steps", "1");
  const refuse = async (why: RegExp, ...flags: string[]) => {
    const before = await place.files();
    assertFails(await place.run(["quantize", ...flags]), 2, why);
    assert.deepEqual([...await place.files()], [...before]);
  };
  const float = ["--run", "float"];
  await refuse(
    /ternary: it was trained with 1\.58-bit weights \(absmean\); give a/,
    "--run",
    "ternary",
  );
  await refuse(/model to ternary: there is a run or a model already/, ...float, "--out", "ternary");
  await refuse(/model to float: there is a run or a model already/, ...float, "--out", "float");
  await refuse(/bits 32: .*expected 1, 1\.58, /, ...float, "--bits", "32");
  await refuse(/scheme sign at 8 bits/, ...float, "--scheme", "sign");
  await refuse(/--embed-bits with a model of kind text: it is for /, ...float, "--embed-bits", "8");
  await refuse(/--head-bits with a model of kind text: it is for /, ...float, "--head-bits", "8");
  await refuse(/none\/config\.json: no such file/, "--run", "none");
  const text = await Deno.readTextFile(place.path("text.txt"));
  await Deno.writeTextFile(place.path("text.txt"), text + "more\n");
  await refuse(/has changed since; name it with --data/, ...float);
});
