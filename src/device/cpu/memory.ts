/**
 * The WebAssembly memory that holds every buffer of a CPU device.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import { BINDING_ALIGNMENT_BYTES } from "../device.ts";

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;
/** Below this lie the kernels' own constants. */
const FIRST_ADDRESS = PAGE_BYTES;
const INITIAL_PAGES = 16;

interface Block {
  readonly address: number;
  readonly byteLength: number;
}

/** A first-fit allocator over one WebAssembly memory that grows. */
export class CpuMemory {
  readonly memory: WebAssembly.Memory;
  /** Free blocks below {@link #end}, by address. */
  #free: Block[] = [];
  #end = FIRST_ADDRESS;

  /** @param shared Whether threads can share it. */
  constructor(readonly shared: boolean) {
    this.memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared });
  }

  /** All bytes; renewed when the memory has grown. */
  get bytes(): Uint8Array<ArrayBuffer> {
    // A shared memory's buffer is a SharedArrayBuffer, which typed arrays treat alike.
    return new Uint8Array(this.memory.buffer as ArrayBuffer);
  }

  /**
   * Reserves zeroed memory.
   *
   * @param label What for, for the message.
   * @throws {WorkError} If the memory cannot grow enough.
   */
  allocate(byteLength: number, label: string): number {
    const size = Math.max(1, Math.ceil(byteLength / BINDING_ALIGNMENT_BYTES)) *
      BINDING_ALIGNMENT_BYTES;
    const index = this.#free.findIndex((block) => block.byteLength >= size);
    if (index >= 0) {
      const { address, byteLength: available } = this.#free[index];
      const rest = available > size
        ? [{ address: address + size, byteLength: available - size }]
        : [];
      this.#free.splice(index, 1, ...rest);
      this.bytes.fill(0, address, address + size);
      return address;
    }
    const address = this.#end;
    this.#grow(address + size, size, label);
    this.#end = address + size;
    return address;
  }

  /** Returns memory that {@link allocate} reserved. */
  release(address: number, byteLength: number): void {
    const size = Math.max(1, Math.ceil(byteLength / BINDING_ALIGNMENT_BYTES)) *
      BINDING_ALIGNMENT_BYTES;
    const blocks = [...this.#free, { address, byteLength: size }]
      .sort((a, b) => a.address - b.address);
    const merged: Block[] = [];
    for (const block of blocks) {
      const last = merged.at(-1);
      if (last && last.address + last.byteLength === block.address) {
        merged[merged.length - 1] = {
          address: last.address,
          byteLength: last.byteLength + block.byteLength,
        };
      } else merged.push(block);
    }
    this.#free = merged;
  }

  #grow(needed: number, asked: number, label: string): void {
    const missing = Math.ceil((needed - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing <= 0) return;
    const refuse = (why: string) =>
      new WorkError(
        `Cannot allocate ${asked} bytes for ${label}: ${why}; ` +
          "reduce --batch, --context or --dim",
      );
    if (needed > MAX_PAGES * PAGE_BYTES) {
      throw refuse(`with ${needed} bytes in all it exceeds the 4 GiB of a WebAssembly memory`);
    }
    try {
      // Growing in steps of an eighth keeps the number of times low.
      const eager = Math.min(
        MAX_PAGES - this.memory.buffer.byteLength / PAGE_BYTES,
        Math.max(missing, Math.ceil(this.memory.buffer.byteLength / PAGE_BYTES / 8)),
      );
      this.memory.grow(eager);
    } catch {
      throw refuse(`the memory of ${this.memory.buffer.byteLength} bytes cannot grow to ${needed}`);
    }
  }
}
