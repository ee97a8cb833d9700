// dtable[v, c] [+]= sum of dy[n, c] over the n with ids[n] = v, in a fixed order; every row is written.
// 0 ids: read (N) i32   1 dy: read (N, C) f32   2 dtable: write (V, C) f32
// One workgroup per ROWS table rows (1, 2, 4, 8 or 16) and 64 columns: 16 teams of 16 lanes, a lane owning
// four columns. The ids pass by in tiles of 1024; for each row a bit mask says where it occurs, so that
// 256 lanes share the search. 16 / ROWS teams share a row, each taking a part of every tile.

override N: u32;
override V: u32;
override C: u32;
override ROWS: u32;
override ACCUMULATE: bool;

const TILE = 1024u;
const WORDS = 32u;

@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dtable: array<f32>;

var<workgroup> tile: array<i32, 1024>;
var<workgroup> masks: array<u32, 512>;
var<workgroup> partial: array<vec4<f32>, 256>;

fn element(i: u32) -> f32 { return dy[i / 4u][i % 4u]; }

fn load(n: u32, c: u32) -> vec4<f32> {
  let i = n * C + c;
  if (C % 4u == 0u) { return dy[i / 4u]; }
  return vec4(element(i), element(i + 1u), element(i + 2u), element(i + 3u));
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let firstRow = group.x * ROWS;
  let teams = 16u / ROWS;
  let row = (lane / 16u) / teams;
  let share = (lane / 16u) % teams;
  let wordsPerTeam = WORDS / teams;
  let c = group.y * 64u + (lane % 16u) * 4u;

  var sum = vec4<f32>();
  for (var start = 0u; start < N; start += TILE) {
    for (var i = lane; i < TILE; i += 256u) {
      var id = -1;
      if (start + i < N) { id = ids[start + i]; }
      tile[i] = id;
    }
    workgroupBarrier();
    for (var i = lane; i < ROWS * WORDS; i += 256u) {
      let wanted = i32(firstRow + i / WORDS);
      let word = i % WORDS;
      var mask = 0u;
      for (var j = 0u; j < 32u; j++) {
        // Rotated, so that the lanes of a subgroup read from different memory banks.
        let bit = (j + word) % 32u;
        mask |= select(0u, 1u << bit, tile[word * 32u + bit] == wanted);
      }
      masks[i] = mask;
    }
    workgroupBarrier();
    if (c < C) {
      let first = share * wordsPerTeam;
      for (var word = first; word < first + wordsPerTeam; word++) {
        var mask = masks[row * WORDS + word];
        while (mask != 0u) {
          let bit = countTrailingZeros(mask);
          mask &= mask - 1u;
          sum += load(start + word * 32u + bit, c);
        }
      }
    }
  }

  partial[lane] = sum;
  workgroupBarrier();
  let v = firstRow + row;
  if (share != 0u || v >= V) { return; }
  for (var team = 1u; team < teams; team++) { sum += partial[lane + team * 16u]; }
  for (var j = 0u; j < 4u; j++) {
    if (c + j >= C) { return; }
    let i = v * C + c + j;
    var value = sum[j];
    if (ACCUMULATE) { value += dtable[i]; }
    dtable[i] = value;
  }
}
