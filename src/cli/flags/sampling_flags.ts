/**
 * The flags of writing text, as data.
 *
 * @module
 */
import type { FlagTable } from "./flag.ts";

/** How the next token is chosen, and how many are. */
export const SAMPLING_FLAGS = {
  tokens: {
    kind: "integer",
    min: 1,
    default: 200,
    description: "tokens to sample",
    alsoCalled: ["max-tokens", "max-new-tokens", "num-tokens", "length"],
  },
  temperature: {
    kind: "number",
    min: 0,
    default: 0.8,
    description: "spread of the choice; 0 always takes the likeliest token",
    alsoCalled: ["temp"],
  },
  topK: {
    kind: "integer",
    min: 1,
    description: "choose among this many likeliest tokens",
    otherwise: "all of them",
  },
  topP: {
    kind: "number",
    above: 0,
    max: 1,
    default: 1,
    description: "choose among the likeliest tokens that together have this probability",
    alsoCalled: ["nucleus"],
  },
  repetitionPenalty: {
    kind: "number",
    above: 0,
    default: 1,
    description: "above 1 makes tokens that were seen less likely",
    alsoCalled: ["repeat-penalty"],
  },
  seed: {
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    description: "seed of the choice; the same seed gives the same text",
    otherwise: "a new one every time",
  },
} as const satisfies FlagTable;

/** What is gone on from. */
export const PROMPT_FLAG = {
  prompt: {
    kind: "text",
    description: "text to continue",
    otherwise: "a new line",
    alsoCalled: ["start", "input", "text"],
  },
} as const satisfies FlagTable;
