/** What is estimated before the first step is what a process needs in the end. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describeMemory, type MemoryEstimate } from "../../src/train/memory_estimate.ts";

const program = `
const { CharTokenizer, LanguageModel, openDevice, RunDirectory, smallTextConfig, TextTask, trainingOptions, trainTask } =
  await import("${new URL("../../mod.ts", import.meta.url)}");
const { splitTokens } = await import("${new URL("../../src/faces/data.ts", import.meta.url)}");
const text = "to be or not to be, that is the question ".repeat(500);
const tokenizer = CharTokenizer.fromText(text);
const split = splitTokens(tokenizer.encode(text));
const data = { ...split, validationBytes: split.validation.length - 1, tokenizer };
using device = await openDevice({ backend: "cpu", threads: 2 });
const sizes = { vocabSize: tokenizer.vocabSize, hiddenSize: 256, intermediateSize: 704, layers: 4 };
using model = new LanguageModel({ ...smallTextConfig, ...sizes }, device);
model.memory.initialize(0);
const options = trainingOptions({ steps: 3, batch: 16, context: 64, sampleEvery: 0 });
const run = new RunDirectory(await Deno.makeTempDir());
let estimate;
const task = new TextTask(model, data, options);
await trainTask(task, options, run, undefined, { onReady: async (memory) => void (estimate = memory) });
await Deno.remove(run.path, { recursive: true });
const [, peak] = /VmHWM:\\s+(\\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"));
console.log(JSON.stringify({ estimate, peak: 1024 * Number(peak) }));
`;

Deno.test({
  name: "the memory of a training is estimated to 15 percent",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        `data:application/typescript,${encodeURIComponent(program)}`,
      ],
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    }).output();
    const output = new TextDecoder().decode(stdout);
    assert.ok(output.startsWith("{"), new TextDecoder().decode(stderr));
    const { estimate, peak } = JSON.parse(output) as { estimate: MemoryEstimate; peak: number };
    assert.ok(
      Math.abs(estimate.total / peak - 1) < 0.15,
      `${describeMemory(estimate)}; it was ${peak}`,
    );
    const { weights, step, evaluation } = estimate;
    // Four times the weights, and a quarter for codes.
    assert.ok(weights > 50e6 && weights < 60e6, `${weights}`);
    assert.ok(step > evaluation && evaluation > 1e6, `${step}, ${evaluation}`);
  },
});

Deno.test("an estimate is a line", () => {
  const estimate = { weights: 1.4e9, step: 6e8, evaluation: 7.2e7, host: 1.83e8, total: 2.255e9 };
  assert.equal(
    describeMemory(estimate),
    "memory up to about 2,255 MB: 1,400 MB weights with gradients and optimizer state, " +
      "600 MB a step, 72 MB an evaluation, 183 MB the program and its data",
  );
});
