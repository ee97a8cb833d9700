/**
 * What quantization does to the weights of a trained model: errors and histograms.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import type { Bin, LayerError, WeightData } from "../figures/figure_data.ts";
import { toFloat32 } from "../files/stored_tensor.ts";
import { loadModel } from "../models/model_directory.ts";
import type { TensorCodes } from "../models/parameter_memory.ts";
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
  if (weightQuantizer === undefined || !await exists(run.weightsPath)) return undefined;
  using model = await loadModel(run.path, device);
  await model.refresh();
  const latent = await model.memory.read("parameters");
  const matrices = (await model.memory.readCodes()).map((matrix) => {
    const tensor = latent.get(matrix.name)!;
    return { ...matrix, rows: tensor.shape[0], weights: toFloat32(tensor) };
  });
  const largestCode = Math.max(...weightQuantizer.format(weightBits).codes.map(Math.abs));
  return {
    errors: matrices.map(errorOf),
    weights: histogram(matrices, reachOf(largestCode)),
    codes: codeShares(matrices),
  };
}

interface Matrix extends TensorCodes {
  readonly rows: number;
  /** (N, K) the latent weights. */
  readonly weights: Float32Array;
}

/** Calls `visit` with every weight, its code and its step. */
function forEachWeight(
  { rows, weights, codes, steps, groupSize }: Matrix,
  visit: (weight: number, code: number, step: number) => void,
): void {
  const columns = weights.length / rows;
  // Codes of a row may be padded, and its last group smaller.
  const [codesPerRow, stepsPerRow] = [codes.length / rows, steps.length / rows];
  const size = groupSize || columns;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const step = steps[row * stepsPerRow + Math.floor(column / size)];
      visit(weights[row * columns + column], codes[row * codesPerRow + column], step);
    }
  }
}

function errorOf(matrix: Matrix): LayerError {
  let [signal, noise, image, both] = [0, 0, 0, 0];
  forEachWeight(matrix, (weight, code, step) => {
    const quantised = code * step;
    signal += weight * weight;
    noise += (weight - quantised) ** 2;
    image += quantised * quantised;
    both += weight * quantised;
  });
  const relativeMse = signal === 0 ? 0 : noise / signal;
  return {
    layer: matrix.name.replace(/\.weight$/, ""),
    relativeMse,
    cosine: signal === 0 || image === 0 ? 0 : both / Math.sqrt(signal * image),
    sqnr: Math.min(LARGEST_SQNR, -10 * Math.log10(relativeMse)),
  };
}

/** Weights in units of their step, from −reach to reach; the outermost bins hold all that is further out. */
function histogram(matrices: readonly Matrix[], reach: number): Bin[] {
  const counts = new Float64Array(BINS);
  let total = 0;
  for (const matrix of matrices) {
    forEachWeight(matrix, (weight, _, step) => {
      const at = Math.floor((weight / step / reach + 1) / 2 * BINS);
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
    forEachWeight(matrix, (_, code) => {
      counts.set(code, (counts.get(code) ?? 0) + 1);
      total++;
    });
  }
  return [...counts].sort(([a], [b]) => a - b)
    .map(([code, count]) => ({ from: code, to: code, share: count / total }));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
