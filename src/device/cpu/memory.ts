/**
 * The WebAssembly memory that holds every buffer of a CPU device.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import { BINDING_ALIGNMENT_BYTES } from "../device.ts";

const PAGE_BYTES = 65536;
const MAX_BYTES = 4 * 2 ** 30;
/** Below this lie the kernels' own constants. */
const FIRST_ADDRESS = PAGE_BYTES;
const INITIAL_PAGES = 16;
/** Kernels load whole vectors, up to 15 bytes past the end of a value. */
const SLACK_BYTES = 16;

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

  /**
   * @param shared Whether threads can share it.
   * @param maxBytes How far it may grow.
   */
  constructor(readonly shared: boolean, readonly maxBytes: number = MAX_BYTES) {
    const maximum = Math.max(INITIAL_PAGES, Math.floor(Math.min(maxBytes, MAX_BYTES) / PAGE_BYTES));
    this.memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared });
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
    const size = paddedSize(byteLength);
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
    // What is free at the end becomes the first part of the new block.
    const last = this.#free.at(-1);
    const joined = last && last.address + last.byteLength === this.#end ? last : undefined;
    const address = joined?.address ?? this.#end;
    this.#grow(address + size + SLACK_BYTES, byteLength, label);
    if (joined) {
      this.#free.pop();
      this.bytes.fill(0, address, this.#end);
    }
    this.#end = address + size;
    return address;
  }

  /** Returns memory that {@link allocate} reserved. */
  release(address: number, byteLength: number): void {
    const size = paddedSize(byteLength);
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
    const present = this.memory.buffer.byteLength;
    if (needed <= present) return;
    const refusal = (why: string) =>
      new WorkError(
        `Cannot allocate ${asked} bytes for ${label}: ${why}; reduce the batch, the context or the width`,
      );
    const limit = Math.min(this.maxBytes, MAX_BYTES);
    if (needed > limit) {
      throw refusal(
        `that makes ${needed} bytes, and the memory of the CPU device can have ${limit}`,
      );
    }
    const missing = Math.ceil((needed - present) / PAGE_BYTES);
    // Growing in steps of an eighth keeps the number of times low.
    const eager = Math.ceil(present / PAGE_BYTES / 8);
    if (eager > missing && this.#tryGrow(eager) || this.#tryGrow(missing)) return;
    throw refusal(
      `the system has no room for the memory of the CPU device to grow from ${present} bytes ` +
        `to ${needed}`,
    );
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }
}

/** The size that is reserved for a value. */
function paddedSize(byteLength: number): number {
  return Math.max(1, Math.ceil(byteLength / BINDING_ALIGNMENT_BYTES)) * BINDING_ALIGNMENT_BYTES;
}
