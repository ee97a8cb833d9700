/**
 * Runs the program as a person does: in a process of its own, in some folder, looking at nothing but its exit
 * code, its output and its files.
 *
 * These tests come last, as files run in the order of their names: a process that ends within a few 100 ms of a test
 * file that computed on the software Vulkan driver can crash in that driver, and these compute in other processes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isCommandName } from "../../src/cli/flags/commands.ts";
import { requestAdapter } from "../../src/device/open_device.ts";
import { tinyText } from "../tiny_text.ts";

/** The repository. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** How the program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What surrounds a process. */
export interface ProcessOptions {
  /** Environment variables besides the inherited ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed. */
  readonly stdin?: string;
  /** What `deno run` is given before the arguments; by default what `deno task` gives it. */
  readonly program?: readonly string[];
}

/** Flags of the smallest model that trains. */
export const TINY_MODEL: readonly string[] = [
  ...["--layers", "1", "--dim", "16", "--ffn", "32", "--heads", "2"],
  ...["--context", "8", "--batch", "2"],
];

/** Asking for a GPU takes a third of the time of a small program, and only ever finds one that computes slower here. */
const NO_GPU: Readonly<Record<string, string>> = { DENO_WEBGPU_BACKEND: "noop" };

/** What a line of `metrics.jsonl` has measured, which is another number every time. */
const MEASURED = /^(ms_per_step|data_ms|memory_bytes|time|seconds|\w+_per_second)$/;

/** A folder with `text.txt`, where the program is run. */
export class Workplace {
  /**
   * @param folder Where it is.
   * @param hasGpu Whether programs may look for a GPU; whoever names one with `--device` always may.
   */
  constructor(readonly folder: string, readonly hasGpu = false) {}

