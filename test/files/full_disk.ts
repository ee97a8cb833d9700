/**
 * A disk that is full.
 *
 * @module
 */

/** Runs something on a disk that takes `room` more bytes. */
export async function onFullDisk(room: number, operation: () => Promise<void>): Promise<void> {
  const write = Deno.FsFile.prototype.write;
  Deno.FsFile.prototype.write = async function (bytes: Uint8Array): Promise<number> {
    if (room === 0) {
      const error = new Error("No space left on device (os error 28)");
      throw Object.assign(error, { code: "ENOSPC" });
    }
    const written = await write.call(this, bytes.subarray(0, room));
    room -= written;
    return written;
  };
  try {
    await operation();
  } finally {
    Deno.FsFile.prototype.write = write;
  }
}
