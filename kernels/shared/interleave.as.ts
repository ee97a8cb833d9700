// Pairs of lanes of two vectors, each one instruction: four vectors are transposed in eight of them.

/** a₀ b₀ a₁ b₁ */
// @inline
export function low(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

/** a₂ b₂ a₃ b₃ */
// @inline
export function high(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}

/** a₀ a₁ b₀ b₁ */
// @inline
export function lowPair(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

/** a₂ a₃ b₂ b₃ */
// @inline
export function highPair(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}
