// Gradients of y = w * h * r, r = 1 / sqrt(mean(h²) + eps) (see rms_norm.wgsl). With g = dy * w:
//   dh = r * (g - h * r² * mean(g * h))
//   dx = dh, or with GLU (dgate, dup) = (dh * up * act'(gate), dh * act(gate));  then + pending
//   dw = [dw +] Σ_rows dy * h * r
//
// 0 dy: read (ROWS, D) f32      1 x: read (ROWS, D) or, with GLU, (ROWS, 2D) f32
// 2 w: read (D) f32             3 r: read (ROWS) f32, saved by the forward pass
// 4 pending: read, shape of x, f32, if HAS_PENDING: gradient of x from its other uses
// 5 dx: write, shape of x, f32  6 dw: write (D) f32, added to if ACCUMULATE
//
// Workgroups of 256. The first ceil(D / 16), which take longest, compute 16 columns of dw each, with 16
// threads per column; each of the others computes dx for 256 / LANES rows, LANES threads per row.

override ROWS: u32;
override D: u32;
override GLU: u32;
override LANES: u32;
override HAS_PENDING: bool;
override ACCUMULATE: bool;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> r: array<f32>;
@group(0) @binding(4) var<storage, read> pending: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> dw: array<f32>;

const COLUMNS = 16u;
const ROW_LANES = 16u;

var<workgroup> partial: array<f32, 256>;

// act(gate) and its derivative.
fn activation(gate: f32) -> vec2<f32> {
  if (GLU == 1u) {
    let sigmoid = 1.0 / (1.0 + exp(-gate));
    return vec2(gate * sigmoid, sigmoid * (1.0 + gate * (1.0 - sigmoid)));
  }
  let positive = max(gate, 0.0);
  return vec2(positive * positive, 2.0 * positive);
}

fn hidden(row: u32, column: u32) -> f32 {
  if (GLU == 0u) { return x[row * D + column]; }
  let start = row * 2u * D + column;
  return activation(x[start]).x * x[start + D];
}

fn store(i: u32, value: f32) {
  var sum = value;
  if (HAS_PENDING) { sum += pending[i]; }
  dx[i] = sum;
}

fn gainGradient(firstColumn: u32, thread: u32) {
  let column = firstColumn + thread % COLUMNS;
  var sum = 0.0;
  if (column < D) {
    for (var row = thread / COLUMNS; row < ROWS; row += ROW_LANES) {
      sum += dy[row * D + column] * hidden(row, column) * r[row];
    }
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var width = ROW_LANES / 2u; width > 0u; width /= 2u) {
    if (thread < width * COLUMNS) { partial[thread] += partial[thread + width * COLUMNS]; }
    workgroupBarrier();
  }
  if (thread < COLUMNS && column < D) {
    var total = partial[thread];
    if (ACCUMULATE) { total += dw[column]; }
    dw[column] = total;
  }
}

fn inputGradient(block: u32, thread: u32) {
  let row = block * (256u / LANES) + thread / LANES;
  let lane = thread % LANES;
  var sum = 0.0;
  if (row < ROWS) {
    for (var column = lane; column < D; column += LANES) {
      sum += dy[row * D + column] * w[column] * hidden(row, column);
    }
  }
  partial[thread] = sum;
  workgroupBarrier();
  for (var width = LANES / 2u; width > 0u; width /= 2u) {
    if (lane < width) { partial[thread] += partial[thread + width]; }
    workgroupBarrier();
  }
  if (row >= ROWS) { return; }
  let factor = r[row];
  let slope = partial[thread - lane] * factor / f32(D) * factor;
  for (var column = lane; column < D; column += LANES) {
    let dh = factor * (dy[row * D + column] * w[column] - hidden(row, column) * slope);
    if (GLU == 0u) {
      store(row * D + column, dh);
    } else {
      let start = row * 2u * D + column;
      let act = activation(x[start]);
      store(start, dh * x[start + D] * act.y);
      store(start + D, dh * act.x);
    }
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
    gainGradient(index * COLUMNS, thread);
  } else {
    inputGradient(index - columnGroups, thread);
  }
}
