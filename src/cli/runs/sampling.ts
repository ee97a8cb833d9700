/**
 * Sampling as the flags describe it.
 *
 * @module
 */
import { Random } from "../../random.ts";
import type { SamplingOptions } from "../../infer/sampler.ts";
import type { ParsedFlags } from "../flags/commands.ts";

type SamplingFlags = Pick<
  ParsedFlags<"chat">,
  "temperature" | "topK" | "topP" | "repetitionPenalty"
>;

/** Options of the sampler, absent flags at its defaults. */
export function samplingOptions(flags: SamplingFlags): SamplingOptions {
  const { temperature, topK, topP, repetitionPenalty } = flags;
  return { temperature, topK, topP, repetitionPenalty };
}

/** Random numbers from `--seed`, or different ones every time. */
export function samplingRandom(seed: number | undefined): Random {
  return new Random(seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
}
