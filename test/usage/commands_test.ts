/**
 * What each command promises about its result.
 */
import assert from "node:assert/strict";
import { RUNS_AS_FLOAT } from "../../src/models/quantization_config.ts";
import { openDevice } from "../../src/device/open_device.ts";
import { loadLanguageModel } from "../../src/models/text/load.ts";
import { evaluateSplit } from "../../src/runs/text/evaluation.ts";
import { assertClose } from "../assert_close.ts";
import { randomTokens, TINY_VOCABULARY, tinyText } from "../tiny_text.ts";
import { devices, programTest, resultOf } from "./program.ts";

const FLAGS = ["--steps", "6", "--eval-every", "2", "--log-every", "4"];

programTest("train, eval, generate, chat and info on one run", async (place) => {
  const quietly = place.training("run", ...FLAGS, "--sample-every", "6", "--json");
  const trained = await place.run(quietly.filter((arg) => arg !== "--quiet"));
  const outcome = resultOf(trained);
  const metrics = await place.metrics("run");
  assert.deepEqual(metrics.map(({ step, split }) => `${step} ${split}`), [
    "0 val",
    "1 train",
    "2 val",
    "4 train",
    "4 val",
    "6 train",
    "6 val",
  ]);
  const evaluations = metrics.filter(({ split }) => split === "val");
  const best = evaluations.reduce((a, b) => Number(b.loss) < Number(a.loss) ? b : a);
  assert.deepEqual(outcome, {
    run: "run",
    steps: 6,
    loss: evaluations.at(-1)?.loss,
    best: { step: best.step, loss: best.loss },
    parameters: 3264,
    finished: true,
  });
  assert.match(trained.stderr, /step 6\/6 {2}validation loss \d\.\d+/);
  assert.match(trained.stderr, /--- sample at step 6\n[^]{160}\n---\n/);
  assert.match(
    await Deno.readTextFile(place.path("run", "samples.txt")),
    /^--- step 6 ---\n[^]{160}\n\n$/,
  );

  const config = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
  assert.equal(config.data.name, place.path("text.txt"));
  assert.match(config.data.sha256, /^[0-9a-f]{64}$/);
  assert.equal(config.training.seed, 0);

  for (const batch of ["8", "3"]) {
    const flags = ["eval", "--run", "run", "--json", "--quiet", "--batch", batch];
    const evaluation = resultOf(await place.run(flags));
    for (const name of ["loss", "perplexity", "bits_per_byte", "accuracy", "tokens"]) {
      const [got, expected] = [Number(evaluation[name]), Number(best[name])];
      assertClose([got], [expected], { rtol: 1e-6, label: `${name} in batches of ${batch}` });
    }
    assert.equal(evaluation.tokens, Math.ceil(tinyText().length / 10) - 1);
  }
  const train = resultOf(
    await place.run(["eval", "--run", "run", "--split", "train", "--json", "--data", "text.txt"]),
  );
  assert.equal(train.tokens, Math.floor(tinyText().length * 9 / 10) - 1);

  const generate = ["generate", "--run", "run", "--prompt", "the ", "--tokens", "20", "--json"];
  const generations = await Promise.all([
    place.run([...generate, "--temperature", "0"]),
    place.run([...generate, "--temperature", "0", "--seed", "5"]),
    place.run([...generate, "--seed", "5"]),
    place.run([...generate, "--seed", "5"]),
    place.run([...generate, "--seed", "6"]),
  ]);
  const [greedy, greedyAgain, five, fiveAgain, six] = generations.map((ended) => {
    const { prompt, text, tokens, tokens_per_second } = resultOf(ended);
    assert.equal(prompt, "the ");
    assert.equal(String(text).length, 20);
    assert.equal(tokens, 20);
    assert.ok(Number(tokens_per_second) > 0);
    return text;
  });
  assert.equal(greedyAgain, greedy);
  assert.equal(fiveAgain, five);
  assert.notEqual(six, five);
  const plain = await place.run([...generate, "--temperature", "0", "--no-json", "--quiet"]);
  assert.deepEqual(plain, { code: 0, stdout: `the ${greedy}\n`, stderr: "" });

  const chat = ["chat", "--run", "run", "--tokens", "5", "--temperature", "0", "--quiet"];
  const talk = await place.run(chat, { stdin: "the of\nand É\nto be\n" });
  assert.equal(talk.code, 0, talk.stderr);
  assert.equal(talk.stdout.split("> ").length, 5, talk.stdout);
  const noted = await place.run([...chat, "--no-quiet", "--json"], { stdin: "É\nthe\n" });
  assert.deepEqual(resultOf(noted), { turns: 1 });
  assert.match(noted.stderr, /Cannot encode the character "É"/);

  const info = resultOf(await place.run(["info", "--run", "run", "--json"]));
  assert.equal(info.parameters, outcome.parameters);
  assert.equal(info.weight_bits, 1.58);
  assert.equal(info.vocabulary, TINY_VOCABULARY);
  assert.ok(Number(info.packed_bytes) < Number(info.float_bytes));
});

