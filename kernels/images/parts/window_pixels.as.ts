// Where the pixels of a window lie, of images whose pixels have their channels side by side.

/**
 * Writes the addresses of the pixels of a window, row by row; that of `outside` for those that are not in rows `first`
 * to `last` of the image.
 *
 * @param top First row of the window, may be negative.
 * @param left First column of the window, may be negative.
 * @param W Pixels of a row of the image.
 */
export function windowPixels(
  table: usize,
  top: i32,
  left: i32,
  kernel: i32,
  image: usize,
  first: i32,
  last: i32,
  W: i32,
  pixelBytes: usize,
  outside: usize,
): void {
  for (let row = top; row < top + kernel; row++) {
    const end = table + (<usize> kernel << 2);
    if (row < first || row >= last) {
      for (; table < end; table += 4) store<u32>(table, <u32> outside);
      continue;
    }
    let pixel = image + <usize> (row * W + left) * pixelBytes;
    for (let col = left; table < end; col++) {
      // As an unsigned number, one below zero is beyond the image too.
      store<u32>(table, <u32> (<u32> col < <u32> W ? pixel : outside));
      pixel += pixelBytes;
      table += 4;
    }
  }
}
