/**
 * What quantization made of each layer: how many weights are zero, positive, negative.
 *
 * @module
 */
import { elementCount } from "../tensor/value.ts";
import type { Weights } from "./weights.ts";

/** Statistics of the codes of one weight matrix. */
export interface LayerStatistics {
  /** Share of weights whose code is 0. */
  readonly sparsity: number;
  /** Share of weights whose code is above 0. */
  readonly positive: number;
  /** Share of weights whose code is below 0. */
  readonly negative: number;
  /** What one unit of the codes stands for; the mean where rows or groups have scales of their own. */
  readonly scale: number;
  /** τ up to which times the row's mean magnitude a weight is 0; absent where the scheme has none. */
  readonly threshold?: number;
}

/**
 * Counts the codes of every quantized weight matrix, as the last `refresh` or training step left them.
 *
 * @returns By module, the tensor's name without `.weight`, in the order of the state dict; empty for a float
 * model. Numbers have six significant digits, so that a line of metrics stays short.
 */
export async function layerStatistics(
  weights: Weights,
): Promise<Map<string, LayerStatistics>> {
  const statistics = new Map<string, LayerStatistics>();
  for await (const { name, shape, codes, scales } of weights.readCodes()) {
    const elements = elementCount(shape);
    const threshold = weights.thresholds.values.get(name);
    let positive = 0;
    let negative = 0;
    // Codes that pad a row to whole words are 0, and so are not counted.
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] > 0) positive++;
      else if (codes[i] < 0) negative++;
    }
    statistics.set(name.replace(/\.weight$/, ""), {
      sparsity: rounded((elements - positive - negative) / elements),
      positive: rounded(positive / elements),
      negative: rounded(negative / elements),
      scale: rounded(scales.reduce((sum, scale) => sum + scale, 0) / scales.length),
      ...(threshold === undefined ? {} : { threshold }),
    });
  }
  return statistics;
}

/** Mean share of zeros over the layers; undefined where there is none. */
export function meanSparsity(layers: ReadonlyMap<string, LayerStatistics>): number | undefined {
  if (layers.size === 0) return undefined;
  const sum = [...layers.values()].reduce((sum, { sparsity }) => sum + sparsity, 0);
  return rounded(sum / layers.size);
}

const rounded = (value: number) => Number(value.toPrecision(6));
