/**
 * The worker threads of a CPU device.
 *
 * Workers share the memory and run the same WebAssembly module; they sleep on a counter and are woken by
 * `Atomics.notify`, which costs microseconds where a message would cost tens of them.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";

/** Words of the control block that workers and the first thread share. */
const GENERATION = 0;
const PROGRAM = 1;
const PHASES = 2;
const FAILED = 3;
const QUIT = 4;
/** Bytes of the control block. */
export const CONTROL_BYTES = 64;

/** What the kernels export. */
export interface KernelExports {
  readonly run: (
    program: number,
    phases: number,
    generation: number,
    thread: number,
    failed: number,
    maySleep: number,
  ) => number;
  readonly reset: (program: number, phases: number, generation: number) => void;
  readonly table: WebAssembly.Table;
}

/** Instantiates the kernels and puts them into the function table, in the order of `names`. */
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  names: readonly string[],
): KernelExports {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { table } = exports as unknown as KernelExports;
  const first = table.grow(names.length);
  names.forEach((name, i) => table.set(first + i, exports[name] as CallableFunction));
  return exports as unknown as KernelExports;
}

/** The worker's whole program: a string, so that it needs no file and no permission. */
const workerSource = `
onmessage = ({ data: { module, memory, control, names, thread } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const first = exports.table.grow(names.length);
  names.forEach((name, i) => exports.table.set(first + i, exports[name]));
  const words = new Int32Array(memory.buffer, control, ${CONTROL_BYTES / 4});
  let generation = 0;
  try {
    while (true) {
      Atomics.wait(words, ${GENERATION}, generation);
      generation = Atomics.load(words, ${GENERATION});
      if (Atomics.load(words, ${QUIT})) return close();
      exports.run(words[${PROGRAM}], words[${PHASES}], generation, thread, control + ${
  4 * FAILED
}, 1);
    }
  } catch (error) {
    Atomics.store(words, ${FAILED}, 1);
    throw error;
  }
};`;

/** Threads that work on programs together with the caller. */
export class Threads implements Disposable {
  readonly #words: Int32Array;
  readonly #control: number;
  readonly #workers: Worker[] = [];
  readonly #kernels: KernelExports;
  readonly #maySleep: boolean;

  /**
   * @param count Threads in all, the caller included.
   * @param control Address of the control block in `memory`.
   */
  constructor(
    count: number,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    control: number,
    names: readonly string[],
    kernels: KernelExports,
  ) {
    this.#control = control;
    this.#kernels = kernels;
    this.#words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
    // A browser's main thread must not block; everywhere else sleeping beats spinning.
    this.#maySleep = count > 1 && !("document" in globalThis);
    const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    try {
      for (let i = 1; i < count; i++) {
        const worker = new Worker(url, { type: "module" });
        worker.onerror = (event) => {
          event.preventDefault();
          Atomics.store(this.#words, FAILED, 1);
        };
        worker.postMessage({ module, memory, control, names, thread: i });
        this.#workers.push(worker);
      }
    } finally {
      // Workers have taken the source by the time they answer; the URL is not needed after the start.
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    }
  }

  /** Threads in all. */
  get count(): number {
    return this.#workers.length + 1;
  }

  /** Runs a program on all threads; returns when it is done. */
  run(program: number, phases: number): void {
    const words = this.#words;
    const generation = (words[GENERATION] + 1) | 0;
    this.#kernels.reset(program, phases, generation);
    if (this.#workers.length > 0) {
      words[PROGRAM] = program;
      words[PHASES] = phases;
    }
    Atomics.store(words, GENERATION, generation);
    Atomics.notify(words, GENERATION);
    const failed = this.#control + 4 * FAILED;
    if (!this.#kernels.run(program, phases, generation, 0, failed, Number(this.#maySleep))) {
      throw new WorkError(
        "Cannot go on: a worker thread of the CPU device died; start again, a run with --resume",
      );
    }
  }

  [Symbol.dispose](): void {
    Atomics.store(this.#words, QUIT, 1);
    Atomics.add(this.#words, GENERATION, 1);
    Atomics.notify(this.#words, GENERATION);
    for (const worker of this.#workers) worker.terminate();
  }
}
