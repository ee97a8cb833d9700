// Gradients of y = w * h + b, h = (x - m) * r (see layer_norm.wgsl). With g = dy * w:
//   dx = r * (g - mean(g) - h * mean(g * h)), then + pending
//   dw = [dw +] Σ_rows dy * h,  db = [db +] Σ_rows dy
//
// 0 dy: read (ROWS, D) f32    1 x: read (ROWS, D) f32    2 w: read (D) f32
// 3 moments: read (ROWS, 2) f32: m and r, saved by the forward pass
// 4 pending: read (ROWS, D) f32, if HAS_PENDING: gradient of x from its other uses
// 5 dx: write (ROWS, D) f32
// 6 dw: write (D) f32, added to if ACCUMULATE_W    7 db: write (D) f32, added to if ACCUMULATE_B
//
// Workgroups of 256. The first ceil(D / 16), which take longest, compute 16 columns of dw and db each: 64
// threads share the rows of four columns; each of the others computes dx for 256 / LANES rows, LANES
// threads per row.

override ROWS: u32;
override D: u32;
override LANES: u32;
override HAS_PENDING: bool;
override ACCUMULATE_W: bool;
override ACCUMULATE_B: bool;

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> moments: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> pending: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> dw: array<f32>;
@group(0) @binding(7) var<storage, read_write> db: array<f32>;

const COLUMNS = 16u;
const WORDS = 4u;
const ROW_LANES = 64u;

var<workgroup> partialW: array<vec4<f32>, 256>;
var<workgroup> partialB: array<vec4<f32>, 256>;
var<workgroup> partialRow: array<vec2<f32>, 256>;

fn inside(column: u32) -> vec4<bool> {
  return vec4(column) + vec4(0u, 1u, 2u, 3u) < vec4(D);
}

fn loadDy(i: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return dy[i / 4u]; }
  let j = i + 1u;
  let k = i + 2u;
  let l = i + 3u;
  return vec4(dy[i / 4u][i % 4u], dy[j / 4u][j % 4u], dy[k / 4u][k % 4u], dy[l / 4u][l % 4u]);
}

fn loadX(i: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return x[i / 4u]; }
  let j = i + 1u;
  let k = i + 2u;
  let l = i + 3u;
  return vec4(x[i / 4u][i % 4u], x[j / 4u][j % 4u], x[k / 4u][k % 4u], x[l / 4u][l % 4u]);
}

fn parameterGradients(firstColumn: u32, thread: u32) {
  let column = firstColumn + 4u * (thread % WORDS);
  var sumW = vec4(0.0);
  var sumB = vec4(0.0);
  if (column < D) {
    for (var row = thread / WORDS; row < ROWS; row += ROW_LANES) {
      let i = row * D + column;
      let moment = moments[row];
      let g = loadDy(i);
      sumB += g;
      sumW += g * ((loadX(i) - moment.x) * moment.y);
    }
  }
  partialW[thread] = sumW;
  partialB[thread] = sumB;
  workgroupBarrier();
  for (var width = ROW_LANES / 2u; width > 0u; width /= 2u) {
    if (thread < width * WORDS) {
      partialW[thread] += partialW[thread + width * WORDS];
      partialB[thread] += partialB[thread + width * WORDS];
    }
    workgroupBarrier();
  }
  let target_ = firstColumn + thread;
  if (thread >= COLUMNS || target_ >= D) { return; }
  var totalW = partialW[thread / 4u][thread % 4u];
  var totalB = partialB[thread / 4u][thread % 4u];
  if (ACCUMULATE_W) { totalW += dw[target_]; }
  if (ACCUMULATE_B) { totalB += db[target_]; }
  dw[target_] = totalW;
  db[target_] = totalB;
}

fn store(i: u32, column: u32, value: vec4<f32>) {
  dx[i] = value.x;
  if (column + 1u < D) { dx[i + 1u] = value.y; }
  if (column + 2u < D) { dx[i + 2u] = value.z; }
  if (column + 3u < D) { dx[i + 3u] = value.w; }
}

fn loadPending(i: u32) -> vec4<f32> {
  if (!HAS_PENDING) { return vec4(0.0); }
  if (D % 4u == 0u) { return pending[i / 4u]; }
  let j = i + 1u;
  let k = i + 2u;
  let l = i + 3u;
  return vec4(
    pending[i / 4u][i % 4u],
    pending[j / 4u][j % 4u],
    pending[k / 4u][k % 4u],
    pending[l / 4u][l % 4u],
  );
}

fn inputGradient(block: u32, thread: u32) {
  let row = block * (256u / LANES) + thread / LANES;
  let lane = thread % LANES;
  var moment = vec2(0.0);
  var sums = vec2(0.0);
  if (row < ROWS) {
    moment = moments[row];
    for (var column = 4u * lane; column < D; column += 4u * LANES) {
      let i = row * D + column;
      let g = select(vec4(0.0), loadDy(i) * w[column / 4u], inside(column));
      let h = select(vec4(0.0), (loadX(i) - moment.x) * moment.y, inside(column));
      sums += vec2(dot(g, vec4(1.0)), dot(g, h));
    }
  }
  partialRow[thread] = sums;
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    if (lane < width) { partialRow[thread] += partialRow[thread + width]; }
    workgroupBarrier();
  }
  if (row >= ROWS) { return; }
  let means = partialRow[thread - lane] / f32(D);
  for (var column = 4u * lane; column < D; column += 4u * LANES) {
    let i = row * D + column;
    let g = loadDy(i) * w[column / 4u];
    let h = (loadX(i) - moment.x) * moment.y;
    store(i, column, moment.y * (g - means.x - h * means.y) + loadPending(i));
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = group.x + group.y * groups.x;
  let columnGroups = (D + COLUMNS - 1u) / COLUMNS;
  if (index < columnGroups) {
    parameterGradients(index * COLUMNS, thread);
  } else {
    inputGradient(index - columnGroups, thread);
  }
}
