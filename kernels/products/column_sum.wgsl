// y[c] = [y[c] +] Σ_r x[r, c], in a fixed order: the gradient of what is added to every row.
// 0 x: read (ROWS, COLUMNS) f32   1 y: write (COLUMNS) f32, added to if ACCUMULATE
// One workgroup of 256 per 16 columns: 64 threads share the rows of four columns.

override ROWS: u32;
override COLUMNS: u32;
override ACCUMULATE: bool;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

const WIDTH = 16u;
const WORDS = 4u;
const ROW_LANES = 64u;

var<workgroup> partial: array<vec4<f32>, 256>;

fn element(i: u32) -> f32 {
  return x[i / 4u][i % 4u];
}

fn load(i: u32) -> vec4<f32> {
  if (COLUMNS % 4u == 0u) { return x[i / 4u]; }
  return vec4(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let firstColumn = (group.x + group.y * groups.x) * WIDTH;
  if (firstColumn >= COLUMNS) { return; }
  let column = firstColumn + 4u * (thread % WORDS);
  var a = vec4(0.0);
  var b = vec4(0.0);
  if (column < COLUMNS) {
    // Two loads are under way at a time.
    for (var row = thread / WORDS; row < ROWS; row += 2u * ROW_LANES) {
      a += load(row * COLUMNS + column);
      if (row + ROW_LANES < ROWS) { b += load((row + ROW_LANES) * COLUMNS + column); }
    }
  }
  partial[thread] = a + b;
  workgroupBarrier();
  for (var width = ROW_LANES / 2u; width > 0u; width /= 2u) {
    if (thread < width * WORDS) { partial[thread] += partial[thread + width * WORDS]; }
    workgroupBarrier();
  }
  let c = firstColumn + thread;
  if (thread >= WIDTH || c >= COLUMNS) { return; }
  var sum = partial[thread / 4u][thread % 4u];
  if (ACCUMULATE) { sum += y[c]; }
  y[c] = sum;
}
