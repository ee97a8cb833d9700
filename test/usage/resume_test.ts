/**
 * A run that was stopped, in whatever way, goes on as if nothing had happened.
 */
import assert from "node:assert/strict";
import {
  assertFails,
  assertSameRun,
  ending,
  programDeviceTest,
  programTest,
  resultOf,
  type Workplace,
} from "./program.ts";

const FLAGS = [
  ...["--steps", "18", "--log-every", "2", "--eval-every", "2", "--save-every", "4"],
  ...["--dropout", "0.1", "--accumulate", "2", "--lr", "0.003"],
];

function entries(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch {
    return [];
  }
}

/** Kills a training process the moment `now` is true. Returns whether it came to that. */
async function killWhen(
  place: Workplace,
  args: readonly string[],
  now: () => boolean,
): Promise<boolean> {
  const process = place.start(args);
  let ended = false;
  const status = process.status.finally(() => ended = true);
  let killed = false;
  while (!ended && !killed) {
    // Some of these moments last a millisecond: look often, and let the event loop run in between.
    for (const until = performance.now() + 20; performance.now() < until && !killed;) {
      killed = now();
    }
    if (killed) process.kill("SIGKILL");
    else await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await Promise.all([status, ending(process)]);
  return killed;
}

programDeviceTest(
  "after kill -9 at any moment a resumed run equals the uninterrupted one",
  async (place, device) => {
    // The CPU takes a step in a millisecond: it needs more of them to be caught.
    const steps = device === "cpu" ? "90" : "18";
    const flags = [...FLAGS, "--device", device, "--steps", steps, "--sample-every", steps];
    const whole = place.train("whole", ...flags);
    const killed = place.training("killed", ...flags);
    const again = [...killed, "--resume"];
    const run = (...parts: string[]) => place.path("killed", ...parts);
    const newest = () =>
      Math.max(0, ...entries(run("checkpoints")).map((name) => Number(name.slice(5)) || 0));
    const lastLine = () => {
      const steps = Deno.readTextFileSync(run("metrics.jsonl")).matchAll(/"step":(\d+),/g);
      return Math.max(...Array.from(steps, ([, step]) => Number(step)));
    };
    const isWriting = (folder: string, file: RegExp) =>
      entries(folder).some((name) => file.test(name));

    // What a moment lasts can be over between two looks; then the run is killed at a checkpoint after it.
    const moments: [now: () => boolean, latest: number][] = [
      [() => isWriting(run(), /^config\.json$/), 4],
      [() => isWriting(run("checkpoints"), /^\.step-\d+\.tmp$/), 8],
      [() => newest() >= 8, 8],
      [() => isWriting(run(), /^\.model\.safetensors\..*tmp$/), 12],
      [() => newest() >= 12 && lastLine() > newest() + 1, 16],
    ];
    await whole;
    for (const [index, [now, latest]] of moments.entries()) {
      const args = index === 0 ? killed : again;
      const wasKilled = await killWhen(place, args, () => now() || newest() >= latest);
      assert.ok(wasKilled, `the run ended before it could be killed at moment ${index}`);
    }
    const end = await place.run(again);
    assert.equal(end.code, 0, end.stderr);
    assertSameRun(await place.essence("killed"), await place.essence("whole"));
    // Nothing half-written is left behind.
    assert.deepEqual(
      [...(await place.files("killed")).keys()].filter((n) => n.endsWith(".tmp")),
      [],
    );
  },
);

programTest(
  "Ctrl-C saves a checkpoint, exits with 130, and the run goes on from there",
  async (place) => {
    const flags = [...FLAGS, "--steps", "800", "--save-every", "100", "--eval-every", "100"];
    await place.train("whole", ...flags);
    const args = place.training("stopped", ...flags);
    const process = place.start(args);
    while (!entries(place.path("stopped", "checkpoints")).includes("step-000100")) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.kill("SIGINT");
    process.kill("SIGINT");
    const { code, stderr } = await ending(process);
    assert.equal(code, 130, stderr);
    const [, step] = /Interrupted at step (\d+): a checkpoint was saved/.exec(stderr) ?? [];
    assert.ok(Number(step) >= 100, stderr);
    const [last] = (await place.checkpoints("stopped")).slice(-1);
    assert.equal(last, `step-${step.padStart(6, "0")}`);

    const end = await place.run([...args, "--resume"]);
    assert.equal(end.code, 0, end.stderr);
    assertSameRun(await place.essence("stopped"), await place.essence("whole"));
  },
);

const SHORT = ["--steps", "4", "--save-every", "2", "--eval-every", "2"];

programTest(
  "--resume starts, says when nothing is left to do, and continues to more steps",
  async (place) => {
    const args = place.training("run", ...SHORT).filter((arg) => arg !== "--quiet");
    const start = await place.run([...args, "--resume", "--json"]);
    assert.equal(start.code, 0, start.stderr);
    const outcome = JSON.parse(start.stdout.trimEnd().split("\n").at(-1)!);
    const before = await place.files("run");

    for (const again of [["--resume", "run"], [...args.slice(1), "--resume"]]) {
      const finished = await place.run(["train", ...again]);
      assert.equal(finished.code, 0, finished.stderr);
      assert.match(finished.stdout, /^run is finished: 4 steps are done/);
    }
    const json = await place.run(["train", "--resume", "run", "--json"]);
    assert.deepEqual(JSON.parse(json.stdout), outcome);
    assert.deepEqual(await place.files("run"), before);

    const more = await place.run(["train", "--resume", "run", "--steps", "8", "--quiet"]);
    assert.equal(more.code, 0, more.stderr);
    const steps = (await place.metrics("run")).map(({ step, split }) => `${step} ${split}`);
    assert.deepEqual(steps, [
      "0 val",
      "1 train",
      "2 val",
      "4 train",
      "4 val",
      "6 val",
      "8 train",
      "8 val",
    ]);
    assert.equal((await place.checkpoints("run")).at(-1), "step-000008");
    assert.equal((await place.run(["train", "--resume", "run"])).code, 0);
  },
);

programTest("a tuned run says what it decides, and goes on with what it knows", async (place) => {
  const flags = ["--steps", "12", "--eval-every", "2", "--save-every", "4", "--lr", "0.003"];
  const tuner = ["--use-tuner", "--use-tuner-lr", "--aggressive-tuning"];
  const args = place.training("run", ...flags, ...tuner).filter((arg) => arg !== "--quiet");
  const whole = await place.run(args);
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stdout, /step {2}2\/12 {2}validation loss .* sparsity 0\.\d{3}\n/);
  assert.match(
    whole.stdout,
    /step {2}2\/12 {2}tuner: no threshold: only the weight scheme threshold has one/,
  );
  const tuned = (await place.metrics("run")).filter(({ split }) => split === "tuner");
  assert.deepEqual(tuned.map(({ step }) => step), [2, 4, 6, 8, 10, 12]);
  const expected = await place.essence("run");

  const other = await place.run(["train", "--resume", "run", "--no-aggressive-tuning"]);
  assertFails(other, 2, /--aggressive-tuning false: .*with --aggressive-tuning true/);
  for (const name of ["step-000008", "step-000012"]) {
    await Deno.remove(place.path("run", "checkpoints", name), { recursive: true });
  }
  const end = await place.run(["train", "--resume", "run", "--quiet"]);
  assert.equal(end.code, 0, end.stderr);
  assertSameRun(await place.essence("run"), expected);
});

