/**
 * Made-up runs to draw, the same ones every time.
 *
 * @module
 */
import { Random } from "../../src/random.ts";
import type { FigureData, FigureRun, Series, WeightData } from "../../src/figures/figure_data.ts";

const KINDS = [
  ...["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"],
  ...["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"],
];

const LAYERS = [0, 1].flatMap((block) => KINDS.map((kind) => `model.layers.${block}.${kind}`));

/** A run whose loss ends the higher the fewer bits it has. */
export function sampleRun(bits: number, seed: number, steps = 200): FigureRun {
  const random = new Random(100 * bits + seed);
  const end = 1.7 + 0.1 / bits + 0.01 * random.uniform();
  const at = (every: number) =>
    Array.from({ length: Math.ceil(steps / every) }, (_, i) => Math.min(steps, (i + 1) * every));
  const lossAt = (step: number) => end + 2.4 * Math.exp(-step / 40);
  return {
    name: `bits-${bits}_seed-${seed}`,
    seed,
    trainLoss: at(2).map((step) => ({ step, value: lossAt(step) + 0.1 * random.uniform() })),
    validationLoss: at(25).map((step) => ({ step, value: lossAt(step) })),
    testAccuracy: 0.99 - 0.02 / bits - 0.001 * seed,
    gradientNorm: at(2).map((step) => ({ step, value: 0.3 + random.uniform() })),
    layers: bits === 32 ? [] : at(25).flatMap((step) =>
      LAYERS.map((layer, i) => ({
        step,
        layer,
        sparsity: bits === 1 ? 0 : 0.3 + 0.01 * i + step / 2000,
        threshold: undefined,
        scale: 0.01 + step / 1e5 + 0.001 * i,
      }))
    ),
    packedBytes: 1e5 + 1e5 * bits,
    weights: bits === 32 ? undefined : sampleWeights(bits),
  };
}

function sampleWeights(bits: number): WeightData {
  const top = bits < 2 ? 1 : 2 ** (bits - 1) - 1;
  const codes = Array.from({ length: 2 * top + 1 }, (_, i) => i - top)
    .filter((code) => bits !== 1 || code !== 0);
  return {
    errors: LAYERS.map((layer, i) => ({
      layer,
      relativeMse: 4 ** -bits / (1 + i),
      cosine: 1 - 4 ** -bits / (2 + i),
      sqnr: 6 * bits + i / 10,
    })),
    weights: Array.from({ length: 16 }, (_, i) => ({
      from: i - 8,
      to: i - 7,
      share: Math.exp(-((i - 7.5) ** 2) / 8) / 5,
    })),
    codes: codes.map((code) => ({ from: code, to: code, share: 1 / codes.length })),
  };
}

/** The label that a width has. */
export function widthLabel(bits: number): string {
  return bits === 32 ? "float" : bits === 1 ? "1 bit" : `${bits} bits`;
}

/** A sweep over widths and seeds. */
export function sampleSweep(widths: readonly number[], seeds: readonly number[]): FigureData {
  const series = widths.map((bits): Series => ({
    label: widthLabel(bits),
    bits,
    variant: "",
    runs: seeds.map((seed) => sampleRun(bits, seed)),
  }));
  return { subject: 'Little "text" & more, 2 layers', token: "character", isTested: false, series };
}
