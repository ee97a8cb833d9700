import assert from "node:assert/strict";
import {
  initialPlateau,
  scheduled,
  type ScheduleOptions,
  updatePlateau,
} from "../../src/train/schedule.ts";
import { trainingOptions } from "../../src/train/options.ts";
import { assertClose } from "../assert_close.ts";

const options = (schedule: ScheduleOptions["schedule"]): ScheduleOptions => ({
  schedule,
  learningRate: 1,
  minLearningRate: 0.1,
  warmupSteps: 10,
  steps: 110,
  weightDecay: 0.1,
});
const rate = (schedule: ScheduleOptions["schedule"], step: number) =>
  scheduled(options(schedule), step).learningRate;

Deno.test("every schedule warms up linearly", () => {
  for (const schedule of ["cosine", "linear", "two-stage", "plateau"] as const) {
    assertClose([rate(schedule, 1), rate(schedule, 5), rate(schedule, 10)], [0.1, 0.5, 1]);
  }
});

Deno.test("cosine and linear fall to the lowest rate", () => {
  assertClose([rate("cosine", 60), rate("cosine", 110)], [0.55, 0.1]);
  assertClose([rate("linear", 35), rate("linear", 60), rate("linear", 110)], [0.775, 0.55, 0.1]);
});

Deno.test("two-stage drops the rate and switches weight decay off at half time", () => {
  const before = scheduled(options("two-stage"), 55);
  const after = scheduled(options("two-stage"), 56);
  assert.equal(before.weightDecay, 0.1);
  assert.equal(after.weightDecay, 0);
  assertClose([before.learningRate], [0.1 + 0.9 * 0.55]);
  assertClose([after.learningRate], [0.1 + 0.9 * 0.54 * 2 / 3]);
  assertClose([rate("two-stage", 110)], [0.1]);
});

Deno.test("plateau halves the rate after three evaluations without improvement", () => {
  let state = initialPlateau;
  const factors: number[] = [];
  for (const loss of [3, 2, 2.5, 2.5, 2.5, 1.9, 2, 2, 2]) {
    state = updatePlateau(state, loss);
    factors.push(state.factor);
  }
  assert.deepEqual(factors, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]);
  assert.equal(scheduled(options("plateau"), 60, 0.5).learningRate, 0.5);
  assert.equal(scheduled(options("plateau"), 60, 0.01).learningRate, 0.1);
});

Deno.test("what is not stated follows from what is", () => {
  const { warmupSteps, minLearningRate, earlyStop } = trainingOptions({
    steps: 50,
    learningRate: 1e-2,
    minLearningRate: undefined,
  });
  assert.equal(warmupSteps, 5);
  assert.equal(minLearningRate, 1e-4);
  assert.equal(earlyStop, null);
  assert.equal(trainingOptions().warmupSteps, 100);
});
