import assert from "node:assert/strict";
import { readSafetensors, toFloat32 } from "../../src/files/safetensors.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { weightQuantizer } from "../../src/quant/schemes.ts";
import { readWeightData } from "../../src/runs/weight_data.ts";
import { RunDirectory } from "../../src/train/run_directory.ts";
import { openDevice } from "../../src/device/open_device.ts";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { assertClose } from "../assert_close.ts";
import { runTiny, withFolder } from "../train/tiny_run.ts";

const CASES = [
  { weightBits: 1.58, weightScheme: "absmean" },
  { weightBits: 1.58, weightScheme: "threshold" },
  { weightBits: 4, weightGranularity: "row" },
  { weightBits: 1 },
  { weightBits: 2, weightScheme: "seq", weightGranularity: "row" },
  { weightBits: 3, weightScheme: "absmean", weightGranularity: "group:32" },
  { weightBits: 2, weightScheme: "seq", weightGranularity: "group:32" },
];

/** Rows of two and three groups of 32, the last ones smaller. */
const SIZES = { hiddenSize: 40, intermediateSize: 72 };

for (const options of CASES) {
  const name = Object.values(options).join(", ");
  Deno.test(`errors and histograms are those of the quantizer in float64: ${name}`, () =>
    withFolder(async (path) => {
      using device = await openDevice({ backend: "cpu", threads: 1 });
      const quantization = makeQuantization(options);
      await runTiny({ device, path, options: { steps: 2 }, config: { ...SIZES, quantization } });
      const data = (await readWeightData(new RunDirectory(path), device))!;

      const format = weightQuantizer(options.weightBits, options.weightScheme)
        .format(options.weightBits);
      const { tensors } = await readSafetensors(`${path}/model.safetensors`);
      const codes = new Map<number, number>();
      let total = 0;
      assert.equal(data.errors.length, 7);
      for (const { layer, relativeMse, cosine, sqnr } of data.errors) {
        const { shape: [rows, columns], ...tensor } = tensors.get(`${layer}.weight`)!;
        const weights = toFloat32({ shape: [rows, columns], ...tensor });
        const learned = tensors.get(`${layer}.weight_step`);
        const scales = learned && toFloat32(learned);
        const { weightGranularity = "tensor" } = options;
        const groupSize = { tensor: weights.length, row: columns, "group:32": 32 };
        const size = groupSize[weightGranularity as keyof typeof groupSize];
        const groups: Float32Array[] = [];
        for (let start = 0; start < weights.length; start += Math.max(size, columns)) {
          const end = start + Math.max(size, columns);
          for (let from = start; from < end; from += size) {
            groups.push(weights.subarray(from, Math.min(from + size, end)));
          }
        }
        let [signal, noise, image, both] = [0, 0, 0, 0];
        for (const [index, group] of groups.entries()) {
          const quantized = quantizeGroup(format, group, {
            columns: Math.min(columns, group.length),
            threshold: 0.7,
            learned: scales?.[index],
          });
          group.forEach((weight, i) => {
            const code = quantized.codes[i];
            codes.set(code, (codes.get(code) ?? 0) + 1);
            total++;
            signal += weight ** 2;
            noise += (weight - code * quantized.scale) ** 2;
            image += (code * quantized.scale) ** 2;
            both += weight * code * quantized.scale;
          });
        }
        const expected = [noise / signal, both / Math.sqrt(signal * image)];
        assertClose([relativeMse, cosine], expected, { rtol: 1e-4 });
        assertClose([sqnr], [10 * Math.log10(signal / noise)], { rtol: 1e-4 });
      }
      const shares = [...codes].sort(([a], [b]) => a - b)
        .map(([code, count]) => ({ from: code, to: code, share: count / total }));
      assert.deepEqual(data.codes.map(({ from }) => from), shares.map(({ from }) => from));
      assertClose(data.codes.map(({ share }) => share), shares.map(({ share }) => share), {
        atol: 1e-3,
      });
      const sum = data.weights.reduce((sum, { share }) => sum + share, 0);
      assertClose([sum], [1], { rtol: 1e-9 });
      assert.ok(
        data.weights.every(({ from, to }, i) =>
          i === 0 || from === data.weights[i - 1].to && to > from
        ),
      );
    }));
}

Deno.test("a float model and a run without weights have nothing to show", () =>
  withFolder(async (path) => {
    using device = await openDevice({ backend: "cpu", threads: 1 });
    await runTiny({ device, path, options: { steps: 1 }, config: { bits: 32 } });
    assert.equal(await readWeightData(new RunDirectory(path), device), undefined);
    const other = `${path}/other`;
    await runTiny({ device, path: other, options: { steps: 1 } });
    await Deno.remove(`${other}/model.safetensors`);
    assert.equal(await readWeightData(new RunDirectory(other), device), undefined);
  }));
