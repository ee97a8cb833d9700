// Gradient of attention.wgsl for the queries. With p = exp(SCALE q·k - lse), per query:
//   delta = Σ dy · y,   dq = SCALE Σ_s p_s (dy · v_s - delta) k_s
//
// 0 qkv: read (B, T, HEADS·D + 2·HEADS/GROUP·D) f32     1 y, 2 dy: read (B, T, HEADS·D) f32
// 3 lse: read (B, HEADS, T) f32
// 4 dqkv: write the query heads only, layout of qkv      5 delta: write (B, HEADS, T) f32, for the
//   second half, attention_backward_key_value.wgsl
//
// Workgroups and threads as in attention.wgsl; keys and values of a tile are in workgroup memory together.

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
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(5) var<storage, read_write> delta: array<f32>;

// [key, row group]: gradients of the scores of four queries.
var<workgroup> dscores: array<vec4<f32>, COLUMNS * ROWS / 4u>;
// [row group, lane]: what one word contributes to delta.
var<workgroup> partial: array<vec4<f32>, LANES * ROWS / 4u>;

fn put(i: u32, value: f32) { dqkv[i] = value; }

fn loadY(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return y[start / 4u + word]; }
  let first = start + 4u * word;
  return withinHead(word, straddle(y[first / 4u], y[first / 4u + 1u], first % 4u));
}

fn visible(query: vec4<u32>, key: u32) -> vec4<bool> {
  return vec4(key < T) & (vec4(!CAUSAL) | (vec4(key) <= query));
}

fn loadLse(start: u32, t: u32) -> f32 {
  if (t >= T) { return 0.0; }
  return lse[start + t];
}

fn scoreGradient(
  score: vec4<f32>,
  dweight: vec4<f32>,
  logSum: vec4<f32>,
  rowDelta: vec4<f32>,
  seen: vec4<bool>,
) -> vec4<f32> {
  let p = exp(select(vec4(MASKED), score, seen) - logSum);
  return select(vec4(0.0), p * (dweight - rowDelta), seen);
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
  let width = qkvWidth();
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
    let pair = queryPair(batchRow, rowStart + i / WORDS, head, word);
    ownScored[i / WORDS * pitch + word] = pair.scored;
    ownWeighed[i / WORDS * pitch + word] = pair.weighed;
  }
  workgroupBarrier();

  var contribution = vec4(0.0);
  if (lane < WORDS) {
    let start = ((batchRow + query.x) * HEADS + head) * D;
    let stride = HEADS * D;
    if (query.x < T) { contribution.x = dot(ownWeighed[q + lane], loadY(start, lane)); }
    if (query.y < T) {
      contribution.y = dot(ownWeighed[q + pitch + lane], loadY(start + stride, lane));
    }
    if (query.z < T) {
      contribution.z = dot(ownWeighed[q + 2u * pitch + lane], loadY(start + 2u * stride, lane));
    }
    if (query.w < T) {
      contribution.w = dot(ownWeighed[q + 3u * pitch + lane], loadY(start + 3u * stride, lane));
    }
  }
  partial[thread] = contribution;
  workgroupBarrier();
  var rowDelta = vec4(0.0);
  for (var l = 0u; l < LANES; l++) { rowDelta += partial[rowGroup * LANES + l]; }
  let statistics = (group.z * HEADS + head) * T;
  if (lane == 0u) {
    if (query.x < T) { delta[statistics + query.x] = rowDelta.x; }
    if (query.y < T) { delta[statistics + query.y] = rowDelta.y; }
    if (query.z < T) { delta[statistics + query.z] = rowDelta.z; }
    if (query.w < T) { delta[statistics + query.w] = rowDelta.w; }
  }
  let logSum = vec4(
    loadLse(statistics, query.x),
    loadLse(statistics, query.y),
    loadLse(statistics, query.z),
    loadLse(statistics, query.w),
  );

  var dq0 = vec4(0.0);
  var dq1 = vec4(0.0);
  var dq2 = vec4(0.0);
  var dq3 = vec4(0.0);
  let end = select(T, min(T, rowStart + ROWS), CAUSAL);
  for (var start = 0u; start < end; start += COLUMNS) {
    // Everyone is done with the tile before.
    workgroupBarrier();
    for (var i = thread; i < COLUMNS * WORDS; i += threads) {
      let word = i % WORDS;
      let pair = keyPair(batchRow, start + i / WORDS, keyHead, word);
      tileScored[i / WORDS * pitch + word] = pair.scored;
      tileWeighed[i / WORDS * pitch + word] = pair.weighed;
    }
    workgroupBarrier();

    for (var c = lane; c < half; c += LANES) {
      let products = multiplyPairs(q, c, c + half);
      dscores[c * rowGroups + rowGroup] =
        scoreGradient(products.scoreA, products.dweightA, logSum, rowDelta, visible(query, start + c));
      dscores[(c + half) * rowGroups + rowGroup] =
        scoreGradient(
          products.scoreB, products.dweightB, logSum, rowDelta, visible(query, start + c + half));
    }
    workgroupBarrier();

    for (var c = 0u; c < COLUMNS; c++) {
      let slope = dscores[c * rowGroups + rowGroup];
      let key = tileScored[c * pitch + lane];
      dq0 += slope.x * key;
      dq1 += slope.y * key;
      dq2 += slope.z * key;
      dq3 += slope.w * key;
    }
  }

  let first = (batchRow + query.x) * width + head * D;
  if (query.x < T) { storeWord(first, lane, SCALE * dq0); }
  if (query.y < T) { storeWord(first + width, lane, SCALE * dq1); }
  if (query.z < T) { storeWord(first + 2u * width, lane, SCALE * dq2); }
  if (query.w < T) { storeWord(first + 3u * width, lane, SCALE * dq3); }
}
