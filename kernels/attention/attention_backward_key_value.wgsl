// Gradient of attention.wgsl for the keys and values. With p = exp(SCALE q·k - lse), per key and summed over
// the GROUP query heads that read it:
//   dv = Σ_t p_t dy_t,   dk = SCALE Σ_t p_t (dy_t · v - delta_t) q_t
//
// 0 qkv: read (B, T, HEADS·D + 2·HEADS/GROUP·D) f32     1 dy: read (B, T, HEADS·D) f32
// 2 lse, 3 delta: read (B, HEADS, T) f32
// 4 dqkv: write the key and value heads only, layout of qkv
//
// The mirror image of attention_backward_query.wgsl: one workgroup per ROWS keys (group.x), key head
// (group.y) and batch (group.z); queries and their gradients come COLUMNS at a time into workgroup memory.
// A thread owns four keys ("row group") and one word (four columns of the head): LANES threads per row group.

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
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<f32>;

// Rows are padded by a word, so that neighboring lanes fall into different banks.
var<workgroup> keys: array<vec4<f32>, ROWS * (WORDS + 1u)>;
var<workgroup> values: array<vec4<f32>, ROWS * (WORDS + 1u)>;
var<workgroup> queries: array<vec4<f32>, COLUMNS * (WORDS + 1u)>;
var<workgroup> gradients: array<vec4<f32>, COLUMNS * (WORDS + 1u)>;
// [query]: lse and delta.
var<workgroup> statistics: array<vec2<f32>, COLUMNS>;
// [query, row group]: weights of four keys and gradients of their scores.
var<workgroup> weights: array<vec4<f32>, COLUMNS * ROWS / 4u>;
var<workgroup> dscores: array<vec4<f32>, COLUMNS * ROWS / 4u>;

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

fn loadDy(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return dy[start / 4u + word]; }
  let first = start + 4u * word;
  return withinHead(word, window(dy[first / 4u], dy[first / 4u + 1u], first % 4u));
}

fn visible(key: vec4<u32>, query: u32) -> vec4<bool> {
  return vec4(query < T) & (key < vec4(T)) & (vec4(!CAUSAL) | (key <= vec4(query)));
}

