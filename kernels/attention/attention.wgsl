// Softmax attention with grouped heads, without ever holding T×T scores (FlashAttention, arXiv 2205.14135):
//   y[b, t, h] = Σ_s softmax_s(SCALE q[b, t, h]·k[b, s, g]) v[b, s, g],  g = h / GROUP,  s ≤ t if CAUSAL
//
// 0 qkv: read (B, T, HEADS·D + 2·HEADS/GROUP·D) f32: query heads, key heads, value heads
// 1 y: write (B, T, HEADS·D) f32
// 2 lse: write (B, HEADS, T) f32: log of the sum of exponentials, saved for the backward pass
//
// One workgroup per ROWS queries (group.x; the longest rows of a causal mask first), query head (group.y)
// and batch (group.z). Keys, then values come COLUMNS at a time into workgroup memory. A thread owns four
// queries ("row group") and one word (four columns of the head): LANES threads per row group, LANES the
// power of two ≥ WORDS = ceil(D / 4). For the scores of a tile the lanes of a row group share out the keys.

override T: u32;
override D: u32;
override WORDS: u32;
override LANES: u32;
override HEADS: u32;
override GROUP: u32;
override CAUSAL: bool;
override SCALE: f32;
override ROWS: u32;
override COLUMNS: u32;

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;

// Rows are padded by a word, so that neighboring lanes fall into different banks.
var<workgroup> queries: array<vec4<f32>, ROWS * (WORDS + 1u)>;
var<workgroup> tile: array<vec4<f32>, COLUMNS * (WORDS + 1u)>;
// [key, row group]: scores, then weights, of the four queries.
var<workgroup> weights: array<vec4<f32>, COLUMNS * ROWS / 4u>;
// [row group, lane]: largest score a lane has seen in this tile.
var<workgroup> peaks: array<vec4<f32>, LANES * ROWS / 4u>;

// Stands for the score of a masked key, which is never exponentiated.
const MASKED = -3.4028234e38;

fn window(low: vec4<f32>, high: vec4<f32>, shift: u32) -> vec4<f32> {
  switch (shift) {
    case 1u: { return vec4(low.yzw, high.x); }
    case 2u: { return vec4(low.zw, high.xy); }
    case 3u: { return vec4(low.w, high.xyz); }
    default: { return low; }
  }
}

// A word of a head that starts at element `start`; zero beyond D.
fn loadQkv(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return qkv[start / 4u + word]; }
  let first = start + 4u * word;
  let value = window(qkv[first / 4u], qkv[first / 4u + 1u], first % 4u);
  return select(vec4(0.0), value, vec4(4u * word) + vec4(0u, 1u, 2u, 3u) < vec4(D));
}

fn weigh(scores: vec4<f32>, peak: vec4<f32>) -> vec4<f32> {
  return select(exp(scores - peak), vec4(0.0), scores <= vec4(MASKED));
}

fn visible(query: vec4<u32>, key: u32) -> vec4<bool> {
  return vec4(key < T) & (vec4(!CAUSAL) | (vec4(key) <= query));
}

fn store(start: u32, word: u32, value: vec4<f32>) {
  let column = 4u * word;
  if (column < D) { y[start + column] = value.x; }
  if (column + 1u < D) { y[start + column + 1u] = value.y; }
  if (column + 2u < D) { y[start + column + 2u] = value.z; }
  if (column + 3u < D) { y[start + column + 3u] = value.w; }
}

