// C[m, n] = sum over k of op(A)[m, k] * Q[k, n] * s[k]  (+ R[m, n]) (+ C[m, n]): a matrix times a quantized matrix, for
// the gradients of BitLinear.
// a: (M, K), or (K, M) if TRANSPOSE_A   codes: Q, (K, N), rows padded to whole words
// scales: s, (K), the scale of each row of Q; with a GROUP above 0 (N / GROUP, K), that of each GROUP columns of it
// residual: R, (M, N)   c: C, (M, N), added to if ACCUMULATE
// Floats lose nothing against integers here, so A is never rounded to BITS_A. What is multiplied how, and what Stored
// is, say the parts that it is joined with: matmul_codes.ts lists them.

override M: u32;
override N: u32;
override K: u32;
override GROUP: u32;
override TRANSPOSE_A: bool;
override HAS_RESIDUAL: bool;
override ACCUMULATE: bool;

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<Stored>;
@group(0) @binding(4) var<storage, read_write> c: array<Stored>;

// Stores a product at i of C; it counts Stored.
fn finish(i: u32, _n: u32, product: Stored) {
  var sum = product;
  if (HAS_RESIDUAL) { sum += residual[i]; }
  if (ACCUMULATE) { sum += c[i]; }
  c[i] = sum;
}
