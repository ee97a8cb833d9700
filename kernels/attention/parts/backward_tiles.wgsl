// Both halves of the backward pass pair every query, and the gradient of its output, with every key and value. One half
// owns ROWS queries, the other ROWS keys; the other side of the pairs comes in tiles of COLUMNS. Of each pair two products
// are needed, over the words of a head: q · k, the score, and dy · v, the gradient of its weight.

// Rows are padded by a word, so that neighboring lanes fall into different banks.
var<workgroup> ownScored: array<vec4<f32>, ROWS * (WORDS + 1u)>;
var<workgroup> ownWeighed: array<vec4<f32>, ROWS * (WORDS + 1u)>;
var<workgroup> tileScored: array<vec4<f32>, COLUMNS * (WORDS + 1u)>;
var<workgroup> tileWeighed: array<vec4<f32>, COLUMNS * (WORDS + 1u)>;

// A word of a query and of the gradient of its output, or of a key and its value.
struct Pair { scored: vec4<f32>, weighed: vec4<f32> }

// A word of dy, whose heads start at element `start`; zero beyond D.
fn loadDy(start: u32, word: u32) -> vec4<f32> {
  if (D % 4u == 0u) { return dy[start / 4u + word]; }
  let first = start + 4u * word;
  return withinHead(word, straddle(dy[first / 4u], dy[first / 4u + 1u], first % 4u));
}

// Of query t; zero beyond T.
fn queryPair(batchRow: u32, t: u32, head: u32, word: u32) -> Pair {
  if (t >= T) { return Pair(); }
  return Pair(
    queryWord(batchRow, t, head, word), loadDy(((batchRow + t) * HEADS + head) * D, word));
}

// Of key s; zero beyond T.
fn keyPair(batchRow: u32, s: u32, keyHead: u32, word: u32) -> Pair {
  return Pair(keyWord(batchRow, s, keyHead, word), valueWord(batchRow, s, keyHead, word));
}

// Products of four rows and two columns of the tile.
struct Products {
  scoreA: vec4<f32>,
  scoreB: vec4<f32>,
  dweightA: vec4<f32>,
  dweightB: vec4<f32>,
}

// Products of the rows from element `row` of the own tiles on with columns a and b.
fn multiplyPairs(row: u32, a: u32, b: u32) -> Products {
  let pitch = WORDS + 1u;
  var sums = Products();
  for (var word = 0u; word < WORDS; word++) {
    let sa = tileScored[a * pitch + word];
    let sb = tileScored[b * pitch + word];
    let s0 = ownScored[row + word];
    let s1 = ownScored[row + pitch + word];
    let s2 = ownScored[row + 2u * pitch + word];
    let s3 = ownScored[row + 3u * pitch + word];
    sums.scoreA += fourDots(s0, s1, s2, s3, sa);
    sums.scoreB += fourDots(s0, s1, s2, s3, sb);
    let wa = tileWeighed[a * pitch + word];
    let wb = tileWeighed[b * pitch + word];
    let w0 = ownWeighed[row + word];
    let w1 = ownWeighed[row + pitch + word];
    let w2 = ownWeighed[row + 2u * pitch + word];
    let w3 = ownWeighed[row + 3u * pitch + word];
    sums.dweightA += fourDots(w0, w1, w2, w3, wa);
    sums.dweightB += fourDots(w0, w1, w2, w3, wb);
  }
  return sums;
}