programTest("info tells of data and devices", async (place) => {
  const ask = async (...args: string[]) => resultOf(await place.run(["info", ...args, "--json"]));
  const data = await ask("--data", "text.txt");
  assert.equal(data.bytes, tinyText().length);
  assert.equal(data.distinct_characters, TINY_VOCABULARY);
  const list = await ask("--data") as unknown as { name: string }[];
  assert.ok(list.some(({ name }) => name === "shakespeare"));
  for (const device of devices) {
    assert.equal((await ask("--device", device)).backend, device);
    const { stdout } = await place.run(["info", "--device", device]);
    assert.match(stdout, new RegExp(`^backend +${device}\nname +\\S`));
  }
});

programTest("a run is a model of the library, and the other way round", async (place) => {
  await place.train("run", ...FLAGS, "--tie-embeddings", "--bits", "32");
  using device = await openDevice();
  using model = await loadLanguageModel(place.path("run"), device);
  assert.equal(model.config.tieWordEmbeddings, true);
  assert.equal(model.config.quantization.weightBits, 32);
  const split = randomTokens(40);
  const { loss } = await evaluateSplit(model, split, { batch: 2, context: 8, bytes: 40 });
  assert.ok(loss > 2 && loss < 4);

  // Only its model: config.json without the run's sections, and the weights.
  const config = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
  const { training: _1, data: _2, epochs: _3, init: _4, versions: _5, ...fields } = config;
  await Deno.mkdir(place.path("model"));
  await Deno.writeTextFile(place.path("model", "config.json"), JSON.stringify(fields));
  for (const name of ["model.safetensors", "tokenizer.json"]) {
    await Deno.copyFile(place.path("run", name), place.path("model", name));
  }
  const flags = ["--run", "model", "--json", "--quiet", "--batch", "8"];
  const [run, alone] = await Promise.all([
    place.run(["eval", ...flags, "--run", "run"]),
    place.run(["eval", ...flags, "--data", "text.txt"]),
  ]);
  assert.deepEqual(resultOf(alone), resultOf(run));
  resultOf(await place.run(["info", "--run", "model", "--json"]));
  const checkpoint = place.path("run", "checkpoints", "step-000006");
  using stored = await loadLanguageModel(checkpoint, device);
  assert.deepEqual(stored.config, model.config);
});

programTest(
  "every flag of model and optimization reaches config.json, and trains",
  async (place) => {
    const flags = {
      "kv-heads": 1,
      activation: "relu2",
      dropout: 0.1,
      "initializer-range": 0.03,
      "embedding-range": 0.04,
      bits: 1.58,
      scheme: "threshold",
      threshold: 0.6,
      granularity: "group:32",
      accumulate: 2,
      schedule: "plateau",
      lr: 0.002,
      "min-lr": 0.0001,
      warmup: 1,
      beta1: 0.8,
      beta2: 0.95,
      "weight-decay": 0.05,
      clip: 0.5,
      "label-smoothing": 0.1,
      "early-stop": 3,
      seed: 7,
      keep: 2,
      tokenizer: "byte",
    };
    const settings = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    await place.train("run", "--tie-embeddings", "--steps", "4", "--save-every", "1", ...settings);
    const config = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
    const { training, bittext } = config;
    assert.deepEqual(
      [
        config.vocab_size,
        config.num_key_value_heads,
        config.hidden_act,
        config.tie_word_embeddings,
        config.initializer_range,
      ],
      [256, 1, "relu2", true, 0.03],
    );
    assert.deepEqual(bittext, {
      weight_bits: 1.58,
      weight_scheme: "threshold",
      weight_granularity: "group",
      weight_group_size: 32,
      weight_threshold: 0.6,
      activation_bits: 8,
      activation_scheme: "absmax_token",
      dropout: 0.1,
      embedding_initializer_range: 0.04,
      note: RUNS_AS_FLOAT,
    });
    const { accumulate, schedule, beta1, beta2, clip, seed, keep } = training;
    const named = { accumulate, schedule, beta1, beta2, clip, seed, keep };
    for (const [name, value] of Object.entries(named)) {
      assert.equal(value, flags[name as keyof typeof flags], name);
    }
    assert.equal(training.learningRate, flags.lr);
    assert.equal(training.minLearningRate, flags["min-lr"]);
    assert.equal(training.warmupSteps, flags.warmup);
    assert.equal(training.weightDecay, flags["weight-decay"]);
    assert.equal(training.labelSmoothing, flags["label-smoothing"]);
    assert.equal(training.earlyStop, flags["early-stop"]);
    assert.deepEqual(await place.checkpoints("run"), ["step-000003", "step-000004"]);
    const evaluation = resultOf(await place.run(["eval", "--run", "run", "--json", "--quiet"]));
    const last = (await place.metrics("run")).at(-1)!;
    assertClose([Number(evaluation.loss)], [Number(last.loss)], { rtol: 1e-6 });
    // Bytes are not all characters: what is generated is text all the same.
    const generated = await place.run([
      "generate",
      "--run",
      "run",
      "--tokens",
      "30",
      "--json",
      "--quiet",
    ]);
    assert.equal(resultOf(generated).tokens, 30);
  },
);