  /** A path in the folder. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** A process of the program that has just been started. */
  start(args: readonly string[], options: ProcessOptions = {}): Deno.ChildProcess {
    const { env, stdin = "" } = options;
    const [program, rest] = options.program ? [options.program, args] : checkoutProgram(args);
    const process = new Deno.Command(Deno.execPath(), {
      // Deno says on stderr what it fetches for the first time, unless it is asked to be quiet.
      args: ["run", "--quiet", ...program, ...rest],
      cwd: this.folder,
      env: {
        ...(this.hasGpu || args.includes("webgpu") ? {} : NO_GPU),
        ...{ INIT_CWD: this.folder, BITTEXT_CACHE: this.path("cache"), ...env },
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // A program that ends without reading its input closes the pipe early, as it may.
    new Blob([stdin]).stream().pipeTo(process.stdin).catch(() => {});
    return process;
  }

  /** Runs the program to its end. */
  async run(args: readonly string[], options: ProcessOptions = {}): Promise<Ended> {
    return await ending(this.start(args, options));
  }

  /** Arguments that train the smallest model on `text.txt`, without samples unless they are asked for. */
  training(out: string, ...more: string[]): string[] {
    const data = ["--data", "text.txt", "--out", out];
    return [
      "train",
      ...data,
      ...TINY_MODEL,
      "--sample-every",
      "0",
      "--no-figures",
      "--quiet",
      ...more,
    ];
  }

  /** Trains to the end. */
  async train(out: string, ...more: string[]): Promise<Ended> {
    const ended = await this.run(this.training(out, ...more));
    assert.equal(ended.code, 0, ended.stderr);
    return ended;
  }

  /** Every entry under a path, with its content if it is a file; empty if there is nothing. */
  async files(...parts: string[]): Promise<Map<string, Uint8Array | undefined>> {
    const files = new Map<string, Uint8Array | undefined>();
    const visit = async (path: string, name: string) => {
      for await (const entry of Deno.readDir(path)) {
        const [inner, innerName] = [join(path, entry.name), join(name, entry.name)];
        files.set(innerName, entry.isFile ? await Deno.readFile(inner) : undefined);
        if (entry.isDirectory) await visit(inner, innerName);
      }
    };
    await visit(this.path(...parts), "").catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    return files;
  }

  /** Copies a run. */
  async copy(from: string, to: string): Promise<void> {
    await Deno.mkdir(this.path(to), { recursive: true });
    for (const [name, bytes] of await this.files(from)) {
      if (bytes === undefined) await Deno.mkdir(this.path(to, name));
      else await Deno.writeFile(this.path(to, name), bytes);
    }
  }

  /** Lines of `metrics.jsonl`, without what depends on the clock. */
  async metrics(run: string): Promise<Record<string, unknown>[]> {
    const text = await Deno.readTextFile(this.path(run, "metrics.jsonl"));
    return text.trimEnd().split("\n").map((line) => {
      const fields = Object.entries(JSON.parse(line));
      return Object.fromEntries(fields.filter(([name]) => !MEASURED.test(name)));
    });
  }

  /** Names of the checkpoints of a run, oldest first. */
  async checkpoints(run: string): Promise<string[]> {
    const names = await Array.fromAsync(
      Deno.readDir(this.path(run, "checkpoints")),
      ({ name }) => name,
    );
    return names.filter((name) => !name.startsWith(".")).sort();
  }

  /** Everything of a run that has to be reproducible: metrics, samples, best weights, last checkpoint. */
  async essence(run: string): Promise<Map<string, unknown>> {
    const essence = new Map<string, unknown>([["metrics", await this.metrics(run)]]);
    const [last] = (await this.checkpoints(run)).slice(-1);
    essence.set("last checkpoint", last);
    for (const name of ["samples.txt", "model.safetensors", "tokenizer.json"]) {
      essence.set(name, await Deno.readFile(this.path(run, name)).catch(() => "none"));
    }
    for (const [name, bytes] of await this.files(run, "checkpoints", last)) {
      essence.set(name, bytes);
    }
    return essence;
  }
}

/**
 * What `deno run` is given to run a command line: as in `deno task`, the program of the command, else the one of all.
 *
 * @returns The arguments of Deno, and those that are left for the program.
 */
function checkoutProgram(args: readonly string[]): [string[], readonly string[]] {
  const options = ["-A", `--lock=${join(root, "deno.lock")}`];
  const [command, ...rest] = args;
  return isCommandName(command)
    ? [[...options, join(root, "tasks", `${command}.ts`)], rest]
    : [[...options, join(root, "mod.ts")], args];
}

/** What a process said, once it has ended. */
export async function ending(process: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Asserts that two runs are the same in all that has to be reproducible. */
export function assertSameRun(
  actual: ReadonlyMap<string, unknown>,
  expected: ReadonlyMap<string, unknown>,
): void {
  assert.deepEqual([...actual.keys()], [...expected.keys()]);
  for (const [part, value] of expected) assert.deepEqual(actual.get(part), value, part);
}

/** The result that `--json` printed, on the last line of stdout; the line is all there is. */
export function resultOf({ code, stdout, stderr }: Ended): Record<string, unknown> {
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^[^\n]+\n$/);
  return JSON.parse(stdout);
}

/** Asserts that the program failed with one line on stderr and nothing else. */
export function assertFails({ code, stdout, stderr }: Ended, expected: number, why: RegExp): void {
  assert.match(stderr, /^bittext: Cannot [^\n]*\n$/);
  assert.match(stderr, why);
  assert.equal(stdout, "");
  assert.equal(code, expected, stderr);
}

/** Runs a test in a workplace that is removed afterwards. */
export async function withWorkplace(
  test: (place: Workplace) => void | Promise<void>,
  hasGpu = false,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bittext-test-" });
  try {
    await Deno.writeTextFile(join(folder, "text.txt"), tinyText());
    await test(new Workplace(folder, hasGpu));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What `--device` can name on this machine. */
export const devices: readonly string[] =
  Deno.env.get("BITTEXT_REQUIRE_GPU") === "1" || await requestAdapter() !== null
    ? ["cpu", "webgpu"]
    : ["cpu"];
if (devices.length === 1) {
  console.error("\n*** NO WEBGPU ADAPTER: the program is tested on the CPU only. ***\n");
}

/** Registers a test in a workplace of its own, on the CPU where it does not name another device. */
export function programTest(name: string, test: (place: Workplace) => void | Promise<void>): void {
  Deno.test(name, () => withWorkplace(test));
}

/** Registers a test once per device. */
export function programDeviceTest(
  name: string,
  test: (place: Workplace, device: string) => void | Promise<void>,
): void {
  for (const device of devices) {
    Deno.test(
      `${name} [${device}]`,
      () => withWorkplace((place) => test(place, device), device === "webgpu"),
    );
  }
}
