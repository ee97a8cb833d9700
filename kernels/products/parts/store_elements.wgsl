// Results are stored element by element, whatever N is. `finish` comes from the kernel.

alias Stored = f32;

fn store(m: u32, n: u32, value: f32) {
  if (m >= M || n >= N) { return; }
  finish(m * N + n, n, value);
}

// Four elements of row m, from column n on.
fn storeFour(m: u32, n: u32, values: vec4<f32>) {
  store(m, n, values.x);
  store(m, n + 1u, values.y);
  store(m, n + 2u, values.z);
  store(m, n + 3u, values.w);
}
