/**
 * A sweep: its files, its end, and how it goes on after it was stopped in whatever way.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  assertFails,
  assertSameRun,
  ending,
  programTest,
  resultOf,
  TINY_MODEL,
  type Workplace,
} from "./program.ts";

function sweeping(out: string, ...more: string[]): string[] {
  const data = ["--data", "text.txt", "--out", out, "--device", "cpu"];
  return [
    "sweep",
    ...data,
    ...TINY_MODEL,
    "--sample-every",
    "0",
    "--no-figures",
    "--quiet",
    ...more,
  ];
}

async function results(place: Workplace, out: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(place.path(out, "results.jsonl"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

const ids = (results: readonly Record<string, unknown>[]) => results.map(({ id }) => id).sort();

async function runIds(place: Workplace, out: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(place.path(out, "runs")));
  return entries.map(({ name }) => name).sort();
}

/** Waits until some checkpoint of the sweep is there. */
async function checkpointOf(place: Workplace, run: string): Promise<void> {
  const folder = place.path(run, "checkpoints");
  const exists = () => {
    try {
      return [...Deno.readDirSync(folder)].some(({ name }) => name.startsWith("step-"));
    } catch {
      return false;
    }
  };
  while (!exists()) await new Promise((resolve) => setTimeout(resolve, 5));
}

programTest("a sweep trains every combination once and tells what came of it", async (place) => {
  const args = sweeping("out", "--bits", "1,1.58,32", "--seed", "0,1", "--steps", "4");
  const outcome = resultOf(await place.run([...args, "--json", "--jobs", "2"]));
  const expected = ["1", "1.58", "32"].flatMap((bits) =>
    ["0", "1"].map((seed) => `bits-${bits}_seed-${seed}`)
  ).sort();
  const lines = await results(place, "out");
  assert.deepEqual(ids(lines), expected);
  assert.deepEqual(await runIds(place, "out"), expected);
  assert.deepEqual(outcome.results, lines);
  const table = outcome.table as Record<string, unknown>[];
  assert.deepEqual(table.map(({ bits, scheme, seeds }) => [bits, scheme, seeds]), [
    [32, "none", [0, 1]],
    [1.58, "absmean", [0, 1]],
    [1, "sign", [0, 1]],
  ]);

  // A run of a sweep is the run that train makes.
  const line = lines.find(({ id }) => id === "bits-1_seed-1")!;
  await place.train("alone", "--bits", "1", "--seed", "1", "--steps", "4", "--device", "cpu");
  const metrics = await place.metrics("alone");
  assert.deepEqual(await place.metrics("out/runs/bits-1_seed-1"), metrics);
  assert.equal(line.loss, metrics.at(-1)!.loss);
  assert.deepEqual(line.settings, { bits: 1, seed: 1 });
  assert.equal(line.device, "cpu");
  const info = resultOf(
    await place.run(["info", "--json", "--run", "out/runs/bits-1_seed-1"]),
  );
  assert.equal(line.packed_bytes, info.packed_bytes);

  // Nothing is repeated, whoever asks, and other flags are refused.
  const before = await place.files("out", "runs");
  const again = resultOf(await place.run([...args, "--json", "--jobs", "1", "--threads", "2"]));
  assert.deepEqual(again, outcome);
  assert.deepEqual(await place.files("out", "runs"), before);
  const refuse = async (more: readonly string[], why: RegExp) =>
    assertFails(await place.run([...args, ...more]), 2, why);
  await refuse(
    ["--seed", "0,1,2"],
    /made with other settings, --seed 0,1 instead of --seed 0,1,2;/,
  );
  await refuse(["--lr", "0.1"], /settings, no --lr instead of --lr 0\.1; choose another --out/);
  await refuse(["--out", "alone"], /Cannot sweep in alone: there is a run in it/);
  await Deno.writeTextFile(place.path("text.txt"), "another text, ".repeat(100));
  await refuse([], /text\.txt has changed since/);
});

const LONG = ["--bits", "1.58,32", "--steps", "1500", "--save-every", "100", "--jobs", "2"];

programTest(
  "after kill -9 a sweep goes on, and equals one that was never stopped",
  async (place) => {
    const whole = await place.run(sweeping("whole", ...LONG));
    assert.equal(whole.code, 0, whole.stderr);
    const args = sweeping("killed", ...LONG);
    const process = place.start(args);
    await checkpointOf(place, "killed/runs/bits-1.58_seed-0");
    process.kill("SIGKILL");
    await ending(process);
    assert.deepEqual(ids(await results(place, "killed").catch(() => [])), []);
    // Its children stop by themselves; whoever comes too early waits for them.
    const end = await place.run(args);
    assert.equal(end.code, 0, end.stderr);
    const lines = await results(place, "killed");
    assert.equal(lines.find(({ bits }) => bits === 1.58)!.resumed, true);
    for (const id of await runIds(place, "whole")) {
      const [killed, expected] = [join("killed", "runs", id), join("whole", "runs", id)];
      assertSameRun(await place.essence(killed), await place.essence(expected));
    }
  },
);

