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

// Rows are padded by a word, so that neighboring lanes fall into different banks.
var<workgroup> queries: array<vec4<f32>, ROWS * (WORDS + 1u)>;
var<workgroup> gradients: array<vec4<f32>, ROWS * (WORDS + 1u)>;
var<workgroup> keys: array<vec4<f32>, COLUMNS * (WORDS + 1u)>;
var<workgroup> values: array<vec4<f32>, COLUMNS * (WORDS + 1u)>;
// [key, row group]: gradients of the scores of four queries.
var<workgroup> dscores: array<vec4<f32>, COLUMNS * ROWS / 4u>;
// [row group, lane]: what one word contributes to delta.
var<workgroup> partial: array<vec4<f32>, LANES * ROWS / 4u>;

const MASKED = -3.4028234e38;

fn window(low: vec4<f32>, high: vec4<f32>, shift: u32) -> vec4<f32> {
  switch (shift) {
    case 1u: { return vec4(low.yzw, high.x); }
    case 2u: { return vec4(low.zw, high.xy); }
    case 3u: { return vec4(low.w, high.xyz); }
    default: { return low; }
  }
}

fn withinHead(word: u32, value: vec4<f32>) -> vec4<f32> {
  return select(vec4(0.0), value, vec4(4u * word) + vec4(0u, 1u, 2u, 3u) < vec4(D));
}

// A word of a head that starts at element `start`; zero beyond D.
fn loadQkv(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return qkv[start / 4u + word]; }
  let first = start + 4u * word;
  return withinHead(word, window(qkv[first / 4u], qkv[first / 4u + 1u], first % 4u));
}

fn loadY(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return y[start / 4u + word]; }
  let first = start + 4u * word;
  return withinHead(word, window(y[first / 4u], y[first / 4u + 1u], first % 4u));
}

fn loadDy(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return dy[start / 4u + word]; }
  let first = start + 4u * word;
  return withinHead(word, window(dy[first / 4u], dy[first / 4u + 1u], first % 4u));
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

fn store(start: u32, word: u32, value: vec4<f32>) {
  let column = 4u * word;
  if (column < D) { dqkv[start + column] = value.x; }
  if (column + 1u < D) { dqkv[start + column + 1u] = value.y; }
  if (column + 2u < D) { dqkv[start + column + 2u] = value.z; }
  if (column + 3u < D) { dqkv[start + column + 3u] = value.w; }
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
    let word = i % WORDS;
    var value = vec4(0.0);
    var gradient = vec4(0.0);
    if (t < T) {
      value = SCALE * loadQkv((batchRow + t) * width + head * D, word);
      gradient = loadDy(((batchRow + t) * HEADS + head) * D, word);
    }
    queries[i / WORDS * pitch + word] = value;
    gradients[i / WORDS * pitch + word] = gradient;
  }
  workgroupBarrier();

  var contribution = vec4(0.0);
  if (lane < WORDS) {
    let start = ((batchRow + query.x) * HEADS + head) * D;
    let stride = HEADS * D;
    if (query.x < T) { contribution.x = dot(gradients[q + lane], loadY(start, lane)); }
    if (query.y < T) {
      contribution.y = dot(gradients[q + pitch + lane], loadY(start + stride, lane));
    }
    if (query.z < T) {
      contribution.z = dot(gradients[q + 2u * pitch + lane], loadY(start + 2u * stride, lane));
    }
    if (query.w < T) {
      contribution.w = dot(gradients[q + 3u * pitch + lane], loadY(start + 3u * stride, lane));
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
      let s = start + i / WORDS;
      let word = i % WORDS;
      var key = vec4(0.0);
      var value = vec4(0.0);
      if (s < T) {
        key = loadQkv((batchRow + s) * width + keyColumn, word);
        value = loadQkv((batchRow + s) * width + valueColumn, word);
      }
      keys[i / WORDS * pitch + word] = key;
      values[i / WORDS * pitch + word] = value;
    }
    workgroupBarrier();

    for (var c = lane; c < half; c += LANES) {
      var scoreA = vec4(0.0);
      var scoreB = vec4(0.0);
      var dweightA = vec4(0.0);
      var dweightB = vec4(0.0);
      for (var word = 0u; word < WORDS; word++) {
        let ka = keys[c * pitch + word];
        let kb = keys[(c + half) * pitch + word];
        let q0 = queries[q + word];
        let q1 = queries[q + pitch + word];
        let q2 = queries[q + 2u * pitch + word];
        let q3 = queries[q + 3u * pitch + word];
        scoreA += vec4(dot(q0, ka), dot(q1, ka), dot(q2, ka), dot(q3, ka));
        scoreB += vec4(dot(q0, kb), dot(q1, kb), dot(q2, kb), dot(q3, kb));
        let va = values[c * pitch + word];
        let vb = values[(c + half) * pitch + word];
        let g0 = gradients[q + word];
        let g1 = gradients[q + pitch + word];
        let g2 = gradients[q + 2u * pitch + word];
        let g3 = gradients[q + 3u * pitch + word];
        dweightA += vec4(dot(g0, va), dot(g1, va), dot(g2, va), dot(g3, va));
        dweightB += vec4(dot(g0, vb), dot(g1, vb), dot(g2, vb), dot(g3, vb));
      }
      dscores[c * rowGroups + rowGroup] =
        scoreGradient(scoreA, dweightA, logSum, rowDelta, visible(query, start + c));
      dscores[(c + half) * rowGroups + rowGroup] =
        scoreGradient(scoreB, dweightB, logSum, rowDelta, visible(query, start + c + half));
    }
    workgroupBarrier();

    for (var c = 0u; c < COLUMNS; c++) {
      let slope = dscores[c * rowGroups + rowGroup];
      let key = keys[c * pitch + lane];
      dq0 += slope.x * key;
      dq1 += slope.y * key;
      dq2 += slope.z * key;
      dq3 += slope.w * key;
    }
  }

  let first = (batchRow + query.x) * width + head * D;
  if (query.x < T) { store(first, lane, SCALE * dq0); }
  if (query.y < T) { store(first + width, lane, SCALE * dq1); }
  if (query.z < T) { store(first + 2u * width, lane, SCALE * dq2); }
  if (query.w < T) { store(first + 3u * width, lane, SCALE * dq3); }
}
