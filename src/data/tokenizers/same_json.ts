/**
 * Equality of JSON.
 *
 * @module
 */

/**
 * Whether two values say the same in JSON, whatever the order of their fields.
 *
 * @param a A value that JSON can hold.
 * @param b Likewise.
 */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(left);
  return names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isSameJson(left[name], right[name]));
}
