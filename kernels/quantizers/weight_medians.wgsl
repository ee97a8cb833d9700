// Median magnitude of every group of weights whose scale is made of it: the lower of the two in the middle.
// The bits of a magnitude order like the magnitude, so the median is found byte by byte: count what each value of
// the next byte occurs among the weights that agree so far, and go on with the value at which half is reached.
//
// 0 parameters: read f32, the flat buffer   1 rows: read (ROWS, 8) u32, see quantize_weights.wgsl
// 2 formats: read (matrices, 12) f32, likewise
// 3 statistics: write (ROWS) vec4<f32>, the median as the fourth number of the first row of a group
// One workgroup of 256 per row; those that are not the first of a group have nothing to do.

override ROWS: u32;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> formats: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> statistics: array<vec4<f32>>;

const MEDIAN = 1.0;

var<workgroup> counts: array<atomic<u32>, 256>;
// The bytes known so far, and how many weights that agree with them are smaller than the median.
var<workgroup> known: u32;
var<workgroup> rank: u32;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.x + group.y * groups.x;
  if (row >= ROWS) { return; }
  let segment = rows[2u * row + 1u];
  if (segment.x != row || formats[3u * segment.z].x != MEDIAN) { return; }
  let offset = rows[2u * row].x;
  let end = offset + rows[2u * row].y * segment.y;
  if (lane == 0u) {
    known = 0u;
    rank = (end - offset - 1u) / 2u;
  }
  for (var byte = 0u; byte < 4u; byte++) {
    let shift = 24u - 8u * byte;
    atomicStore(&counts[lane], 0u);
    workgroupBarrier();
    let agreed = known;
    // The bits above this byte; there are none above the first.
    let mask = select(0xffffff00u << shift, 0u, byte == 0u);
    for (var i = offset + lane; i < end; i += 256u) {
      let bits = bitcast<u32>(parameters[i]) & 0x7fffffffu;
      if ((bits & mask) == agreed) { atomicAdd(&counts[(bits >> shift) & 255u], 1u); }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var left = rank;
      var value = 0u;
      for (; value < 255u; value++) {
        let count = atomicLoad(&counts[value]);
        if (left < count) { break; }
        left -= count;
      }
      known = agreed | (value << shift);
      rank = left;
    }
    workgroupBarrier();
  }
  if (lane == 0u) { statistics[row].w = bitcast<f32>(known); }
}
