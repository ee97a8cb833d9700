/**
 * Whatever is wrong with a command line or a file costs one clear line, and nothing else.
 */
import assert from "node:assert/strict";
import { assertFails, programTest, TINY_MODEL, withWorkplace, type Workplace } from "./program.ts";

/** Asserts that a command fails with exit code 2 and leaves the folder as it was. */
async function refuses(place: Workplace, args: readonly string[], why: RegExp): Promise<void> {
  const before = await place.files();
  assertFails(await place.run(args), 2, why);
  assert.deepEqual([...await place.files()], [...before]);
}

const COMMAND_LINES: readonly [string, readonly string[], RegExp][] = [
  ["an unknown flag", ["--laerning-rate", "1"], /did you mean --lr\?/],
  ["heads that do not divide the width", ["--dim", "10", "--heads", "4"], /width 10 .*12 would be/],
  ["key-value heads that do not divide heads", ["--kv-heads", "3"], /3 key-value heads/],
  ["a head that rotary positions do not fit", ["--dim", "12", "--heads", "4"], /heads of 3 dim/],
  ["a context longer than the text", ["--context", "5000"], /context of 5000: .* 1318 tokens/],
  ["more warmup than steps", ["--steps", "5", "--warmup", "6"], /warm up for 6 steps/],
  ["a lowest rate above the highest", ["--lr", "1e-3", "--min-lr", "1e-2"], /from 0\.001 .* 0\.01/],
  ["a scheme of another width", ["--bits", "2", "--scheme", "sign"], /for 2 bits are absmean/],
  ["a threshold for a scheme without one", ["--threshold", "0.5"], /absmean: it has none/],
  ["float weights with 8-bit activations", ["--bits", "32", "--activation-bits", "8"], /32-bit/],
  ["an unknown activation scheme", ["--activation-scheme", "ema"], /absmax_token or ema_tensor/],
  ["float activations with a scheme", ["--bits", "32", "--activation-scheme", "ema_tensor"], /32/],
  ["a share above 1", ["--qat-start", "1.5"], /--qat-start.*1\.5/],
  ["a share of all steps", ["--qat-start", "1"], /--qat-start.*1.*below 1/],
  ["a negative share", ["--qat-start=-0.1"], /--qat-start.*-0\.1/],
  [
    "float weights to be quantized",
    ["--bits", "32", "--qat-start", "0.9"],
    /32-bit weights are not/,
  ],
  ["two lengths of the run", ["--steps", "5", "--epochs", "1"], /both --steps 5 and --epochs 1/],
  ["tuning without the tuner", ["--use-tuner-lr"], /--use-tuner-lr without --use-tuner/],
  [
    "a sparsity that no threshold reaches",
    ["--use-tuner", "--target-sparsity-max", "0.7"],
    /0\.7 \(--target-sparsity-max\): thresholds from 0\.3 to 0\.9 reach 18\.9 % to 52\.7 %/,
  ],
  [
    "a threshold that cannot be tuned",
    ["--use-tuner", "--scheme", "threshold", "--threshold", "0.95"],
    /from threshold 0\.95 \(--threshold\): the tuner keeps thresholds from 0\.3 to 0\.9/,
  ],
  [
    "an empty range of sparsity",
    ["--use-tuner", "--target-sparsity-min", "0.4", "--target-sparsity-max", "0.3"],
    /from 0\.4 .* to 0\.3 .*: the latter is smaller/,
  ],
  ["data that is not there", ["--data", "none.txt"], /none\.txt: no such file or folder/],
  ["a data set that is not there", ["--data", "shakespere"], /did you mean shakespeare\?/],
  ["a tokenizer that is not there", ["--tokenizer", "none.json"], /none\.json: no such file/],
  ["a config that is not there", ["--config", "none.json"], /none\.json: no such file/],
];

Deno.test("a wrong command line is refused before anything is made", () =>
  withWorkplace(async (place) => {
    for (const [what, flags, why] of COMMAND_LINES) {
      const data = flags.includes("--data") ? [] : ["--data", "text.txt"];
      await refuses(place, ["train", ...data, "--out", "run", ...flags], why).catch((error) => {
        throw new Error(`${what}: ${error.message}`, { cause: error });
      });
    }
  }));

