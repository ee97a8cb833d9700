// The k-th smallest magnitude of many floats, AssemblyScript. Their bits order like the magnitudes: these are the keys.
//
// A sample says between which two keys the wanted one lies very likely; a pass counts those below and packs those
// between. Of the few that are left a histogram says the same for certain. If the sample has misled, or more are left
// than there is memory for, there is another pass: the result is always exact.
import { lanesBelow, magnitude } from "../../shared/simd.as";

const LARGEST: i32 = 0x7fffffff;
/** Keys in a sample; of up to twice as many all are taken. */
const SAMPLE: i32 = 1024;
const BINS_LOG2: i32 = 10;
const BINS: i32 = 1 << BINS_LOG2;
/** Keys there is memory for. */
const CAPACITY: i32 = 1 << 17;
/** Vectors after which a pass looks whether the memory is full. */
const BLOCK: i32 = 256;
/** Of so few the wanted one is found by counting. */
const FEW: i32 = 8;

/**
 * Scratch: counts of bins, keys, as many as a block can add to full memory, a vector. MEDIAN_BYTES of
 * quantize_weights.ts.
 */
export const SCRATCH_BYTES: usize = 4 * (BINS + CAPACITY + 4 * BLOCK + 4);

/** For every set of lanes the bytes of these lanes, one after the other. */
// deno-fmt-ignore
const PACKING: usize = memory.data<u32>([
  0, 0, 0, 0,
  0x03020100, 0, 0, 0,
  0x07060504, 0, 0, 0,
  0x03020100, 0x07060504, 0, 0,
  0x0b0a0908, 0, 0, 0,
  0x03020100, 0x0b0a0908, 0, 0,
  0x07060504, 0x0b0a0908, 0, 0,
  0x03020100, 0x07060504, 0x0b0a0908, 0,
  0x0f0e0d0c, 0, 0, 0,
  0x03020100, 0x0f0e0d0c, 0, 0,
  0x07060504, 0x0f0e0d0c, 0, 0,
  0x03020100, 0x07060504, 0x0f0e0d0c, 0,
  0x0b0a0908, 0x0f0e0d0c, 0, 0,
  0x03020100, 0x0b0a0908, 0x0f0e0d0c, 0,
  0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0,
  0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c,
], 16);

/** The range that is looked at. */
let first: i32 = 0;
let last: i32 = 0;
/** How many keys the last pass found below it, and in it. */
let below: i32 = 0;
let inside: i32 = 0;

/**
 * The key with `rank` smaller ones among `count` floats.
 *
 * @param scratch {@link SCRATCH_BYTES} of memory.
 */
export function kthMagnitude(from: usize, count: i32, rank: i32, scratch: usize): i32 {
  const keys = scratch + 4 * BINS;
  let low = 0;
  let high = LARGEST;
  // Of the keys in low to high: how many are smaller than these, how many there are, how many of them are packed.
  let smaller = 0;
  let there = count;
  let packed = takeSample(from, count, keys);
  let mean = meanOf(keys, packed);
  while (true) {
    const isWhole = packed == there;
    if (isWhole && packed <= FEW) return countedOut(keys, packed, rank - smaller);
    const position = <f64> (rank - smaller) * packed / there;
    const spare: f64 = isWhole ? 0 : 1.5 * sqrt<f64>(packed);
    findRange(keys, packed, <i32> (position - spare), <i32> (position + spare), mean, scratch);
    mean = 0;
    first = max(first, low);
    last = min(last, high);
    // Or nothing would be left out.
    if (first == low && last == high) last = low + ((high - low) >> 1);
    if (isWhole) {
      pass(keys, packed, keys);
      below += smaller;
    } else pass(from, count, keys);
    if (rank < below) {
      last = first - 1;
      first = low;
      pass(from, count, keys);
    } else if (rank >= below + inside) {
      first = last + 1;
      last = high;
      pass(from, count, keys);
    }
    low = first;
    high = last;
    if (low == high) return low;
    smaller = below;
    there = inside;
    packed = min(inside, CAPACITY);
  }
}

/**
 * Takes keys at equal distances, or all if there are few.
 *
 * @returns How many.
 */
function takeSample(from: usize, count: i32, to: usize): i32 {
  const size = magnitude();
  if (count <= 2 * SAMPLE) {
    for (let i: usize = 0; i < <usize> count << 2; i += 16) {
      v128.store(to + i, v128.and(v128.load(from + i), size));
    }
    return count;
  }
  // Odd, so that they are not all of one column.
  const distance = <usize> ((count / SAMPLE - 1) | 1) << 2;
  for (let i = 0; i < SAMPLE; i++) {
    store<i32>(to, load<i32>(from) & LARGEST);
    from += distance;
    to += 4;
  }
  return SAMPLE;
}

function meanOf(keys: usize, count: i32): f32 {
  let sum: f32 = 0;
  for (const stop = keys + (<usize> count << 2); keys < stop; keys += 4) sum += load<f32>(keys);
  return sum / <f32> count;
}

