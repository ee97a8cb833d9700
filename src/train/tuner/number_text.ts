/**
 * Numbers in the tuner's reasons.
 *
 * @module
 */

/** Three significant digits: `12.3`, `0.00095`. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A share of one: `42.3 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
