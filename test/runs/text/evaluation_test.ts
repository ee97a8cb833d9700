import assert from "node:assert/strict";
import { LanguageModel } from "../../../src/models/text/model.ts";
import { evaluateSplit } from "../../../src/runs/text/evaluation.ts";
import { assertClose } from "../../assert_close.ts";
import { deviceTest } from "../../devices.ts";
import { randomTokens, tinyConfig } from "../../tiny_text.ts";

const CONTEXT = 8;

deviceTest("evaluation with a stride is that of each token from its own window", async (device) => {
  using model = new LanguageModel(tinyConfig({ bits: 32 }), device);
  model.memory.initialize(3);
  const tokens = randomTokens(30, 5);
  const V = model.config.vocabSize;
  for (const stride of [1, 3, 5, CONTEXT]) {
    // By brute force: the tokens that a prediction may see are run alone.
    let [loss, correct] = [0, 0];
    for (let target = 1; target < tokens.length; target++) {
      const window = Math.ceil(Math.max(0, target - CONTEXT) / stride);
      const seen = tokens.slice(window * stride, target);
      assert.ok(seen.length >= Math.min(target, CONTEXT - stride + 1));
      // What follows is not seen, and spares compiling a plan for each length.
      const padded = new Int32Array(CONTEXT);
      padded.set(seen);
      const { logits } = await model.forward(padded, { shape: [1, CONTEXT] });
      const last = logits.subarray((seen.length - 1) * V, seen.length * V);
      const largest = Math.max(...last);
      const sum = last.reduce((total, logit) => total + Math.exp(logit - largest), 0);
      loss += largest + Math.log(sum) - last[tokens[target]];
      if (last.indexOf(largest) === tokens[target]) correct++;
    }
    for (const batch of [1, 4]) {
      const options = { batch, context: CONTEXT, stride, bytes: 58 };
      const evaluation = await evaluateSplit(model, tokens, options);
      const label = `stride ${stride} in batches of ${batch}`;
      assert.equal(evaluation.tokens, 29);
      assertClose([evaluation.loss], [loss / 29], { rtol: 1e-5, label });
      assertClose([evaluation.bits_per_byte], [loss / Math.LN2 / 58], { rtol: 1e-5, label });
      assert.equal(evaluation.accuracy, correct / 29, label);
    }
  }
});

deviceTest("custom batches are evaluated where they have targets", async (device) => {
  using model = new LanguageModel(tinyConfig({ bits: 32 }), device);
  model.memory.initialize(3);
  const tokens = randomTokens(33, 5);
  const options = { batch: 2, context: CONTEXT, bytes: 32 };
  const expected = await evaluateSplit(model, tokens, options);
  async function* own() {
    for (let at = 0; at < 32; at += 2 * CONTEXT) {
      await Promise.resolve();
      yield {
        tokens: tokens.slice(at, at + 2 * CONTEXT),
        targets: tokens.slice(at + 1, at + 1 + 2 * CONTEXT),
      };
    }
    yield { tokens: new Int32Array(CONTEXT), targets: new Int32Array(CONTEXT).fill(-100) };
  }
  const done: number[] = [];
  const evaluation = await evaluateSplit(model, own(), {
    ...options,
    onTokens: (count) => done.push(count),
  });
  assert.deepEqual(evaluation, expected);
  assert.deepEqual(done, [16, 32, 32]);
  await assert.rejects(evaluateSplit(model, [], options), /Cannot evaluate on no tokens/);
});