const TEXTS: readonly [string, Uint8Array, RegExp][] = [
  ["empty", new Uint8Array(), /text: it is empty/],
  ["binary", Uint8Array.of(65, 66, 0, 67), /it is binary, with a zero byte at offset 2/],
  ["not UTF-8", Uint8Array.of(65, 0xe9, 66), /0xE9 at offset 1 is not UTF-8/],
  ["UTF-16", Uint8Array.of(0xff, 0xfe, 65, 0), /it is UTF-16/],
  ["a single character", Uint8Array.of(65), /use a longer text/],
];

Deno.test("a text that is none is refused before anything is made", () =>
  withWorkplace(async (place) => {
    for (const [, bytes, why] of TEXTS) {
      await Deno.writeFile(place.path("text"), bytes);
      await refuses(place, ["train", "--data", "text", "--out", "run", ...TINY_MODEL], why);
    }
    await Deno.mkdir(place.path("folder"));
    await refuses(place, ["train", "--data", "folder", "--out", "run"], /the folder holds no data/);
  }));

programTest(
  "an --out that cannot be written is refused, and what is there stays",
  async (place) => {
    await Deno.writeTextFile(place.path("file"), "mine");
    const train = (out: string) => place.training(out, "--steps", "1");
    await refuses(place, train("file"), /Cannot write file.*: /);
    await refuses(place, train("file/run"), /Cannot write file\/run.*: /);
    if (Deno.build.os === "linux") await refuses(place, train("/proc/bittext"), /\/proc\/bittext/);

    await place.train("run", "--steps", "1");
    await refuses(place, train("run"), /run: there is one already; add --resume/);
  },
);

programTest("a model that does not fit on the device leaves no run behind", async (place) => {
  const before = await place.files();
  const huge = ["--context", "1000", "--batch", "100000"];
  assertFails(
    await place.run(place.training("run", ...huge)),
    1,
    /reduce the batch or the context/,
  );
  assert.deepEqual([...await place.files()], [...before]);
});

programTest("a run with a damaged file is refused by eval, generate and info", async (place) => {
  await place.train("run", "--steps", "1");
  const weights = place.path("run", "model.safetensors");
  const whole = await Deno.readFile(weights);
  const damages: [string, Uint8Array][] = [
    ["truncated", whole.slice(0, whole.length - 100)],
    ["cut in its header", whole.slice(0, 40)],
    ["tampered with", whole.with(whole.length - 3, whole.at(-3)! ^ 64)],
    ["empty", new Uint8Array()],
  ];
  for (const [, bytes] of damages) {
    await Deno.writeFile(weights, bytes);
    for (const command of ["eval", "generate", "info"]) {
      await refuses(place, [command, "--run", "run"], /Cannot read run\/model\.safetensors: /);
    }
  }
  await Deno.writeFile(weights, whole);

  const damage = async (name: string, text: string, why: RegExp) => {
    const file = place.path("run", name);
    const kept = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text);
    await refuses(place, ["eval", "--run", "run"], why);
    await Deno.writeTextFile(file, kept);
  };
  await damage("config.json", "{", /Cannot read run\/config\.json: it is not JSON/);
  await damage("config.json", "[]", /Cannot load run\/config\.json/);
  await damage("tokenizer.json", "{}", /Cannot use the tokenizer run\/tokenizer\.json/);

  await place.train("other", "--steps", "1", "--ffn", "64");
  await Deno.copyFile(place.path("other", "model.safetensors"), weights);
  await refuses(place, ["eval", "--run", "run"], /run\/model\.safetensors: .* has shape .*needs/);
  await refuses(place, ["generate", "--run", "none"], /Cannot read none\/config\.json: no such/);
  await refuses(place, ["eval"], /Cannot find a run: there is none in runs\//);
});

programTest("characters the model never saw are refused, and chat goes on", async (place) => {
  await place.train("run", "--steps", "1");
  await Deno.writeTextFile(place.path("other.txt"), "the same, but for an é in it\n".repeat(20));
  const unknown = /Cannot encode the character "." \(U\+[0-9A-F]{4}\): it is not in the vocabulary/;
  await refuses(place, ["eval", "--run", "run", "--data", "other.txt"], unknown);
  await refuses(place, ["generate", "--run", "run", "--prompt", "Ünd"], unknown);
  await refuses(place, ["generate", "--run", "run", "--prompt="], /empty --prompt/);
});
