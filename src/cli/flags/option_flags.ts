/**
 * How options of the library are typed.
 *
 * @module
 */
import { flagName } from "./flag.ts";

/** Options whose flags have shorter names. */
const SHORTER: Readonly<Record<string, string>> = {
  hiddenSize: "dim",
  intermediateSize: "ffn",
  keyValueHeads: "kvHeads",
  learningRate: "lr",
  maxPositions: "context",
  patchSize: "patch",
  weightBits: "bits",
  weightThreshold: "threshold",
};

/**
 * The flag that sets an option of the library.
 *
 * @param option Its name in camelCase, such as `learningRate`.
 * @returns The flag as it is typed, such as `--lr`.
 */
export function flagOfOption(option: string): string {
  return flagName(SHORTER[option] ?? option);
}
