import assert from "node:assert/strict";
import type { TunerDecision } from "../../../src/train/tuner/decision.ts";
import { type TunerOptions, tunerOptions } from "../../../src/train/tuner/options.ts";
import { initialTuner, observeSteps, type TunerState } from "../../../src/train/tuner/state.ts";
import { normalSparsity } from "../../../src/train/tuner/threshold_rules.ts";
import { tune, type TunerInputs } from "../../../src/train/tuner/tuner.ts";
import { assertClose } from "../../assert_close.ts";

const inputs = (options: Partial<TunerInputs> = {}): TunerInputs => ({
  step: 100,
  warmupSteps: 0,
  scheduledLearningRate: 1e-3,
  layers: undefined,
  momentum: undefined,
  ...options,
});

const records = (losses: readonly number[], gradientNorm = 1) =>
  losses.map((loss) => ({ loss, gradientNorm }));
/** A loss that neither falls nor stands still. */
const scattered = [2, 2.1, 1.9, 2.05, 1.95, 2.1, 1.9, 2, 2.05, 1.95];
/** A loss that stands still. */
const flat = Array<number>(10).fill(2);
const falling = Array.from({ length: 10 }, (_, index) => 3 - index / 10);

const call = (
  steps: readonly { loss: number; gradientNorm: number }[],
  given: Partial<TunerInputs> = {},
  options: Partial<TunerOptions> = { learningRate: true },
  state: TunerState = initialTuner,
) => tune(observeSteps(state, steps), tunerOptions(options), inputs(given));
const about = (decisions: readonly TunerDecision[], setting: string) =>
  decisions.filter((decision) => decision.setting === setting);

Deno.test("a call without steps is refused", () => {
  assert.throws(() => call([]), RangeError);
});

Deno.test("a calm training is left alone, and what cannot be tuned is said once", () => {
  const first = call(records(scattered));
  assert.deepEqual(first.line.decisions.map(({ setting, rule }) => [setting, rule]), [
    ["threshold", "not applicable"],
    ["activation_momentum", "not applicable"],
  ]);
  assert.equal(first.state.learningRateFactor, 1);
  const second = call(records(scattered), {}, {}, first.state);
  assert.deepEqual(second.line.decisions, []);
  assert.equal(second.state.history.length, 2);
});

Deno.test("the line says what the tuner saw", () => {
  const { line, state } = call([...records(flat, 2), { loss: 13, gradientNorm: 13 }]);
  const { decisions, ...rest } = line;
  assert.deepEqual(rest, {
    step: 100,
    split: "tuner",
    loss: 3,
    trend: "exploding",
    grad_norm_mean: 3,
    grad_norm_max: 13,
    lr_factor: 0.95,
    plateaus: 0,
  });
  assert.deepEqual(about(decisions, "learning_rate"), [{
    setting: "learning_rate",
    rule: "large gradients",
    from: 1e-3,
    to: 0.95e-3,
    applied: true,
    reason: "the largest gradient norm 13 is above 10",
  }]);
  assert.deepEqual(state.history, [
    { step: 100, loss: 3, gradientNorm: 3, learningRate: 0.95e-3, threshold: null, momentum: null },
  ]);
});

Deno.test("norms are those since the last call, losses at least the last ten", () => {
  const wild = call(records(flat, 50));
  assert.equal(wild.line.grad_norm_max, 50);
  const { line, state } = call(records([5], 0.5), {}, {}, wild.state);
  assert.equal(line.grad_norm_max, 0.5);
  assert.equal(line.loss, 5);
  assert.equal(line.trend, "exploding");
  assert.equal(state.losses.length, 10);
});

Deno.test("a long time between calls is evaluated by its last thousand steps", () => {
  const early = records(Array<number>(5000).fill(9));
  const late = records(Array.from({ length: 1000 }, (_, step) => 2 - step / 1000));
  const observed = observeSteps(observeSteps(initialTuner, early), late);
  assert.equal(observed.losses.length, 1000);
  assert.equal(observed.gradientNorms.count, 6000);
  const { line } = tune(observed, tunerOptions(), inputs());
  assert.equal(line.trend, "improving");
  assertClose([line.loss], [1.5005]);
});

Deno.test("moves multiply, and without the permission they are only said", () => {
  let state = initialTuner;
  for (let at = 0; at < 3; at++) state = call(records(flat, 11), {}, undefined, state).state;
  assertClose([state.learningRateFactor], [0.95 ** 3]);

  const { line, state: unmoved } = call(records(flat, 11), {}, {});
  const [decision] = about(line.decisions, "learning_rate");
  assert.equal(decision.applied, false);
  assertClose([decision.from!, decision.to!], [1e-3, 0.95e-3]);
  assert.equal(unmoved.learningRateFactor, 1);
});

