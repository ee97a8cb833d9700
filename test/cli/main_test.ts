import assert from "node:assert/strict";
import type { CommandContext, CommandTable } from "../../src/cli/terminal/context.ts";
import { main } from "../../src/cli/main.ts";
import { InputError, InterruptedError, OptionError, WorkError } from "../../src/errors.ts";
import { RecordedOutput } from "./recorded_output.ts";

type Work = (context: CommandContext) => unknown;

async function runWith(work: Work, args: readonly string[], isTerminal = false) {
  const module = { run: (_: unknown, context: CommandContext) => Promise.resolve(work(context)) };
  const load = () => Promise.resolve(module);
  const commands: CommandTable = {
    prep: load,
    train: load,
    eval: load,
    generate: load,
    chat: load,
    quantize: load,
    sweep: load,
    figures: load,
    info: load,
    bench: load,
  };
  const [stdout, stderr] = [new RecordedOutput(isTerminal), new RecordedOutput(isTerminal)];
  const exitCode = await main(args, { commands, stdout, stderr });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

const talk: Work = (context) => {
  context.note("a note");
  context.log("step 1");
  context.write("loss ");
  context.print("1.5");
  return { loss: 1.5, histogram: new Float32Array([1, NaN]), groups: new Map([["a", 1n]]) };
};

Deno.test("without --json human text is on stdout and notes are on stderr", async () => {
  assert.deepEqual(await runWith(talk, ["eval"]), {
    exitCode: 0,
    stdout: "step 1\nloss 1.5\n",
    stderr: "a note\n",
  });
});

Deno.test("with --json stdout is one line of JSON and the rest is on stderr", async () => {
  assert.deepEqual(await runWith(talk, ["eval", "--json"]), {
    exitCode: 0,
    stdout: '{"loss":1.5,"histogram":[1,null],"groups":{"a":1}}\n',
    stderr: "a note\nstep 1\nloss 1.5\n",
  });
});

Deno.test("--quiet leaves only the result", async () => {
  assert.deepEqual(await runWith(talk, ["eval", "--quiet"]), {
    exitCode: 0,
    stdout: "loss 1.5\n",
    stderr: "",
  });
  const json = await runWith(talk, ["eval", "--quiet", "--json"]);
  assert.equal(json.stderr, "");
  assert.equal(JSON.parse(json.stdout).loss, 1.5);
});

const FAILURES: readonly [unknown, number, string][] = [
  [new InputError("Cannot read x: it is empty"), 2, "Cannot read x: it is empty"],
  [
    new OptionError("Cannot use `weightDecay` -1: it must be positive"),
    2,
    "Cannot use --weight-decay -1: it must be positive",
  ],
  [new WorkError("Cannot go on: the loss\n  is NaN"), 1, "Cannot go on: the loss is NaN"],
  [new InterruptedError("Interrupted: saved step 5"), 130, "Interrupted: saved step 5"],
  [
    new Deno.errors.NotCapable(
      'Requires write access to "runs/a", run again with the --allow-write flag',
    ),
    2,
    'Cannot eval: it may not write "runs/a", add --allow-write to deno run',
  ],
  [
    Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" }),
    1,
    "Cannot eval: No space left on device (os error 28)",
  ],
  [
    new RangeError("Array buffer allocation failed"),
    1,
    "Cannot eval: not enough memory (Array buffer allocation failed), " +
    "try a smaller model, batch or context",
  ],
  [
    new TypeError("x is undefined"),
    1,
    "Cannot eval: TypeError: x is undefined (a bug in bittext; BITTEXT_DEBUG=1 shows where)",
  ],
  ["text", 1, "Cannot eval: text (a bug in bittext; BITTEXT_DEBUG=1 shows where)"],
];

for (const [error, exitCode, message] of FAILURES) {
  Deno.test(`a failure is one line and exit code ${exitCode}: ${message}`, async () => {
    const fail = () => {
      throw error;
    };
    assert.deepEqual(await runWith(fail, ["eval", "--json"]), {
      exitCode,
      stdout: "",
      stderr: `bittext: ${message}\n`,
    });
  });
}

const WRONG: readonly [readonly string[], string][] = [
  [
    [],
    "Cannot start: no command given, expected prep, train, eval, generate, chat, quantize, sweep, figures, info or bench",
  ],
  [["trian"], "Cannot run trian: unknown command, did you mean train?"],
  [["toString"], "Cannot run toString: unknown command, expected prep, train"],
  [["--json", "info"], "Cannot read --json: the command comes first, expected prep, train"],
  [["train", "--stps", "3"], "Cannot read --stps: unknown flag of train, did you mean --steps?"],
];

for (const [args, message] of WRONG) {
  Deno.test(`a wrong command line does nothing: ${args.join(" ")}`, async () => {
    const result = await runWith(() => assert.fail("the command ran"), args);
    assert.equal(result.exitCode, 2);
    assert.equal(result.stdout, "");
    assert.ok(result.stderr.startsWith(`bittext: ${message}`), result.stderr);
    assert.equal(result.stderr.split("\n").length, 2);
  });
}

Deno.test("help wins over everything else", async () => {
  const refuse = () => assert.fail("the command ran");
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { exitCode, stdout } = await runWith(refuse, args);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^bittext trains/);
  }
  for (const args of [["eval", "--bogus", "-h"], ["help", "eval"], ["eval", "x", "--help"]]) {
    const { exitCode, stdout } = await runWith(refuse, args);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^bittext eval: /);
  }
  assert.match((await runWith(refuse, ["--version"])).stdout, /^bittext \d+\.\d+\.\d+\n$/);
});

Deno.test("a progress bar is cleared by lines above it and by a failure", async () => {
  const work: Work = (context) => {
    const bar = context.progress(10, "train");
    bar.update(1);
    context.log("step 1");
    throw new WorkError("Cannot go on: no");
  };
  const { stdout, stderr } = await runWith(work, ["train"], true);
  assert.equal(stdout, "step 1\n");
  const [drawn, cleared, redrawn, end] = stderr.split("\r\x1b[K").slice(1);
  assert.match(drawn, /^train █+░+ .*10 % · 1\/10 steps$/);
  assert.equal(cleared, "");
  assert.match(redrawn, /^train █+░+ .*10 %/);
  assert.equal(end, "bittext: Cannot go on: no\n");
});

Deno.test("off a terminal and with --quiet there is no progress bar", async () => {
  const work: Work = (context) => {
    using bar = context.progress(10, "train");
    bar.update(5);
  };
  assert.equal((await runWith(work, ["train"])).stderr, "");
  assert.equal((await runWith(work, ["train", "--quiet"], true)).stderr, "");
});
