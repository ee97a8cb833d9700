// Results are stored four neighbors at a time; N is a multiple of 4. `finish` comes from the kernel.

alias Stored = vec4<f32>;

// Four elements of row m, from column n on.
fn storeFour(m: u32, n: u32, values: vec4<f32>) {
  if (m >= M || n >= N) { return; }
  finish((m * N + n) / 4u, n / 4u, values);
}