// Stores the weights of query `c` of the tile for four keys, and the gradients of its scores.
fn weigh(
  index: u32,
  c: u32,
  score: vec4<f32>,
  dweight: vec4<f32>,
  seen: vec4<bool>,
) {
  let statistic = statistics[c];
  let p = select(vec4(0.0), exp(select(vec4(MASKED), score, seen) - statistic.x), seen);
  weights[index] = p;
  dscores[index] = p * (dweight - statistic.y);
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
  @builtin(local_invocation_index) thread: u32,
) {
  let threads = LANES * ROWS / 4u;
  let rowGroups = ROWS / 4u;
  let pitch = WORDS + 1u;
  let half = COLUMNS / 2u;
  let keyHeads = HEADS / GROUP;
  let width = (HEADS + 2u * keyHeads) * D;
  let batchRow = group.z * T;
  let keyColumn = (HEADS + group.y) * D;
  let valueColumn = keyColumn + keyHeads * D;
  let rowStart = group.x * ROWS;
  let lane = thread % LANES;
  let rowGroup = thread / LANES;
  let key = vec4(rowStart + 4u * rowGroup) + vec4(0u, 1u, 2u, 3u);
  let k = 4u * rowGroup * pitch;

  for (var i = thread; i < ROWS * WORDS; i += threads) {
    let s = rowStart + i / WORDS;
    let word = i % WORDS;
    var keyWord = vec4(0.0);
    var valueWord = vec4(0.0);
    if (s < T) {
      keyWord = loadQkv((batchRow + s) * width + keyColumn, word);
      valueWord = loadQkv((batchRow + s) * width + valueColumn, word);
    }
    keys[i / WORDS * pitch + word] = keyWord;
    values[i / WORDS * pitch + word] = valueWord;
  }

  var dk0 = vec4(0.0);
  var dk1 = vec4(0.0);
  var dk2 = vec4(0.0);
  var dk3 = vec4(0.0);
  var dv0 = vec4(0.0);
  var dv1 = vec4(0.0);
  var dv2 = vec4(0.0);
  var dv3 = vec4(0.0);
  let begin = select(0u, rowStart / COLUMNS * COLUMNS, CAUSAL);
  for (var head = group.y * GROUP; head < (group.y + 1u) * GROUP; head++) {
    for (var start = begin; start < T; start += COLUMNS) {
      // Everyone is done with the tile before.
      workgroupBarrier();
      for (var i = thread; i < COLUMNS * WORDS; i += threads) {
        let t = start + i / WORDS;
        let word = i % WORDS;
        var query = vec4(0.0);
        var gradient = vec4(0.0);
        if (t < T) {
          query = SCALE * loadQkv((batchRow + t) * width + head * D, word);
          gradient = loadDy(((batchRow + t) * HEADS + head) * D, word);
        }
        queries[i / WORDS * pitch + word] = query;
        gradients[i / WORDS * pitch + word] = gradient;
      }
      for (var c = thread; c < COLUMNS; c += threads) {
        var statistic = vec2(0.0);
        if (start + c < T) {
          let i = (group.z * HEADS + head) * T + start + c;
          statistic = vec2(lse[i], delta[i]);
        }
        statistics[c] = statistic;
      }
      workgroupBarrier();

      for (var c = lane; c < half; c += LANES) {
        var scoreA = vec4(0.0);
        var scoreB = vec4(0.0);
        var dweightA = vec4(0.0);
        var dweightB = vec4(0.0);
        for (var word = 0u; word < WORDS; word++) {
          let qa = queries[c * pitch + word];
          let qb = queries[(c + half) * pitch + word];
          let k0 = keys[k + word];
          let k1 = keys[k + pitch + word];
          let k2 = keys[k + 2u * pitch + word];
          let k3 = keys[k + 3u * pitch + word];
          scoreA += vec4(dot(k0, qa), dot(k1, qa), dot(k2, qa), dot(k3, qa));
          scoreB += vec4(dot(k0, qb), dot(k1, qb), dot(k2, qb), dot(k3, qb));
          let ga = gradients[c * pitch + word];
          let gb = gradients[(c + half) * pitch + word];
          let v0 = values[k + word];
          let v1 = values[k + pitch + word];
          let v2 = values[k + 2u * pitch + word];
          let v3 = values[k + 3u * pitch + word];
          dweightA += vec4(dot(v0, ga), dot(v1, ga), dot(v2, ga), dot(v3, ga));
          dweightB += vec4(dot(v0, gb), dot(v1, gb), dot(v2, gb), dot(v3, gb));
        }
        let d = c + half;
        weigh(c * rowGroups + rowGroup, c, scoreA, dweightA, visible(key, start + c));
        weigh(d * rowGroups + rowGroup, d, scoreB, dweightB, visible(key, start + d));
      }
      workgroupBarrier();

      for (var c = 0u; c < COLUMNS; c++) {
        let p = weights[c * rowGroups + rowGroup];
        let gradient = gradients[c * pitch + lane];
        dv0 += p.x * gradient;
        dv1 += p.y * gradient;
        dv2 += p.z * gradient;
        dv3 += p.w * gradient;
        let slope = dscores[c * rowGroups + rowGroup];
        let query = queries[c * pitch + lane];
        dk0 += slope.x * query;
        dk1 += slope.y * query;
        dk2 += slope.z * query;
        dk3 += slope.w * query;
      }
    }
  }

  let first = (batchRow + key.x) * width + keyColumn;
  let value = first + keyHeads * D;
  if (key.x < T) {
    store(first, lane, dk0);
    store(value, lane, dv0);
  }
  if (key.y < T) {
    store(first + width, lane, dk1);
    store(value + width, lane, dv1);
  }
  if (key.z < T) {
    store(first + 2u * width, lane, dk2);
    store(value + 2u * width, lane, dv2);
  }
  if (key.w < T) {
    store(first + 3u * width, lane, dk3);
    store(value + 3u * width, lane, dv3);
  }
}