Deno.test("what a bound cuts off is forgotten", () => {
  let state: TunerState = { ...initialTuner, learningRateFactor: 9.9 };
  const quiet = records(scattered, 1e-5);
  state = call(quiet, {}, undefined, state).state;
  assertClose([state.learningRateFactor], [10]);
  const { line, state: same } = call(quiet, {}, undefined, state);
  const [decision] = about(line.decisions, "learning_rate");
  assert.equal(decision.applied, false);
  assert.match(decision.reason, /but the rate is at its bound$/);
  assertClose([same.learningRateFactor], [10]);
  const back = call(records(scattered, 11), {}, undefined, same);
  assertClose([about(back.line.decisions, "learning_rate")[0].to!], [0.95e-2]);
});

Deno.test("a schedule that has fallen to nothing is left there", () => {
  const { state, line } = call(records(flat, 11), { scheduledLearningRate: 0 });
  assert.equal(state.learningRateFactor, 1);
  assert.equal(about(line.decisions, "learning_rate")[0].applied, false);
});

Deno.test("a loss that stands still lowers the rate at the tenth call", () => {
  let state = initialTuner;
  const factors = Array.from({ length: 11 }, () => {
    state = call(records(flat), {}, undefined, state).state;
    return state.learningRateFactor;
  });
  assert.equal(factors[8], 1);
  assertClose([factors[9], factors[10]], [0.95, 0.95]);
});

Deno.test("only an aggressive tuner follows a falling loss", () => {
  const aggressive = call(records(falling), {}, { learningRate: true, aggressive: true });
  assertClose([aggressive.state.learningRateFactor], [1.05]);
  assert.equal(call(records(falling)).state.learningRateFactor, 1);
});

Deno.test("the warmup ends at the call, if the learning rate is the tuner's", () => {
  const given = { step: 50, warmupSteps: 100 };
  const { state, line } = call(records(falling), given);
  assert.equal(state.warmupEnd, 50);
  const [decision] = about(line.decisions, "warmup");
  assert.deepEqual([decision.from, decision.to, decision.applied], [100, 50, true]);

  const observed = call(records(falling), given, {});
  assert.equal(observed.state.warmupEnd, null);
  assert.equal(about(observed.line.decisions, "warmup")[0].applied, false);

  const later = call(records(falling), { step: 60, warmupSteps: 50 }, undefined, state);
  assert.equal(later.state.warmupEnd, 50);
  assert.deepEqual(about(later.line.decisions, "warmup"), []);
});

Deno.test("thresholds rise until half of normal weights are zero", () => {
  const names = ["a", "b"];
  let thresholds: ReadonlyMap<string, number> = new Map(names.map((name) => [name, 0.7]));
  let state = initialTuner;
  const moves: number[] = [];
  for (let at = 1; at <= 40; at++) {
    const layers = new Map(
      [...thresholds].map(([name, threshold]) => [
        name,
        { threshold, sparsity: normalSparsity(threshold) },
      ]),
    );
    const tuning = call(records(scattered), { step: 50 * at, layers }, {}, state);
    state = tuning.state;
    if (tuning.thresholds) {
      thresholds = tuning.thresholds;
      moves.push(at);
      const [decision] = about(tuning.line.decisions, "threshold");
      assert.equal(decision.rule, "too dense");
      assertClose([decision.to! - decision.from!], [0.01], { atol: 1e-9 });
    }
  }
  assert.deepEqual(moves, Array.from({ length: 15 }, (_, index) => index + 1));
  assertClose([...thresholds.values()], [0.85, 0.85]);
  assertClose([state.history.at(-1)!.threshold!], [0.85]);
});

Deno.test("thresholds at their bounds are said to be there", () => {
  const layers = new Map([["a", { threshold: 0.9, sparsity: 0.4 }]]);
  const { thresholds, line } = call(records(scattered), { layers });
  assert.equal(thresholds, undefined);
  const [decision] = about(line.decisions, "threshold");
  assert.equal(decision.applied, false);
  assert.match(decision.reason, /but every threshold is at its bound$/);
});

Deno.test("while training is in float, thresholds wait and nothing is said", () => {
  const { thresholds, line, state } = call(records(scattered), { layers: new Map() });
  assert.equal(thresholds, undefined);
  assert.deepEqual(about(line.decisions, "threshold"), []);
  assert.equal(state.history[0].threshold, null);
});

Deno.test("the activation momentum follows the training steps", () => {
  const { momentum, line, state } = call(records(scattered), { step: 250, momentum: 0.99 });
  assertClose([momentum!], [0.902475]);
  assert.equal(about(line.decisions, "activation_momentum")[0].applied, true);
  assert.equal(state.history[0].momentum, momentum);
  const next = call(records(scattered), { step: 500, momentum }, {}, state);
  assert.equal(next.momentum, undefined);
  assert.equal(next.state.history[1].momentum, momentum);
  assert.deepEqual(next.line.decisions, []);
});

Deno.test("the state survives JSON exactly", () => {
  const { state } = call(records(scattered, Math.PI));
  const observed = observeSteps(state, records([1 / 3, 2 / 3], 0.1));
  assert.deepEqual(JSON.parse(JSON.stringify(observed)), observed);
});