programTest("--resume alone goes on with the newest run in runs/", async (place) => {
  await place.train("runs/old", ...SHORT);
  await place.train("runs/new", ...SHORT);
  const { code, stdout } = await place.run(["train", "--resume"]);
  assert.equal(code, 0);
  assert.match(stdout, /^runs\/new is finished/);
});

programTest("--epochs turns into steps, at the start and when resumed", async (place) => {
  // 1,318 training tokens in batches of 2 × 8: 82.4 steps to an epoch.
  const config = async () => JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
  await place.train("run", "--epochs", "0.04");
  assert.deepEqual([(await config()).training.steps, (await config()).training.warmupSteps], [
    4,
    0,
  ]);
  const longer = await place.run(["train", "--resume", "run", "--epochs", "0.06", "--quiet"]);
  assert.equal(longer.code, 0, longer.stderr);
  assert.equal((await config()).training.steps, 5);
  assert.equal((await place.metrics("run")).at(-1)?.step, 5);
});

programTest("a run that stopped early is finished", async (place) => {
  const flags = ["--steps", "40", "--eval-every", "1", "--early-stop", "2", "--lr", "3"];
  await place.train("run", ...flags, "--warmup", "0");
  const { code, stdout } = await place.run(["train", "--resume", "run"]);
  assert.equal(code, 0);
  assert.match(stdout, /^run is finished: it stopped early after \d+ steps/);
});

