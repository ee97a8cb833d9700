import assert from "node:assert/strict";
import type { RunResult } from "../../src/sweep/run_result.ts";
import { textRuns } from "../../src/runs/text/family.ts";
import { summarize } from "../../src/sweep/summary.ts";
import { assertClose } from "../assert_close.ts";
import { sampleResult as result } from "./sample_result.ts";

Deno.test("runs that differ in the seed only are one row, with mean and deviation", () => {
  const { bits, scheme, seed, settings, id, ...circumstances } = result(1, 3, 9);
  const failed: RunResult = {
    ...{ ...circumstances, bits, scheme, seed, settings, id },
    error: "out of luck",
    exit_code: 1,
  };
  const rows = summarize([
    ...[result(1.58, 2, 1.6), result(32, 1, 1.2), result(1.58, 1, 1.8), failed],
    ...[result(1.58, 1, 1.5, 0.2), result(1.58, 3, 1.7)],
  ], textRuns);
  assert.deepEqual(rows.map(({ bits, seeds, settings }) => [bits, seeds, settings]), [
    [32, [1], { lr: 0.1 }],
    [1.58, [1], { lr: 0.2 }],
    [1.58, [1, 2, 3], { lr: 0.1 }],
  ]);
  const [float, , ternary] = rows;
  assert.equal(float.deviation, null);
  assertClose([
    ternary.loss,
    ternary.deviation!,
    ternary.best_loss,
    Number(ternary.tokens_per_second),
  ], [
    ...[1.7, 0.1, 1.6, 200],
  ], { rtol: 1e-9 });
  assertClose([Number(ternary.perplexity)], [Math.exp(1.7)], { rtol: 1e-9 });
});
