/** Weights can come from several places at once: a part of a model that is frozen, and a part that is trained. */
import assert from "node:assert/strict";
import { selectTensors } from "../../src/files/tensor_file.ts";
import { InferenceWeights } from "../../src/models/inference_weights.ts";
import { LanguageModel } from "../../src/models/text/model.ts";
import { TrainingMemory } from "../../src/models/training_memory.ts";
import type { Network } from "../../src/models/weights.ts";
import { makeTrace, type TracedWeights } from "../../src/nn/trace.ts";
import { crossEntropy } from "../../src/ops/cross_entropy.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import type { Parameter } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { constant, input } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { randomTokens, tinyConfig } from "../tiny_text.ts";

deviceTest(
  "a frozen part keeps codes alone, and the gradients of the rest are the same",
  async (device) => {
    using model = new LanguageModel(tinyConfig({ layers: 2 }), device);
    model.memory.initialize(3);
    const { network } = model;
    const [tokens, targets] = [randomTokens(16), randomTokens(16, 1)];
    const expected = await model.gradients(tokens, { shape: [2, 8], targets });
    const { logits: expectedLogits } = await model.forward(tokens, { shape: [2, 8] });

    const isFrozen = ({ name }: Parameter) => /embed_tokens|layers\.0\./.test(name);
    const part = (frozen: boolean): Network => ({
      parameters: network.parameters.filter((parameter) => isFrozen(parameter) === frozen),
      quantizedWeights: network.quantizedWeights.filter(({ parameter }) =>
        isFrozen(parameter) === frozen
      ),
      rangedModules: [],
    });
    const tensorsOf = async ({ parameters }: Network) => {
      const names = new Set(parameters.flatMap(({ parts }) => parts.map(({ name }) => name)));
      const all = await model.memory.tensors("parameters");
      return selectTensors(all, (name) => names.has(name) ? name : undefined);
    };
    using frozen = new InferenceWeights(device, part(true));
    await frozen.load(await tensorsOf(frozen.network));
    using trained = new TrainingMemory(device, part(false));
    await trained.load("parameters", await tensorsOf(trained.network));

    const sourceOf = (parameter: Parameter) => isFrozen(parameter) ? frozen : trained;
    const weights: TracedWeights = {
      float: (parameter) => sourceOf(parameter).float(parameter),
      codes: (parameter) => sourceOf(parameter).codes(parameter),
      range: (module) => trained.range(module),
    };
    const ids = input("tokens", [2, 8], "i32");
    const wanted = input("targets", [2, 8], "i32");
    const logits = network.logits(ids, makeTrace(weights));
    const { loss } = crossEntropy(logits, wanted);
    const seed = constant("loss cotangent", [], Float32Array.of(1));
    const { stores } = reverse(loss, seed, { layout: trained.layout });
    using plan = await CompiledPlan.make(
      device,
      makePlan([logits, loss, ...stores, ...trained.weightCodes.finishGradients()]),
      (spec) => frozen.buffersOf(spec) ?? trained.buffersOf(spec),
    );
    plan.write(ids, tokens);
    plan.write(wanted, targets);
    await trained.refresh();
    plan.run();
    assert.deepEqual(await plan.read(logits), expectedLogits);
    const gradients = await trained.read("gradients");
    assert.ok(gradients.size > 5 && gradients.size < expected.size);
    for (const [name, { data }] of gradients) {
      const values = new Float32Array(data.buffer);
      assertClose(values, expected.get(name)!, { rtol: 0, atol: 0, label: name });
    }
  },
);
