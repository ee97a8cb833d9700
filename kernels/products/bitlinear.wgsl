// Y[m, n] = (sum over k of X[m, k] * W[n, k]) * (x[m] * w[n])  (+ R[m, n]) (+ bias[n]): the linear layer of
// BitNet b1.58 (Ma et al., 2024, arXiv:2402.17764).
// xCodes: X, (M, K), wCodes: W, (N, K), rows padded to whole words with 0   xScales: x, (M), the scale of each row of X
// wScales: w, (N), the scale of each row of W; with a GROUP above 0 (K / GROUP, N), that of each GROUP columns of it
// residual: R, (M, N)   bias: (N)   y: Y, (M, N)
// What is multiplied how, and what Words and Stored are, say the parts that it is joined with: bitlinear.ts lists them.

override M: u32;
override N: u32;
override K: u32;
override GROUP: u32;
override HAS_RESIDUAL: bool;
override HAS_BIAS: bool;

@group(0) @binding(0) var<storage, read> xCodes: array<Words>;
@group(0) @binding(1) var<storage, read> xScales: array<f32>;
@group(0) @binding(2) var<storage, read> wCodes: array<Words>;
@group(0) @binding(3) var<storage, read> wScales: array<Stored>;
@group(0) @binding(4) var<storage, read> residual: array<Stored>;
@group(0) @binding(5) var<storage, read> bias: array<Stored>;
@group(0) @binding(6) var<storage, read_write> y: array<Stored>;

// Words of four codes in a row of X or W.
fn words() -> u32 { return (K + 3u) / 4u; }

// Stores a scaled product at i of Y, in column n; both count Stored.
fn finish(i: u32, n: u32, product: Stored) {
  var sum = product;
  if (HAS_RESIDUAL) { sum += residual[i]; }
  if (HAS_BIAS) { sum += bias[n]; }
  y[i] = sum;
}
