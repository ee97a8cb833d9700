// The four elements that begin `shift` elements into two neighboring vectors.
fn straddle(low: vec4<f32>, high: vec4<f32>, shift: u32) -> vec4<f32> {
  let by2 = (shift & 2u) != 0u;
  let head = select(low, vec4<f32>(low.zw, high.xy), by2);
  let next = select(high.x, high.z, by2);
  return select(head, vec4<f32>(head.yzw, next), (shift & 1u) != 0u);
}
