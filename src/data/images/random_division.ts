/**
 * Which images are held out where a data set has none of its own to be evaluated on.
 *
 * @module
 */

import { Permutation } from "../permutation.ts";
import { Random } from "../../random.ts";

/** A tenth. */
const SHARE = 10;
/** Behind the streams of a seed that are used for anything else. */
const HELD_OUT_STREAM = 2 ** 31 + 2;

/**
 * Divides the images of one class: a tenth of them, at least one, is held out.
 *
 * @param count How many there are, at least two.
 * @param label Their class.
 * @param seed Decides which.
 * @returns The numbers of those that are held out.
 */
export function heldOutOfClass(count: number, label: number, seed: number): ReadonlySet<number> {
  const order = new Permutation(count, { seed, stream: HELD_OUT_STREAM, index: label });
  const held = Math.max(1, Math.round(count / SHARE));
  return new Set(Array.from({ length: held }, (_, place) => order.at(place)));
}

/**
 * Whether a row is held out, one in ten, where the rows cannot be counted beforehand.
 *
 * @param row Its number.
 * @param seed Decides which.
 */
export function isHeldOut(row: number, seed: number): boolean {
  const random = Random.fromState({ seed, stream: HELD_OUT_STREAM, position: row });
  return random.word() < 2 ** 32 / SHARE;
}
