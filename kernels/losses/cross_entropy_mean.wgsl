// loss = sum(rowLosses) / count, count = number of targets in 0..V-1; loss = 0 if there is none.
// 0 rowLosses: read (N) f32, 0 where ignored   1 targets: read (N) i32
// 2 loss: write () f32   3 count: write () f32, saved for backward
// One workgroup; each thread sums every 256th row, then a tree over the threads: one fixed order.

override N: u32;
override V: u32;

@group(0) @binding(0) var<storage, read> rowLosses: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> count: array<f32>;

var<workgroup> sums: array<vec2<f32>, 256>;

fn row(n: u32) -> vec2<f32> {
  if (n >= N) { return vec2<f32>(); }
  return vec2(rowLosses[n], select(0.0, 1.0, u32(targets[n]) < V));
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2<f32>();
  for (var n = lane; n < N; n += 1024u) {
    sum += (row(n) + row(n + 256u)) + (row(n + 512u) + row(n + 768u));
  }
  sums[lane] = sum;
  for (var offset = 128u; offset > 0u; offset /= 2u) {
    workgroupBarrier();
    if (lane < offset) {
      sum += sums[lane + offset];
      sums[lane] = sum;
    }
  }
  if (lane != 0u) { return; }
  loss[0] = sum.x / max(sum.y, 1.0);
  count[0] = sum.y;
}