programTest("what cannot be resumed is refused, and nothing changes", async (place) => {
  await place.train("run", ...SHORT, "--bits", "1");
  const before = await place.files("run");
  const refuse = async (args: string[], why: RegExp) =>
    assertFails(await place.run(["train", ...args]), 2, why);

  await refuse(["--resume", "none"], /none: there is no run \(no config\.json\) in it/);
  await refuse(["--resume"], /there is none in runs\//);
  await refuse(["--resume", "run", "--out", "other"], /run in other/);
  await refuse(["--resume", "run", "--dim", "32"], /--dim 32: .*with --dim 16; leave it out/);
  await refuse(["--resume", "run", "--bits", "32"], /--bits 32: .*with --bits 1;/);
  await refuse(["--resume", "run", "--seed", "9"], /--seed 9: .*with --seed 0;/);
  await refuse(["--resume", "run", "--data", "gutenberg"], /--data gutenberg: .*text\.txt/);
  await refuse(["--resume", "run", "--init", "x"], /--init x: the run was started without --init/);
  await refuse(["--resume", "run", "--tokenizer", "byte"], /--tokenizer byte: .*another one/);
  await refuse(["--resume", "run", "--steps", "9", "--epochs", "9"], /give one of them/);
  await refuse(
    ["--resume", "run", "--activation-scheme", "ema_tensor"],
    /ema_tensor: .*with --activation-scheme absmax_token;/,
  );
  await refuse(
    ["--resume", "run", "--qat-start", "0.5"],
    /--qat-start 0\.5: .*with --qat-start 0;/,
  );
  assert.deepEqual(await place.files("run"), before);

  const text = await Deno.readTextFile(place.path("text.txt"));
  await Deno.writeTextFile(place.path("text.txt"), text + "more\n");
  await refuse(["--resume", "run", "--steps", "9"], /has changed since the run began/);
  assertFails(
    await place.run(["eval", "--run", "run", "--quiet"]),
    2,
    /has changed since; .*--data/,
  );
  assert.deepEqual(await place.files("run"), before);
});

programTest("a run whose text was moved goes on, and tells where it looks", async (place) => {
  await place.train("run", ...SHORT);
  await place.train("still", ...SHORT);
  resultOf(
    await place.run(["train", "--resume", "still", "--steps", "6", "--no-figures", "--json"]),
  );
  await Deno.rename(place.path("text.txt"), place.path("moved.txt"));
  const resume = ["train", "--resume", "run", "--steps", "6", "--no-figures"];
  assertFails(
    await place.run(resume),
    2,
    /text\.txt: no such file.*; if it was moved, say where to with --data/,
  );
  await Deno.writeTextFile(place.path("other.txt"), "another text\n".repeat(200));
  assertFails(
    await place.run([...resume, "--data", "other.txt"]),
    2,
    /other\.txt has changed since the run began/,
  );
  const { code, stderr } = await place.run([...resume, "--data", "moved.txt"]);
  assert.equal(code, 0, stderr);
  const config = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
  assert.match(config.data.name, /moved\.txt$/);
  const losses = async (run: string) =>
    (await Deno.readTextFile(place.path(run, "metrics.jsonl"))).match(/"loss":[^,]+/g);
  assert.deepEqual(await losses("run"), await losses("still"));
});

programTest("a damaged newest checkpoint is named, with the way around it", async (place) => {
  const args = place.training("run", ...SHORT);
  await place.train("run", ...SHORT);
  await place.train("ternary", ...SHORT, "--seed", "1");
  await place.train("sign", ...SHORT, "--bits", "1");
  const whole = await place.essence("run");
  const newest = place.path("run", "checkpoints", "step-000004");
  const more = [...args, "--resume", "--steps", "6"];

  for (const name of ["model.safetensors", "optimizer.safetensors", "state.json"]) {
    const file = `${newest}/${name}`;
    const bytes = await Deno.readFile(file);
    await Deno.writeFile(file, bytes.slice(0, bytes.length - 20));
    assertFails(
      await place.run(more),
      2,
      new RegExp(
        `Cannot read run/checkpoints/step-000004/${name}: .*; remove run/checkpoints/step-0`,
      ),
    );
    await Deno.writeFile(file, bytes);
  }
  for (
    const [other, why] of [["ternary", /--seed 1, this one has 0/], [
      "sign",
      /weight_bits/,
    ]] as const
  ) {
    await Deno.remove(newest, { recursive: true });
    await place.copy(`${other}/checkpoints/step-000004`, "run/checkpoints/step-000004");
    assertFails(await place.run(more), 2, why);
  }
  await Deno.remove(newest, { recursive: true });
  const { code, stderr } = await place.run([...args, "--resume"]);
  assert.equal(code, 0, stderr);
  assertSameRun(await place.essence("run"), whole);
});
