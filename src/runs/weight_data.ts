/**
 * What quantization does to the weights of a trained model: errors and histograms.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import type { Bin, WeightData } from "../figures/figure_data.ts";
import { FloatReader } from "../files/float_reader.ts";
import { layerErrors } from "../models/layer_errors.ts";
import { loadModel } from "../models/model_directory.ts";
import { forEachCode, type TensorCodes } from "../models/tensor_codes.ts";
import type { RunDirectory } from "../train/run_directory.ts";

/** Bins of the histogram of latent weights. */
const BINS = 64;

/** Where that histogram ends, in steps: weights go further beyond the last code where codes are few. */
const reachOf = (largestCode: number) =>
  largestCode <= 3 ? Math.max(4, 2 * largestCode) : 1.25 * largestCode;

/** A perfect copy would have an infinite one. */
const LARGEST_SQNR = 150;

/**
 * Quantizes the weights of a run as its model does.
 *
 * @param device What does it.
 * @returns Undefined for a float model, and where the run has no weights yet.
 * @throws {InputError} If the weights are damaged.
 */
export async function readWeightData(
  run: RunDirectory,
  device: Device,
): Promise<WeightData | undefined> {
  const { quantization } = (await run.readConfig()).model;
  const { weightQuantizer, weightBits } = quantization;
  if (weightQuantizer === undefined || !await run.hasWeights()) return undefined;
  using model = await loadModel(run.path, device, { trainable: true });
  await model.refresh();
  const latent = new FloatReader(await model.memory.tensors("parameters"));
  const matrices: Matrix[] = [];
  for await (const matrix of model.memory.readCodes()) {
    matrices.push({ ...matrix, weights: await latent.all(matrix.name) });
  }
  const largestCode = Math.max(...weightQuantizer.format(weightBits).codes.map(Math.abs));
  return {
    errors: [...await layerErrors(model.memory)].map((
      [layer, { relativeMse, cosine, sqnrDecibels }],
    ) => ({ layer, relativeMse, cosine, sqnr: Math.min(LARGEST_SQNR, sqnrDecibels) })),
    weights: histogram(matrices, reachOf(largestCode)),
    codes: codeShares(matrices),
  };
}

interface Matrix extends TensorCodes {
  /** (N·K) the latent weights. */
  readonly weights: Float32Array;
}

/** Weights in units of their step, from −reach to reach; the outermost bins hold all that is further out. */
function histogram(matrices: readonly Matrix[], reach: number): Bin[] {
  const counts = new Float64Array(BINS);
  let total = 0;
  for (const matrix of matrices) {
    forEachCode(matrix, (index, _, step) => {
      const at = Math.floor((matrix.weights[index] / step / reach + 1) / 2 * BINS);
      counts[Math.max(0, Math.min(BINS - 1, at))]++;
      total++;
    });
  }
  const edge = (index: number) => reach * (2 * index / BINS - 1);
  return Array.from(counts, (count, i) => ({
    from: edge(i),
    to: edge(i + 1),
    share: count / total,
  }));
}

function codeShares(matrices: readonly Matrix[]): Bin[] {
  const counts = new Map<number, number>();
  let total = 0;
  for (const matrix of matrices) {
    forEachCode(matrix, (_, code) => {
      counts.set(code, (counts.get(code) ?? 0) + 1);
      total++;
    });
  }
  return [...counts].sort(([a], [b]) => a - b)
    .map(([code, count]) => ({ from: code, to: code, share: count / total }));
}
