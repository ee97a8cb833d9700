/**
 * Reads buffers of a device back in blocks.
 *
 * @module
 */
import type { BufferSpec } from "../device/device.ts";
import type { BufferSet } from "../tensor/compiled_plan.ts";

/** A GPU takes about ten milliseconds for a read of any size: one of this size costs little more. */
const BLOCK_BYTES = 1 << 23;
const KEPT_BLOCKS = 4;

/**
 * Reads parts of buffers, through a few blocks that are kept: many small parts cost few reads, and nothing is ever on
 * the host as a whole. It does not notice when a buffer changes: make one for each occasion.
 */
export class BlockReader {
  readonly #buffers: BufferSet;
  readonly #blockBytes: number;
  /** The last blocks, the latest at the end. */
  #blocks: Block[] = [];

  /** A reader of some buffers. */
  constructor(buffers: BufferSet, blockBytes: number = BLOCK_BYTES) {
    this.#buffers = buffers;
    this.#blockBytes = blockBytes;
  }

  /**
   * A part of a buffer.
   *
   * @param byteOffset Where it begins.
   * @param target Receives as many bytes as it has.
   */
  async read(spec: BufferSpec, byteOffset: number, target: Uint8Array): Promise<void> {
    for (let done = 0; done < target.length;) {
      const at = byteOffset + done;
      const index = Math.floor(at / this.#blockBytes);
      const block = await this.#block(spec, index);
      const start = at - index * this.#blockBytes;
      const piece = block.subarray(start, start + target.length - done);
      target.set(piece, done);
      done += piece.length;
    }
  }

  async #block(spec: BufferSpec, index: number): Promise<Uint8Array> {
    const found = this.#blocks.find((block) => block.spec === spec && block.index === index);
    if (found) {
      this.#blocks = [...this.#blocks.filter((block) => block !== found), found];
      return found.bytes;
    }
    // The oldest goes first, so that there is never one more.
    this.#blocks = this.#blocks.slice(-(KEPT_BLOCKS - 1));
    const start = index * this.#blockBytes;
    const length = Math.min(this.#blockBytes, spec.byteLength - start);
    const read = await this.#buffers.device.read(this.#buffers.get(spec), start, length);
    const bytes = new Uint8Array(read);
    this.#blocks.push({ spec, index, bytes });
    return bytes;
  }
}

/** A block of a buffer. */
interface Block {
  readonly spec: BufferSpec;
  readonly index: number;
  readonly bytes: Uint8Array;
}
