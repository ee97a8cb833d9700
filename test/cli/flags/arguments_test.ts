import assert from "node:assert/strict";
import { parseFlags } from "../../../src/cli/flags/arguments.ts";
import type { CommandName } from "../../../src/cli/flags/commands.ts";
import { InputError } from "../../../src/errors.ts";

Deno.test("no flags give the small configuration", async () => {
  const flags = await parseFlags("train", []);
  assert.equal(flags.data, "shakespeare");
  assert.equal(flags.layers, 4);
  assert.equal(flags.dim, 128);
  assert.equal(flags.context, 64);
  assert.equal(flags.batch, 12);
  assert.equal(flags.bits, 1.58);
  assert.equal(flags.activationBits, 8);
  assert.equal(flags.steps, 2000);
  assert.equal(flags.lr, undefined);
  assert.equal(flags.tieEmbeddings, false);
  assert.equal(flags.device, "auto");
  assert.equal(flags.given.size, 0);
  for (const absent of ["ffn", "kvHeads", "minLr", "warmup", "resume", "out", "scheme"] as const) {
    assert.ok(!(absent in flags), `${absent} depends on other flags and has no constant default`);
  }
});

Deno.test("flags take values behind a space or an equals sign, and the last one counts", async () => {
  const flags = await parseFlags("train", [
    ...["--steps", "10", "--steps=2e1", "--bits", "1", "--schedule=two-stage"],
    ...["--lr=.5", "--tie-embeddings", "--json", "--no-json"],
  ]);
  assert.equal(flags.steps, 20);
  assert.equal(flags.bits, 1);
  assert.equal(flags.schedule, "two-stage");
  assert.equal(flags.lr, 0.5);
  assert.equal(flags.tieEmbeddings, true);
  assert.equal(flags.json, false);
  assert.deepEqual(
    [...flags.given],
    ["steps", "bits", "schedule", "lr", "tieEmbeddings", "json"],
  );
});

Deno.test("--resume stands alone or takes a directory", async () => {
  assert.equal((await parseFlags("train", ["--resume"])).resume, true);
  assert.equal((await parseFlags("train", ["--resume", "--quiet"])).resume, true);
  assert.equal((await parseFlags("train", ["--resume", "runs/a"])).resume, "runs/a");
  assert.equal((await parseFlags("train", ["--resume=runs/a", "--quiet"])).resume, "runs/a");
  assert.equal((await parseFlags("info", ["--data"])).data, true);
});

Deno.test("a prompt may be empty, begin with a dash or hold anything", async () => {
  for (const prompt of ["", "- a list", "-1", "two words", "a=b", "--steps"]) {
    assert.equal((await parseFlags("generate", [`--prompt=${prompt}`])).prompt, prompt);
  }
  assert.equal((await parseFlags("generate", ["--prompt", "- a list"])).prompt, "- a list");
});

