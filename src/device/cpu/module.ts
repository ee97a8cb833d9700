/**
 * Chooses and loads the compiled kernels.
 *
 * @module
 */
import { applyPatch } from "./patch.ts";
import { plainKernels, relaxedPatch } from "./wasm_binary.ts";

/** The kernels, ready to instantiate. */
export interface LoadedKernels {
  readonly module: WebAssembly.Module;
  /** Kernel functions, in the order of their place in the function table. */
  readonly names: readonly string[];
  readonly relaxed: boolean;
}

/** A function that uses `f32x4.relaxed_madd`: it validates only where relaxed SIMD exists. */
const relaxedProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0],
  ...[65, 1, 253, 15, 65, 1, 253, 15, 65, 1, 253, 15, 253, 133, 2, 11],
);

/**
 * Loads the build for this engine.
 *
 * @param shared Whether the memory is shared between threads.
 * @param relaxed Whether to take the build with relaxed SIMD; default: if the engine has it.
 */
export async function loadKernels(
  shared: boolean,
  relaxed: boolean = WebAssembly.validate(relaxedProbe),
): Promise<LoadedKernels> {
  const plain = await inflate(plainKernels);
  const bytes = relaxed ? applyPatch(plain, await inflate(relaxedPatch)) : plain;
  if (!shared) unshareMemory(bytes);
  const module = await WebAssembly.compile(bytes);
  const names = WebAssembly.Module.exports(module)
    .filter(({ kind, name }) => kind === "function" && name !== "run" && name !== "reset")
    .map(({ name }) => name);
  return { module, names, relaxed };
}

/** What was packed by DEFLATE and written in base64. */
export async function inflate(packed: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Blob([Uint8Array.fromBase64(packed)]).stream();
  return await new Response(bytes.pipeThrough(new DecompressionStream("deflate-raw"))).bytes();
}

/** Turns the imported memory's limits from "shared, with maximum" (3) into "with maximum" (1). */
function unshareMemory(bytes: Uint8Array): void {
  // "env", "memory", import kind 2 (memory), then the limits' flags.
  const pattern = [3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 3];
  for (let at = 0; at + pattern.length <= bytes.length; at++) {
    if (pattern.every((byte, i) => bytes[at + i] === byte)) {
      bytes[at + pattern.length - 1] = 1;
      return;
    }
  }
  throw new TypeError("Cannot find the memory import of the kernels");
}
