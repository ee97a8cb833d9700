/**
 * How the running maxima of activations fit what was quantized last.
 *
 * @module
 */
import type { Weights } from "./weights.ts";

/** The quantizer behind one norm, at the last tensor it quantized. */
export interface ActivationStatistics {
  /** What one unit of the codes stood for. */
  readonly scale: number;
  /** The running maximum. */
  readonly running_max: number;
  /** max|x| of the tensor. */
  readonly actual_max: number;
  /** Share of values that were beyond the codes. */
  readonly saturation: number;
}

/**
 * Reads the running maxima back.
 *
 * @returns By the norm's module, in the order in which they run; empty where there are none. Numbers have
 * six significant digits, so that a line of metrics stays short.
 */
export async function activationStatistics(
  weights: Weights,
  activationBits: number,
): Promise<Map<string, ActivationStatistics>> {
  const largestCode = 2 ** (activationBits - 1) - 1;
  const statistics = new Map<string, ActivationStatistics>();
  for (const [name, range] of await weights.runningMaxima.read()) {
    const [runningMax, actualMax, bound] = range;
    const [beyond, elements] = new Uint32Array(range.buffer, range.byteOffset + 12, 2);
    statistics.set(name, {
      scale: rounded(Math.max(bound / largestCode, 1e-6)),
      running_max: rounded(runningMax),
      actual_max: rounded(actualMax),
      saturation: rounded(elements === 0 ? 0 : beyond / elements),
    });
  }
  return statistics;
}

/** Mean share of values beyond the codes. */
export function meanSaturation(statistics: ReadonlyMap<string, ActivationStatistics>): number {
  const sum = [...statistics.values()].reduce((sum, { saturation }) => sum + saturation, 0);
  return rounded(sum / statistics.size);
}

const rounded = (value: number) => Number(value.toPrecision(6));
