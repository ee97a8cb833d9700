/**
 * Which weights share one scale.
 *
 * @module
 */
import { InputError } from "../errors.ts";

/** A whole matrix, each of its rows, or N neighboring weights of a row; the last group of a row can be smaller. */
export type Granularity = "tensor" | "row" | `group:${number}`;

/** Size of a group is a multiple of this: what is packed, and what kernels multiply, at a time. */
const GROUP_UNIT = 32;

/**
 * Reads a granularity as it is typed.
 *
 * @throws {InputError} If it is none.
 */
export function parseGranularity(text: string): Granularity {
  if (text === "tensor" || text === "row") return text;
  const size = /^group:(\d{1,9})$/.exec(text)?.[1];
  if (size === undefined) {
    throw new InputError(
      `Cannot use granularity ${text}: there are tensor, row and group:N, such as group:128`,
    );
  }
  if (Number(size) < GROUP_UNIT || Number(size) % GROUP_UNIT !== 0) {
    throw new InputError(
      `Cannot use granularity ${text}: a group is a multiple of ${GROUP_UNIT} weights`,
    );
  }
  return `group:${Number(size)}`;
}

/** Weights of a row that share a scale; 0 where there are no groups. */
export function groupSize(granularity: Granularity): number {
  return granularity.startsWith("group:") ? Number(granularity.slice("group:".length)) : 0;
}

/** Groups of a row of K weights; 1 where there are none. */
export function groupCount(granularity: Granularity, columns: number): number {
  const size = groupSize(granularity);
  return size === 0 ? 1 : Math.ceil(columns / size);
}

/** The fields of `config.json` that state a granularity. */
export interface GranularityJson {
  /** Which weights share one scale: `tensor`, `row` or `group`. */
  readonly weight_granularity: string;
  /** Weights in a group; absent where there are none. */
  readonly weight_group_size?: number;
}

/** The fields of `config.json`. */
export function granularityToJson(granularity: Granularity): GranularityJson {
  const size = groupSize(granularity);
  if (size === 0) return { weight_granularity: granularity };
  return { weight_granularity: "group", weight_group_size: size };
}

/** What {@link parseGranularity} reads, of the fields of `config.json`. */
export function granularityFromJson(
  { weight_granularity, weight_group_size }: Partial<GranularityJson>,
): string | undefined {
  if (weight_granularity !== "group" || weight_group_size === undefined) return weight_granularity;
  return `group:${weight_group_size}`;
}
