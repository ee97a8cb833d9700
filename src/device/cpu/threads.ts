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
/** Address of the program that runs; 0 while none does. */
const PROGRAM = 1;
const PHASES = 2;
const FAILED = 3;
const QUIT = 4;
/** Workers that may be reading the program. */
const ACTIVE = 5;
/** Where the threads' counters start, see `kernels/run.as.ts`: a cache line each. */
const COUNTERS = 64;
const COUNTER_BYTES = 64;

/** More threads than this are a mistake. */
const MAX_THREADS = 64;

/** Bytes of the control block for a number of threads. */
export const controlBytes = (threads: number): number => COUNTERS + COUNTER_BYTES * threads;

/** Counters know a generation by 24 bits: nobody may be behind by as many as this. */
const MOST_BEHIND = 1 << 22;

/** What the kernels export. */
export interface KernelExports {
  readonly run: (
    program: number,
    phases: number,
    generation: number,
    thread: number,
    counters: number,
    threads: number,
    failed: number,
    maySleep: number,
  ) => number;
  readonly reset: (
    program: number,
    phases: number,
    generation: number,
    counters: number,
    threads: number,
  ) => void;
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
onmessage = ({ data: { module, memory, control, names, thread, count } }) => {
  const words = new Int32Array(memory.buffer, control, ${COUNTERS / 4});
  const counters = control + ${COUNTERS};
  const failed = control + ${4 * FAILED};
  try {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const first = exports.table.grow(names.length);
    names.forEach((name, i) => exports.table.set(first + i, exports[name]));
    let generation = 0;
    while (true) {
      Atomics.wait(words, ${GENERATION}, generation);
      generation = Atomics.load(words, ${GENERATION});
      if (Atomics.load(words, ${QUIT})) return close();
      Atomics.add(words, ${ACTIVE}, 1);
      const program = Atomics.load(words, ${PROGRAM});
      // One that slept through a replay must not read a program that may be gone.
      if (program !== 0 && generation === Atomics.load(words, ${GENERATION})) {
        exports.run(program, words[${PHASES}], generation, thread, counters, count, failed, 1);
      }
      Atomics.sub(words, ${ACTIVE}, 1);
    }
  } catch {
    // The first thread may be waiting and take no messages: this is what it looks at.
    Atomics.store(words, ${FAILED}, 1);
    close();
  }
};`;

/** What {@link Threads} work with. */
export interface ThreadsOptions {
  /** Threads in all, the caller included. */
  readonly count: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control block in `memory`. */
  readonly control: number;
  /** Kernel functions, see {@link instantiate}. */
  readonly names: readonly string[];
  /** The caller's own instance. */
  readonly kernels: KernelExports;
}

/**
 * The number of threads to use.
 *
 * @param asked What the caller wants; default: as many as there are processors.
 * @throws {RangeError} If it is not an integer from 1 to 64.
 */
export function threadCount(asked?: number): number {
  if (asked === undefined) return Math.min(navigator.hardwareConcurrency || 1, MAX_THREADS);
  if (!Number.isInteger(asked) || asked < 1 || asked > MAX_THREADS) {
    throw new RangeError(`Cannot use ${asked} threads: 1 to ${MAX_THREADS} are possible`);
  }
  return asked;
}

/** Threads that work on programs together with the caller. */
export class Threads implements Disposable {
  /** Threads in all. */
  readonly count: number;
  readonly #options: ThreadsOptions;
  readonly #workers: Worker[] = [];
  readonly #maySleep: boolean;
  #workerUrl = "";
  #generation = 0;
  #failure = "";

  constructor(options: ThreadsOptions) {
    const { count, module, memory, control, names } = options;
    this.#options = options;
    this.count = count;
    // A browser's main thread must not block; everywhere else sleeping beats spinning.
    this.#maySleep = count > 1 && !("document" in globalThis);
    if (count === 1) return;
    const source = new Blob([workerSource], { type: "text/javascript" });
    this.#workerUrl = URL.createObjectURL(source);
    for (let thread = 1; thread < count; thread++) {
      const worker = new Worker(this.#workerUrl, { type: "module" });
      worker.onerror = (event) => {
        event.preventDefault();
        this.#failure ||= `a worker thread failed: ${event.message}`;
      };
      worker.postMessage({ module, memory, control, names, thread, count });
      this.#workers.push(worker);
    }
  }

  /** The control block; made anew, because memory of a single thread moves when it grows. */
  get #words(): Int32Array {
    const { memory, control } = this.#options;
    return new Int32Array(memory.buffer, control, COUNTERS / 4);
  }

  /**
   * Runs a program; returns when it is done.
   *
   * @param shared Whether there is work in it for more than one thread.
   * @throws {WorkError} If a thread failed, now or before.
   */
  run(program: number, phases: number, shared: boolean): void {
    const { kernels, control } = this.#options;
    const generation = this.#generation = (this.#generation + 1) | 0;
    if (generation % MOST_BEHIND === 0) this.settle();
    const counters = control + COUNTERS;
    const wake = shared && this.count > 1;
    const threads = wake ? this.count : 1;
    kernels.reset(program, phases, generation, counters, this.count);
    this.#checkFailure();
    if (wake) this.#start(program, phases, generation);
    try {
      const failed = control + 4 * FAILED;
      const maySleep = Number(this.#maySleep);
      kernels.run(program, phases, generation, 0, counters, threads, failed, maySleep);
    } catch (error) {
      this.#failure = `a kernel failed: ${error instanceof Error ? error.message : error}`;
    }
    if (wake) Atomics.store(this.#words, PROGRAM, 0);
    this.#checkFailure();
  }

  #start(program: number, phases: number, generation: number): void {
    const words = this.#words;
    words[PHASES] = phases;
    Atomics.store(words, PROGRAM, program);
    Atomics.store(words, GENERATION, generation);
    Atomics.notify(words, GENERATION);
  }

  #checkFailure(): void {
    const words = this.#words;
    if (words[FAILED] !== 0) this.#failure ||= "a worker thread died";
    if (!this.#failure) return;
    // Threads that wait for work of the one that failed go on.
    words[FAILED] = 1;
    throw new WorkError(
      `Cannot go on with the CPU device: ${this.#failure}; start again, a run from its last checkpoint`,
    );
  }

  /** Waits until no worker reads a program any more, so that its memory can be used for something else. */
  settle(): void {
    const words = this.#words;
    while (Atomics.load(words, ACTIVE) > 0 && Atomics.load(words, FAILED) === 0) {
      if (this.#maySleep) Atomics.wait(words, ACTIVE, Atomics.load(words, ACTIVE), 1);
    }
  }

  [Symbol.dispose](): void {
    if (this.#workers.length === 0) return;
    const words = this.#words;
    Atomics.store(words, QUIT, 1);
    Atomics.add(words, GENERATION, 1);
    Atomics.notify(words, GENERATION);
    for (const worker of this.#workers.splice(0)) worker.terminate();
    URL.revokeObjectURL(this.#workerUrl);
  }
}
