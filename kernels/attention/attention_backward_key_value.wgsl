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

// [query]: lse and delta.
var<workgroup> statistics: array<vec2<f32>, COLUMNS>;
// [query, row group]: weights of four keys and gradients of their scores.
var<workgroup> weights: array<vec4<f32>, COLUMNS * ROWS / 4u>;
var<workgroup> dscores: array<vec4<f32>, COLUMNS * ROWS / 4u>;

fn put(i: u32, value: f32) { dqkv[i] = value; }

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
  let width = qkvWidth();
  let batchRow = group.z * T;
  let keyColumn = (HEADS + group.y) * D;
  let rowStart = group.x * ROWS;
  let lane = thread % LANES;
  let rowGroup = thread / LANES;
  let key = vec4(rowStart + 4u * rowGroup) + vec4(0u, 1u, 2u, 3u);
  let k = 4u * rowGroup * pitch;

  for (var i = thread; i < ROWS * WORDS; i += threads) {
    let word = i % WORDS;
    let pair = keyPair(batchRow, rowStart + i / WORDS, group.y, word);
    ownScored[i / WORDS * pitch + word] = pair.scored;
    ownWeighed[i / WORDS * pitch + word] = pair.weighed;
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
        let word = i % WORDS;
        let pair = queryPair(batchRow, start + i / WORDS, head, word);
        tileScored[i / WORDS * pitch + word] = pair.scored;
        tileWeighed[i / WORDS * pitch + word] = pair.weighed;
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
        let d = c + half;
        let products = multiplyPairs(k, c, d);
        weigh(c * rowGroups + rowGroup, c, products.scoreA, products.dweightA, visible(key, start + c));
        weigh(d * rowGroups + rowGroup, d, products.scoreB, products.dweightB, visible(key, start + d));
      }
      workgroupBarrier();

      for (var c = 0u; c < COLUMNS; c++) {
        let p = weights[c * rowGroups + rowGroup];
        let gradient = tileWeighed[c * pitch + lane];
        dv0 += p.x * gradient;
        dv1 += p.y * gradient;
        dv2 += p.z * gradient;
        dv3 += p.w * gradient;
        let slope = dscores[c * rowGroups + rowGroup];
        let query = tileScored[c * pitch + lane];
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
    storeWord(first, lane, dk0);
    storeWord(value, lane, dv0);
  }
  if (key.y < T) {
    storeWord(first + width, lane, dk1);
    storeWord(value + width, lane, dv1);
  }
  if (key.z < T) {
    storeWord(first + 2u * width, lane, dk2);
    storeWord(value + 2u * width, lane, dv2);
  }
  if (key.w < T) {
    storeWord(first + 3u * width, lane, dk3);
    storeWord(value + 3u * width, lane, dv3);
  }
}