programTest("Ctrl-C stops every run with a checkpoint and exits with 130", async (place) => {
  const args = sweeping("out", ...LONG, "--steps", "100000", "--eval-every", "0");
  const process = place.start(args);
  await checkpointOf(place, "out/runs/bits-1.58_seed-0");
  const second = await place.run(args);
  assertFails(second, 1, /Cannot sweep in out: another sweep is at work in it/);
  process.kill("SIGINT");
  const { code, stderr } = await ending(process);
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Interrupted: 0 of 2 runs in out have ended/);
  for (const id of await runIds(place, "out")) {
    const [last] = (await place.checkpoints(`out/runs/${id}`)).slice(-1);
    const newest = (await place.metrics(`out/runs/${id}`)).at(-1)!.step as number;
    assert.ok(Number(last.slice(5)) >= newest, `${last} is older than step ${newest}`);
  }
});

programTest(
  "a run that fails is recorded, the others go on, and it is tried again",
  async (place) => {
    const args = sweeping(
      "out",
      "--lr",
      "1e30,1e-3",
      "--clip",
      "0",
      "--warmup",
      "0",
      "--steps",
      "5",
    );
    for (let attempt = 1; attempt <= 2; attempt++) {
      const { code, stderr, stdout } = await place.run(args);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /^bittext: Cannot finish the sweep in out: 1 of 2 runs failed, bits-1\.58_lr-1e\+30_seed-0 \(Cannot go on at step/,
      );
      assert.match(stdout, /1\.58 +absmean +0\.001 +1 +2\.\d{4} /);
      const lines = await results(place, "out");
      assert.equal(lines.length, 2);
      const failed = lines.find(({ error }) => error !== undefined)!;
      assert.equal(failed.exit_code, 1);
      assert.match(String(failed.error), /^Cannot go on at step \d/);
    }
  },
);

programTest("a tokenizer that several runs share is trained once", async (place) => {
  const flags = ["--tokenizer", "bpe:260", "--steps", "2"];
  const args = sweeping("out", ...flags, "--bits", "1,32");
  assert.equal((await place.run(args)).code, 0);
  assert.deepEqual([...(await place.files("out/tokenizers")).keys()], ["1.json"]);
  await place.train("alone", ...flags, "--bits", "1", "--device", "cpu");
  const swept = "out/runs/bits-1_seed-0";
  assert.deepEqual(await place.metrics(swept), await place.metrics("alone"));
  const [kept, own] = await Promise.all(
    [swept, "alone"].map((run) => Deno.readTextFile(place.path(run, "tokenizer.json"))),
  );
  assert.equal(kept, own);
  const drawn = resultOf(await place.run(["figures", "--sweep", "out", "--json"]));
  assert.ok((drawn.files as string[]).includes("out/report.html"));
  assert.match(await Deno.readTextFile(place.path("out/report.html")), /nats per token/);
});

programTest("what no run could do is refused before the first one starts", async (place) => {
  const refuse = async (args: string[], why: RegExp) => {
    assertFails(await place.run(sweeping("out", ...args)), 2, why);
    assert.ok(!(await place.files()).has("out"));
  };
  await refuse(["--bits", "1", "--scheme", "absmax"], /a grid with nothing in it: .* at 1 bits: /);
  await refuse(["--context", "8,5000"], /context of 5000/);
  await refuse(["--data", "text.txt,none.txt"], /none\.txt: no such file/);
  await refuse(["--init", "none"], /none\/config\.json: no such file/);
  await refuse(["--dim", "16,17"], /width 17/);
});

programTest("without --out the same flags find the same sweep again", async (place) => {
  const args = sweeping("", "--steps", "1").filter((arg) => arg !== "--out" && arg !== "");
  const first = resultOf(await place.run([...args, "--json"]));
  assert.match(String(first.sweep), /^runs.sweep-[0-9a-f]{8}$/);
  assert.deepEqual(resultOf(await place.run([...args, "--json"])), first);
  const other = resultOf(await place.run([...args, "--json", "--seed", "1"]));
  assert.notEqual(other.sweep, first.sweep);
});
