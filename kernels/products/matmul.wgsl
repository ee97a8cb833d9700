// C[m, n] = sum over k of op(A)[m, k] * op(B)[k, n]  (+ R[m, n]) (+ bias[n]) (+ C[m, n])
// a: (M, K), or (K, M) if TRANSPOSE_A   b: (K, N), or (N, K) if TRANSPOSE_B
// residual: R, (M, N)   bias: (N)   c: C, (M, N), added to if ACCUMULATE
// What is multiplied how, and what Stored is, say the parts that it is joined with: matmul.ts lists them.

override M: u32;
override N: u32;
override K: u32;
override TRANSPOSE_A: bool;
override TRANSPOSE_B: bool;
override HAS_RESIDUAL: bool;
override HAS_BIAS: bool;
override ACCUMULATE: bool;

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> residual: array<Stored>;
@group(0) @binding(3) var<storage, read> bias: array<Stored>;
@group(0) @binding(4) var<storage, read_write> c: array<Stored>;

// Stores a product at i of C, in column n; both count Stored.
fn finish(i: u32, n: u32, product: Stored) {
  var sum = product;
  if (HAS_RESIDUAL) { sum += residual[i]; }
  if (HAS_BIAS) { sum += bias[n]; }
  if (ACCUMULATE) { sum += c[i]; }
  c[i] = sum;
}
