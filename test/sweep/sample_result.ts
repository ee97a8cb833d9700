/**
 * A made-up line of `results.jsonl`.
 *
 * @module
 */
import type { FinishedResult } from "../../src/sweep/run_result.ts";

/** A finished run. */
export function sampleResult(bits: number, seed: number, loss: number, lr = 0.1): FinishedResult {
  return {
    id: `${bits} ${seed} ${lr}`,
    settings: { bits, seed, lr },
    bits,
    scheme: bits === 32 ? "none" : "absmean",
    seed,
    loss,
    perplexity: Math.exp(loss),
    bits_per_byte: 2 * loss,
    accuracy: 0.5,
    best: { step: 1, loss: loss - 0.1 },
    steps: 10,
    train_loss: loss,
    parameters: 10,
    quantized_parameters: 8,
    packed_bytes: 12,
    float_bytes: 40,
    train_seconds: 1,
    tokens_per_second: 100 * seed,
    wall_seconds: 2,
    resumed: false,
    device: "cpu",
    threads: 1,
    jobs: 1,
    version: "0",
  };
}
