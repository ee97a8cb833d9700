/**
 * Bytes that are stated as what they share with others.
 *
 * A patch is a list of pieces: how many bytes stand in the patch, those bytes, how many are taken from the others, and
 * how much further on than where the last ones ended. Numbers are in LEB128, the signed one zigzag.
 *
 * @module
 */

/**
 * Makes the bytes that a patch tells.
 *
 * @param base What they share most of.
 * @param patch What {@link makePatch} gave.
 */
export function applyPatch(base: Uint8Array, patch: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  const number = (): number => {
    for (let value = 0, shift = 0;; shift += 7) {
      const byte = patch[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const result = new Uint8Array(number());
  let from = 0;
  for (let length = 0; length < result.length;) {
    const stated = number();
    result.set(patch.subarray(at, at += stated), length);
    length += stated;
    const shared = number();
    const jump = number();
    from += jump >> 1 ^ -(jump & 1);
    result.set(base.subarray(from, from += shared), length);
    length += shared;
  }
  return result;
}

/** Shorter runs cost more to point at than to tell. */
const SHORTEST_RUN = 8;

/**
 * Tells bytes as a patch of others, greedily. It takes seconds per megabyte.
 *
 * @param base What they share most of.
 * @param bytes What to tell.
 */
export function makePatch(base: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const keyOf = (of: Uint8Array, at: number) => of.subarray(at, at + SHORTEST_RUN).join();
  const places = new Map<string, number[]>();
  for (let at = 0; at + SHORTEST_RUN <= base.length; at++) {
    const key = keyOf(base, at);
    const known = places.get(key);
    if (known) known.push(at);
    else places.set(key, [at]);
  }
  const patch: number[] = [];
  const number = (value: number) => {
    for (; value >= 0x80; value >>>= 7) patch.push(value & 0x7f | 0x80);
    patch.push(value);
  };
  number(bytes.length);
  let expected = 0;
  for (let at = 0; at < bytes.length;) {
    const start = at;
    let [run, from] = [0, expected];
    for (; at < bytes.length; at++) {
      [run, from] = longestRun(base, bytes, at, places.get(keyOf(bytes, at)) ?? [], expected);
      if (run >= SHORTEST_RUN) break;
    }
    number(at - start);
    patch.push(...bytes.subarray(start, at));
    if (run < SHORTEST_RUN) [run, from] = [0, expected];
    number(run);
    number(from < expected ? 2 * (expected - from) - 1 : 2 * (from - expected));
    expected = from + run;
    at += run;
  }
  return Uint8Array.from(patch);
}

/** The longest run of the base that the bytes go on with, the nearest to what is expected among equals. */
function longestRun(
  base: Uint8Array,
  bytes: Uint8Array,
  at: number,
  places: readonly number[],
  expected: number,
): [length: number, from: number] {
  let [best, from] = [0, expected];
  for (const place of places) {
    let run = 0;
    while (at + run < bytes.length && base[place + run] === bytes[at + run]) run++;
    const isNearer = Math.abs(place - expected) < Math.abs(from - expected);
    if (run > best || run === best && isNearer) [best, from] = [run, place];
  }
  return [best, from];
}
