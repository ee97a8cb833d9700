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

fn put(i: u32, value: f32) { y[i] = value; }

fn weigh(scores: vec4<f32>, peak: vec4<f32>) -> vec4<f32> {
  return select(exp(scores - peak), vec4(0.0), scores <= vec4(MASKED));
}

fn visible(query: vec4<u32>, key: u32) -> vec4<bool> {
  return vec4(key < T) & (vec4(!CAUSAL) | (vec4(key) <= query));
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
  let head = group.y;
  let batchRow = group.z * T;
  let keyHead = head / GROUP;
  let rowStart = (groups.x - 1u - group.x) * ROWS;
  let lane = thread % LANES;
  let rowGroup = thread / LANES;
  let query = vec4(rowStart + 4u * rowGroup) + vec4(0u, 1u, 2u, 3u);
  let q = 4u * rowGroup * pitch;

  for (var i = thread; i < ROWS * WORDS; i += threads) {
    let word = i % WORDS;
    queries[i / WORDS * pitch + word] = queryWord(batchRow, rowStart + i / WORDS, head, word);
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
      let word = i % WORDS;
      tile[i / WORDS * pitch + word] = keyWord(batchRow, start + i / WORDS, keyHead, word);
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
        a += fourDots(q0, q1, q2, q3, ka);
        b += fourDots(q0, q1, q2, q3, kb);
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
      let word = i % WORDS;
      tile[i / WORDS * pitch + word] = valueWord(batchRow, start + i / WORDS, keyHead, word);
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
  if (query.x < T) { storeWord(first, lane, y0 / sum.x); }
  if (query.y < T) { storeWord(first + stride, lane, y1 / sum.y); }
  if (query.z < T) { storeWord(first + 2u * stride, lane, y2 / sum.z); }
  if (query.w < T) { storeWord(first + 3u * stride, lane, y3 / sum.w); }
  if (lane == 0u) {
    let value = peak + log(sum);
    let i = (group.z * HEADS + head) * T;
    if (query.x < T) { lse[i + query.x] = value.x; }
    if (query.y < T) { lse[i + query.y] = value.y; }
    if (query.z < T) { lse[i + query.z] = value.z; }
    if (query.w < T) { lse[i + query.w] = value.w; }
  }
}