const WRONG: readonly [CommandName, readonly string[], string][] = [
  [
    "train",
    ["--laerning-rate", "1"],
    "Cannot read --laerning-rate: unknown flag of train, did you mean --lr?",
  ],
  [
    "train",
    ["--weight_decay=1"],
    "Cannot read --weight_decay: unknown flag of train, did you mean --weight-decay?",
  ],
  ["train", ["--hlep"], "Cannot read --hlep: unknown flag of train, did you mean --help?"],
  [
    "train",
    ["--__proto__"],
    "Cannot read --__proto__: unknown flag of train, bittext train --help lists its flags",
  ],
  [
    "bench",
    ["--top-k", "3"],
    "Cannot read --top-k: it is a flag of generate and chat, not of bench, " +
    "bittext bench --help lists its flags",
  ],
  [
    "train",
    ["--steps"],
    "Cannot read --steps: it needs a value, expected an integer of at least 1",
  ],
  [
    "train",
    ["--steps", "--lr", "1"],
    "Cannot read --steps: --lr follows in place of its value, expected an integer of at least 1",
  ],
  [
    "generate",
    ["--prompt", "--tokens"],
    "Cannot read --prompt: --tokens follows in place of its value, expected text; " +
    "if that is the value, write --prompt=--tokens",
  ],
  ["train", ["--out="], 'Cannot use --out "": it is empty, expected a path'],
  [
    "train",
    ["--steps", "1.5"],
    "Cannot use --steps 1.5: not an integer, expected an integer of at least 1",
  ],
  ["train", ["--lr", "fast"], "Cannot use --lr fast: not a number, expected a number above 0"],
  ["train", ["--lr", "0x10"], "Cannot use --lr 0x10: not a number, expected a number above 0"],
  ["train", ["--lr", "1e999"], "Cannot use --lr 1e999: not a number, expected a number above 0"],
  ["train", ["--lr", "-1"], "Cannot use --lr -1: out of range, expected a number above 0"],
  [
    "train",
    ["--dropout", "1"],
    "Cannot use --dropout 1: out of range, expected a number from 0 to below 1",
  ],
  [
    "train",
    ["--steps", "1e300"],
    "Cannot use --steps 1e300: out of range, expected an integer of at least 1",
  ],
  [
    "train",
    ["--bits", "1.6"],
    "Cannot use --bits 1.6: unknown value, expected 1, 1.58, 2, 3, 4, 5, 6, 7, 8 or 32",
  ],
  [
    "train",
    ["--granularity"],
    "Cannot read --granularity: it needs a value, expected tensor, row or group:N",
  ],
  [
    "train",
    ["--granularity", "group:48"],
    "Cannot use granularity group:48: a group is a multiple of 32 weights",
  ],
  [
    "train",
    ["--scheme", "abmean"],
    "Cannot use --scheme abmean: unknown value, did you mean absmean? " +
    "(sign, absmean, absmedian, absmax, threshold, lsq or seq)",
  ],
  [
    "train",
    ["--model", "clip"],
    "Cannot use --model clip: this version does not have it yet, it has text and vit",
  ],
  [
    "train",
    ["--schedule", "cosin"],
    "Cannot use --schedule cosin: unknown value, did you mean cosine? " +
    "(cosine, linear, two-stage or plateau)",
  ],
  [
    "train",
    ["--json=perhaps"],
    "Cannot use --json perhaps: it is a switch, expected true, false or no value",
  ],
  [
    "train",
    ["--no-lr"],
    "Cannot read --no-lr: only a switch can be turned off with --no-, and it takes no value",
  ],
  [
    "train",
    ["my novel.txt"],
    'Cannot read "my novel.txt": train takes flags only, did you mean --data "my novel.txt"?',
  ],
  ["train", ["resume"], "Cannot read resume: train takes flags only, did you mean --resume?"],
  [
    "eval",
    ["train"],
    "Cannot read train: eval takes flags only, expected one command, eval or train",
  ],
  ["train", ["-lr", "1"], "Cannot read -lr: flags begin with two dashes, did you mean --lr?"],
];

for (const [command, args, message] of WRONG) {
  Deno.test(`wrong: ${command} ${args.join(" ")}`, async () => {
    await assert.rejects(parseFlags(command, args), (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.message, message);
      return true;
    });
  });
}

async function withConfig(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("--config takes every spelling, and the command line wins over it", async () => {
  const text = JSON.stringify({
    "min-lr": 1e-5,
    weight_decay: "0.2",
    labelSmoothing: 0.1,
    tie_embeddings: true,
    resume: true,
    steps: 7,
    seed: null,
  });
  await withConfig(text, async (path) => {
    const flags = await parseFlags("train", ["--config", path, "--steps", "9"]);
    assert.equal(flags.minLr, 1e-5);
    assert.equal(flags.weightDecay, 0.2);
    assert.equal(flags.labelSmoothing, 0.1);
    assert.equal(flags.tieEmbeddings, true);
    assert.equal(flags.resume, true);
    assert.equal(flags.steps, 9);
    assert.equal(flags.seed, 0);
    assert.ok(flags.given.has("weightDecay") && !flags.given.has("seed"));
  });
});

const WRONG_CONFIGS: readonly [string, RegExp][] = [
  ['{"stpes": 5}', /^Cannot read stpes of .*: unknown flag of train, did you mean steps\?$/],
  ['{"prompt": "x"}', /^Cannot read prompt of .*: it is a flag of generate, not of train, /],
  ['{"config": "x"}', /a --config file cannot name another one$/],
  ['{"steps": 5, "Steps": 6}', /^Cannot read Steps of .*, did you mean steps\?$/],
  ['{"min_lr": 0, "minLr": 0}', /^Cannot read minLr 0 of .*: min-lr is there in two spellings/],
  ['{"steps": [5]}', /^Cannot use steps \[5\] of .*: wrong type of value, expected an integer/],
  ['{"steps": 0}', /^Cannot use steps 0 of .*: out of range, expected an integer of at least 1$/],
  ['{"json": 1}', /^Cannot use json 1 of .*: it is a switch/],
  ["[]", /: not a JSON object, expected flags such as \{"steps": 500\}$/],
  ['{"steps": ', /: not valid JSON \(.*\), expected flags such as/],
];

for (const [text, message] of WRONG_CONFIGS) {
  Deno.test(`wrong: --config ${text}`, async () => {
    await withConfig(text, async (path) => {
      await assert.rejects(parseFlags("train", ["--config", path]), (error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, message);
        return true;
      });
    });
  });
}

Deno.test("a --config file that is not there is an InputError", async () => {
  await assert.rejects(parseFlags("train", ["--config", "no/such.json"]), {
    name: "InputError",
    message: /^Cannot read no\/such\.json: no such file/,
  });
});
