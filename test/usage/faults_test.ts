/**
 * What goes wrong around the program, as a table: what happens, and what must come of it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ending, programTest, resultOf, type Workplace } from "./program.ts";

/** A training that goes on until it is stopped. */
const ENDLESS = [
  "--steps",
  "1000000",
  "--log-every",
  "50",
  "--eval-every",
  "200",
  "--save-every",
  "100",
];

async function until(what: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!await what()) {
    assert.ok(performance.now() < end, "it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

const hasCheckpoint = (place: Workplace, run: string) => () =>
  exists(place.path(run, "checkpoints", "step-000100"));

interface Fault {
  readonly name: string;
  /** Brings it about, and checks what comes of it. */
  meet(place: Workplace): Promise<void>;
}

/** One line, an exit code that says it, and no word of a bug. */
function assertLine(
  { code, stderr }: { code: number; stderr: string },
  wanted: number,
  why: RegExp,
) {
  assert.equal(code, wanted, stderr);
  assert.match(stderr, why);
  assert.doesNotMatch(stderr, /a bug in bittext/);
}

const FAULTS: readonly Fault[] = [
  {
    name: "a second process in the directory of a run is refused, and the first goes on",
    async meet(place) {
      const first = place.start(place.training("run", ...ENDLESS));
      const said = ending(first);
      await until(hasCheckpoint(place, "run"));
      const second = await place.run(place.training("run", ...ENDLESS, "--resume"));
      assertLine(second, 1, new RegExp(`Cannot train in run: process \\d+ is training in it`));
      assertLine(await place.run(place.training("run", ...ENDLESS)), 2, /there is one already/);
      first.kill("SIGTERM");
      assert.equal((await said).code, 130);
      assert.ok(!exists(place.path("run", ".lock")));
      // A crash leaves nothing that keeps the next one out.
      const third = place.start(place.training("run", ...ENDLESS, "--resume"));
      const thirdSaid = ending(third);
      await until(() => exists(place.path("run", ".lock")));
      third.kill("SIGKILL");
      await thirdSaid;
      const steps = ["--steps", "101"];
      resultOf(
        await place.run(["train", "--resume", "run", ...steps, "--no-figures", "--json"]).then(
          // Where it was stopped decides whether there is anything left to do.
          (ended) => ended.code === 2 ? { ...ended, code: 0, stdout: "{}" } : ended,
        ),
      );
    },
  },
  ...(["SIGHUP", "SIGTERM", "SIGINT"] as const).map((signal) => ({
    name: `${signal} saves, and the run goes on`,
    async meet(place: Workplace) {
      const process = place.start(place.training("run", ...ENDLESS));
      const said = ending(process);
      await until(hasCheckpoint(place, "run"));
      process.kill(signal);
      const { code, stderr } = await said;
      assert.equal(code, 130, stderr);
      const newest = (await place.checkpoints("run")).at(-1)!;
      const { steps } = resultOf(
        await place.run([
          ...["train", "--resume", "run", "--no-figures", "--json"],
          ...["--steps", String(Number(newest.slice(5)) + 3)],
        ]),
      );
      assert.equal(steps, Number(newest.slice(5)) + 3);
    },
  })),
  {
    name: "a directory that is removed during the training is written again",
    async meet(place) {
      const process = place.start(place.training("run", ...ENDLESS));
      const said = ending(process);
      await until(hasCheckpoint(place, "run"));
      await until(() =>
        Deno.remove(place.path("run"), { recursive: true }).then(() => true, () => false)
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      try {
        process.kill("SIGTERM");
      } catch {
        // It has noticed, and ended.
      }
      const { code, stderr } = await said;
      assert.notEqual(code, 0, stderr);
      assert.doesNotMatch(stderr, /a bug in bittext/);
      // Either it is a run again, which can be gone on with, or there is a line that says why not.
      if (exists(place.path("run", "config.json"))) {
        assert.equal((await place.run(["info", "--run", "run"])).code, 0);
      } else assert.match(stderr, /Cannot write/);
    },
  },
  {
    name: "a place that cannot be written to is told before data is read",
    async meet(place) {
      await Deno.writeTextFile(place.path("file"), "");
      for (const out of ["/proc/none/run", "file", "file/run"]) {
        const missing = place.training(out, "--data", "no such text.txt");
        assertLine(
          await place.run(missing),
          2,
          /Cannot write|Cannot use|it is a file|not a folder/,
        );
      }
    },
  },
  {
    name: "a reader that goes away stops nothing",
    async meet(place) {
      const process = place.start([
        ...place.training("run", "--steps", "200", "--log-every", "1").filter((flag) =>
          flag !== "--quiet"
        ),
      ]);
      await process.stdout.cancel();
      const { code } = await process.status;
      await process.stderr.cancel();
      assert.equal(code, 0);
      assert.ok(exists(place.path("run", "checkpoints", "step-000200")));
    },
  },
  {
    name: "files in place of folders, and folders in place of files, are one line",
    async meet(place) {
      await place.train("run", "--steps", "2");
      for (const name of ["config.json", "model.safetensors", "tokenizer.json"]) {
        await place.copy("run", "other");
        await Deno.remove(place.path("other", name));
        await Deno.mkdir(place.path("other", name));
        assertLine(await place.run(["eval", "--run", "other"]), 2, new RegExp(`Cannot .*${name}`));
        await Deno.remove(place.path("other"), { recursive: true });
      }
      await Deno.remove(place.path("run", "checkpoints"), { recursive: true });
      await Deno.writeTextFile(place.path("run", "checkpoints"), "");
      assertLine(await place.run(["train", "--resume", "run", "--steps", "4"]), 2, /checkpoints/);
    },
  },
  {
    name: "few descriptors are enough",
    async meet(place) {
      const program = join(import.meta.dirname!, "..", "..", "mod.ts");
      const command = new Deno.Command("sh", {
        args: ["-c", `ulimit -n 40 && exec "$0" run --quiet -A "$@"`, Deno.execPath(), program]
          .concat(
            place.training("run", "--steps", "3"),
          ),
        cwd: place.folder,
        env: { BITTEXT_CACHE: place.path("cache"), DENO_WEBGPU_BACKEND: "noop" },
      });
      const { code, stderr } = await command.output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
    },
  },
];

for (const { name, meet } of FAULTS) programTest(`fault: ${name}`, meet);
