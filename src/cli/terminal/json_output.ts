/**
 * The result of a command as one line of JSON.
 *
 * @module
 */

/**
 * Writes a result as one line of JSON. Maps become objects, sets and typed arrays become arrays,
 * and numbers that JSON does not have become null.
 *
 * @param result What a command returned; nothing is written as an empty object.
 */
export function toJsonLine(result: unknown): string {
  return JSON.stringify(result ?? {}, (_, value: unknown) => {
    if (value instanceof Map) return Object.fromEntries(value);
    if (value instanceof Set) return [...value];
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return Array.from(value as unknown as ArrayLike<number>);
    }
    return typeof value === "bigint" ? Number(value) : value;
  });
}
