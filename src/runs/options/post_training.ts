/**
 * The options of quantizing a float model without training it.
 *
 * @module
 */
import type { OptionTable } from "./option.ts";
import { QUANTIZATION_OPTIONS } from "./quantization.ts";
import { RUN_OPTIONS } from "./training.ts";

const { bits, scheme, threshold, granularity, activationBits, activationScheme } =
  QUANTIZATION_OPTIONS;

/** What is made of a float model; those that take a list make a model of each combination. */
export const POST_TRAINING_OPTIONS = {
  bits: { ...bits, choices: [1, 1.58, 2, 3, 4, 5, 6, 7, 8], default: 8, listed: true },
  scheme: { ...scheme, listed: true },
  threshold,
  granularity: { ...granularity, listed: true },
  activationBits: { ...activationBits, choices: [4, 8] },
  activationScheme,
  out: {
    kind: "path",
    placeholder: "DIR",
    description: "model directory to write; with several models the folder of theirs",
    otherwise: "quantized/ in the run",
    alsoCalled: RUN_OPTIONS.out.alsoCalled,
  },
} as const satisfies OptionTable;
