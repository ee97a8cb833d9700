// The most multiply-adds a shader reaches: x <- x * a + b, ROUNDS * 192 times per thread, in registers alone.
// 0 operands: read vec4<f32> = (a, b, sum at which to write, 0), so that no compiler can compute ahead
// 1 y: write vec4<f32>, which never happens
// One thread per unit of extent. Twelve independent chains hide the latency of one multiply-add and still
// fit the sixteen vector registers of a processor that plays the GPU.

override ROUNDS: u32;

@group(0) @binding(0) var<storage, read> operands: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = vec4<f32>(operands[0].x);
  let b = vec4<f32>(operands[0].y);
  var p = vec4<f32>(0.0, 0.25, 0.5, 0.75) + f32(id.x);
  var q = p + 1.0;
  var r = p + 2.0;
  for (var round = 0u; round < ROUNDS; round++) {
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
    p = fma(p, a, b); q = fma(q, a, b); r = fma(r, a, b);
  }
  let sum = p + q + r;
  if (sum.x + sum.y + sum.z + sum.w == operands[0].z) { y[0] = sum; }
}
