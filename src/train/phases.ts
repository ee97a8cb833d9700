/**
 * Float first, then quantized: in which arithmetic each step is trained.
 *
 * @module
 */

/** Arithmetic of a step: that of the latent float weights, or with the quantizers in between. */
export type Phase = "float" | "quantized";

/** What decides when quantization begins. */
export interface PhaseOptions {
  /** Share of the steps before quantization begins, in [0, 1). */
  readonly qatStart: number;
  /** Optimizer steps of the whole run. */
  readonly steps: number;
}

/**
 * Steps that are trained in float before quantization begins: `round(qatStart · steps)`, and always fewer
 * than all.
 *
 * @throws {RangeError} If the share is outside [0, 1).
 * @see Liu et al., "ParetoQ: Scaling Laws in Extremely Low-bit LLM Quantization", arXiv 2502.02631, section 3.1:
 * 90 % in float, then 10 % quantized, was best
 */
export function floatSteps({ qatStart, steps }: PhaseOptions): number {
  if (!(qatStart >= 0 && qatStart < 1)) {
    throw new RangeError(`Cannot quantize from ${qatStart} of the steps on: it must be in [0, 1)`);
  }
  return Math.min(Math.round(qatStart * steps), steps - 1);
}