@compute @workgroup_size(LANES * ROWS / 4u)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let threads = LANES * ROWS / 4u;
  let rowGroups = ROWS / 4u;
  let pitch = WORDS + 1u;
  let half = COLUMNS / 2u;
  let width = (HEADS + 2u * (HEADS / GROUP)) * D;
  let head = group.y;
  let batchRow = group.z * T;
  let keyColumn = (HEADS + head / GROUP) * D;
  let valueColumn = keyColumn + HEADS / GROUP * D;
  let rowStart = (groups.x - 1u - group.x) * ROWS;
  let lane = thread % LANES;
  let rowGroup = thread / LANES;
  let query = vec4(rowStart + 4u * rowGroup) + vec4(0u, 1u, 2u, 3u);
  let q = 4u * rowGroup * pitch;

  for (var i = thread; i < ROWS * WORDS; i += threads) {
    let t = rowStart + i / WORDS;
    var value = vec4(0.0);
    if (t < T) { value = SCALE * loadQkv((batchRow + t) * width + head * D, i % WORDS); }
    queries[i / WORDS * pitch + i % WORDS] = value;
  }

  var peak = vec4(MASKED);
  var sum = vec4(0.0);
  var y0 = vec4(0.0);
  var y1 = vec4(0.0);
  var y2 = vec4(0.0);
  var y3 = vec4(0.0);
  let end = select(T, min(T, rowStart + ROWS), CAUSAL);
  for (var start = 0u; start < end; start += COLUMNS) {
    // Everyone is done with the values of the tile before.
    workgroupBarrier();
    for (var i = thread; i < COLUMNS * WORDS; i += threads) {
      let s = start + i / WORDS;
      var value = vec4(0.0);
      if (s < T) { value = loadQkv((batchRow + s) * width + keyColumn, i % WORDS); }
      tile[i / WORDS * pitch + i % WORDS] = value;
    }
    workgroupBarrier();

    var tilePeak = vec4(MASKED);
    for (var c = lane; c < half; c += LANES) {
      var a = vec4(0.0);
      var b = vec4(0.0);
      for (var word = 0u; word < WORDS; word++) {
        let ka = tile[c * pitch + word];
        let kb = tile[(c + half) * pitch + word];
        let q0 = queries[q + word];
        let q1 = queries[q + pitch + word];
        let q2 = queries[q + 2u * pitch + word];
        let q3 = queries[q + 3u * pitch + word];
        a += vec4(dot(q0, ka), dot(q1, ka), dot(q2, ka), dot(q3, ka));
        b += vec4(dot(q0, kb), dot(q1, kb), dot(q2, kb), dot(q3, kb));
      }
      a = select(vec4(MASKED), a, visible(query, start + c));
      b = select(vec4(MASKED), b, visible(query, start + c + half));
      weights[c * rowGroups + rowGroup] = a;
      weights[(c + half) * rowGroups + rowGroup] = b;
      tilePeak = max(tilePeak, max(a, b));
    }
    peaks[thread] = tilePeak;
    workgroupBarrier();

    let oldPeak = peak;
    for (var l = 0u; l < LANES; l++) { peak = max(peak, peaks[rowGroup * LANES + l]); }
    for (var c = lane; c < half; c += LANES) {
      let a = c * rowGroups + rowGroup;
      let b = (c + half) * rowGroups + rowGroup;
      weights[a] = weigh(weights[a], peak);
      weights[b] = weigh(weights[b], peak);
    }
    for (var i = thread; i < COLUMNS * WORDS; i += threads) {
      let s = start + i / WORDS;
      var value = vec4(0.0);
      if (s < T) { value = loadQkv((batchRow + s) * width + valueColumn, i % WORDS); }
      tile[i / WORDS * pitch + i % WORDS] = value;
    }
    workgroupBarrier();

    let shrink = weigh(oldPeak, peak);
    sum *= shrink;
    y0 *= shrink.x;
    y1 *= shrink.y;
    y2 *= shrink.z;
    y3 *= shrink.w;
    for (var c = 0u; c < COLUMNS; c++) {
      let p = weights[c * rowGroups + rowGroup];
      let v = tile[c * pitch + lane];
      sum += p;
      y0 += p.x * v;
      y1 += p.y * v;
      y2 += p.z * v;
      y3 += p.w * v;
    }
  }

  let first = (batchRow + query.x) * HEADS * D + head * D;
  let stride = HEADS * D;
  if (query.x < T) { store(first, lane, y0 / sum.x); }
  if (query.y < T) { store(first + stride, lane, y1 / sum.y); }
  if (query.z < T) { store(first + 2u * stride, lane, y2 / sum.z); }
  if (query.w < T) { store(first + 3u * stride, lane, y3 / sum.w); }
  if (lane == 0u) {
    let value = peak + log(sum);
    let i = (group.z * HEADS + head) * T;
    if (query.x < T) { lse[i + query.x] = value.x; }
    if (query.y < T) { lse[i + query.y] = value.y; }
    if (query.z < T) { lse[i + query.z] = value.z; }
    if (query.w < T) { lse[i + query.w] = value.w; }
  }
}