/** The key with `rank` smaller ones among few. */
function countedOut(keys: usize, count: i32, rank: i32): i32 {
  const stop = keys + (<usize> count << 2);
  for (let at = keys; at < stop; at += 4) {
    const key = load<i32>(at);
    let smaller = 0;
    let same = 0;
    for (let other = keys; other < stop; other += 4) {
      smaller += i32(load<i32>(other) < key);
      same += i32(load<i32>(other) == key);
    }
    if (smaller <= rank && rank < smaller + same) return key;
  }
  return LARGEST;
}

// @inline
function countLane(counts: usize, bin: i32): void {
  const at = counts + (<usize> bin << 2);
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * Makes `first` and `last` the ends of the bins of the keys at two positions.
 *
 * @param mean If it is known, the bins cover only the four octaves about it, else all that there is.
 */
function findRange(
  keys: usize,
  count: i32,
  position: i32,
  position2: i32,
  mean: f32,
  counts: usize,
): void {
  const stop = keys + (<usize> count << 2);
  let bottoms = v128.load(stop - 16);
  let tops = bottoms;
  for (let at = keys; at < stop - 16; at += 16) {
    const four = v128.load(at);
    bottoms = i32x4.min_s(bottoms, four);
    tops = i32x4.max_s(tops, four);
  }
  let bottom = ~largestLane(v128.not(bottoms));
  let top = largestLane(tops);
  if (mean > 0 && mean < Infinity) {
    bottom = min(max(bottom, reinterpret<i32>(mean / 8)), top);
    top = max(min(top, reinterpret<i32>(mean * 2)), bottom);
  }
  const shift = max(0, 32 - BINS_LOG2 - clz(top - bottom));
  memory.fill(counts, 0, 4 * BINS);
  // Keys that fill up the last vector are the largest.
  v128.store(stop, i32x4.splat(LARGEST));
  bottoms = i32x4.splat(bottom);
  const lastBin = i32x4.splat(BINS - 1);
  for (; keys < stop; keys += 16) {
    const above = i32x4.sub(i32x4.max_s(v128.load(keys), bottoms), bottoms);
    const bins = i32x4.min_s(i32x4.shr_u(above, shift), lastBin);
    countLane(counts, i32x4.extract_lane(bins, 0));
    countLane(counts, i32x4.extract_lane(bins, 1));
    countLane(counts, i32x4.extract_lane(bins, 2));
    countLane(counts, i32x4.extract_lane(bins, 3));
  }
  let bin = 0;
  let seen = load<i32>(counts);
  while (seen <= position) seen += load<i32>(counts + (<usize> ++bin << 2));
  first = bottom + (bin << shift);
  position2 = min(position2, count - 1);
  while (seen <= position2) seen += load<i32>(counts + (<usize> ++bin << 2));
  last = <i32> min<u32>(bottom + ((bin + 1) << shift) - 1, LARGEST);
}

/** The largest of four integers. */
// @inline
function largestLane(v: v128): i32 {
  v = i32x4.max_s(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  v = i32x4.max_s(v, v128.shuffle<i32>(v, v, 1, 0, 3, 2));
  return i32x4.extract_lane(v, 0);
}

/** Counts the keys below `first` and packs those up to `last`; sets `below` and `inside`. May be done in place. */
function pass(from: usize, count: i32, to: usize): void {
  const size = magnitude();
  const firsts = i32x4.splat(first);
  const lasts = i32x4.splat(last);
  const full = to + 4 * CAPACITY;
  let minusBelow = i32x4.splat(0);
  inside = 0;
  for (let rest = count >> 2; rest > 0; rest -= BLOCK) {
    const begin = to;
    for (const stop = from + (<usize> min(rest, BLOCK) << 4); from < stop; from += 16) {
      const key = v128.and(v128.load(from), size);
      const isBelow = i32x4.lt_s(key, firsts);
      minusBelow = i32x4.add(minusBelow, isBelow);
      const outside = v128.or(isBelow, i32x4.gt_s(key, lasts));
      to = pack(to, key, i32x4.bitmask(outside) ^ 15);
    }
    inside += <i32> (to - begin) >> 2;
    to = min(to, full);
  }
  const rest = count & 3;
  if (rest > 0) {
    const key = v128.and(v128.load(from), size);
    const mine = lanesBelow(rest);
    const isBelow = v128.and(i32x4.lt_s(key, firsts), mine);
    minusBelow = i32x4.add(minusBelow, isBelow);
    const isInside = v128.andnot(v128.andnot(mine, isBelow), i32x4.gt_s(key, lasts));
    inside += <i32> (pack(to, key, i32x4.bitmask(isInside)) - to) >> 2;
  }
  below = -(i32x4.extract_lane(minusBelow, 0) + i32x4.extract_lane(minusBelow, 1) +
    i32x4.extract_lane(minusBelow, 2) + i32x4.extract_lane(minusBelow, 3));
}

/**
 * Stores the given lanes, one after the other, and what follows them in the vector.
 *
 * @returns Where they end.
 */
// @inline
function pack(to: usize, key: v128, lanes: i32): usize {
  const order = v128.load(PACKING + (<usize> lanes << 4));
  v128.store(
    to,
    ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(key, order) : i8x16.swizzle(key, order),
  );
  return to + (<usize> popcnt(lanes) << 2);
}
