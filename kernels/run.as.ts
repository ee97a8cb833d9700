// Runs a compiled plan on all threads, AssemblyScript.
//
// A program is a list of phases of 16 words each:
//   0 function (table index)   1 argument block   2 units   3 units per chunk   4 chunks
//   5 only the first thread works on it   6 scratch   7 chunks done (atomic)
//   8 threads asleep until it is done (atomic)
// A phase starts when the phase before it is done. Its chunks are divided evenly among the threads, the same part to
// the same thread in every phase: what a thread wrote in one phase is in its own cache in the next, and no thread
// waits for a counter that another one changes, which costs more than a microsecond. A thread that is done helps the
// others, so an uneven machine stays busy; what a chunk is does not depend on the number of threads, so neither does
// the result.
//
// Every thread's part has a counter in a cache line of its own:
//   generation of the replay (24 bits) | phase (20 bits) | chunks taken (20 bits)
// A counter of an earlier phase counts as 0, one of a later phase says that the phase is over: a thread that slept
// through it finds that no chunk is for it.

import { setThread } from "./shared/simd.as";

const PHASE_BYTES: usize = 64;
const FUNCTION: usize = 0;
const ARGUMENTS: usize = 4;
const UNITS: usize = 8;
const GRAIN: usize = 12;
const CHUNKS: usize = 16;
const SERIAL: usize = 20;
const SCRATCH: usize = 24;
const DONE: usize = 28;
const SLEEPERS: usize = 32;

/** Bytes from one counter to the next: what caches move at once, so that threads do not take each other's. */
const COUNTER_BYTES: usize = 64;
const GENERATION_SHIFT: i64 = 40;
const PHASE_SHIFT: i64 = 20;
/** The chunks taken, of a counter. */
const TAKEN: i64 = (1 << 20) - 1;

/** Polls before a thread goes to sleep: a few tens of microseconds. */
const SPINS: i32 = 4000;
/** How long a thread sleeps before it looks whether another one failed. */
const SLEEP_NS: i64 = 100_000_000;

/** Makes a program ready for a replay by so many threads. */
export function reset(
  program: usize,
  phases: i32,
  generation: i32,
  counters: usize,
  threads: i32,
): void {
  for (let i = 0; i < phases; i++) atomic.store<i32>(program + <usize> i * PHASE_BYTES, 0, DONE);
  for (let i = 0; i < threads; i++) {
    const counter = counters + <usize> i * COUNTER_BYTES;
    atomic.store<i64>(counter, <i64> generation << GENERATION_SHIFT);
  }
}

/**
 * Takes a chunk of a thread's part.
 *
 * @param phase What the counter says in this phase while nothing is taken.
 * @returns How many were taken before it; −1 if none of the `chunks` is left or the phase is over.
 */
function takeChunk(counter: usize, phase: i64, chunks: i32): i32 {
  let seen = atomic.load<i64>(counter);
  while (true) {
    // Wraps around as generations do.
    const ahead = (seen & ~TAKEN) - phase;
    const taken = ahead < 0 ? 0 : <i32> (seen & TAKEN);
    if (ahead > 0 || taken >= chunks) return -1;
    const found = atomic.cmpxchg<i64>(counter, seen, phase | (taken + 1));
    if (found == seen) return taken;
    seen = found;
  }
}

/** Does a chunk of a phase. */
function work(phase: usize, chunk: i32): void {
  const grain = load<i32>(phase, GRAIN);
  const begin = chunk * grain;
  const end = min(begin + grain, load<i32>(phase, UNITS));
  const args = <usize> load<u32>(phase, ARGUMENTS);
  const scratch = <usize> load<u32>(phase, SCRATCH);
  call_indirect<void>(load<i32>(phase, FUNCTION), args, begin, end, scratch);
}

/**
 * Waits until a phase is done.
 *
 * @param failed Address of a word that is not 0 once a thread has failed.
 * @param maySleep Whether this thread may block (a browser's main thread may not).
 * @returns Whether it is done; false if a thread failed.
 */
function awaitPhase(phase: usize, failed: usize, maySleep: bool): bool {
  const chunks = load<i32>(phase, CHUNKS);
  let polls = 0;
  while (true) {
    const done = atomic.load<i32>(phase, DONE);
    if (done >= chunks) return true;
    if (++polls < SPINS) continue;
    if (atomic.load<i32>(failed) != 0) return false;
    if (!maySleep) {
      polls = 0;
      continue;
    }
    atomic.add<i32>(phase, 1, SLEEPERS);
    atomic.wait<i32>(phase + DONE, done, SLEEP_NS);
    atomic.sub<i32>(phase, 1, SLEEPERS);
  }
}

/** Does all chunks of a phase. */
function workAlone(phase: usize): void {
  const chunks = load<i32>(phase, CHUNKS);
  for (let chunk = 0; chunk < chunks; chunk++) work(phase, chunk);
  finish(phase, chunks);
}

/** Does chunks of a phase, first of the thread's own part, then of the others', while there are any. */
function workTogether(
  phase: usize,
  fresh: i64,
  thread: i32,
  counters: usize,
  threads: i32,
): void {
  const chunks = load<i32>(phase, CHUNKS);
  let done = 0;
  for (let i = 0; i < threads; i++) {
    const owner = (thread + i) % threads;
    const first = chunks * owner / threads;
    const part = chunks * (owner + 1) / threads - first;
    const counter = counters + <usize> owner * COUNTER_BYTES;
    while (true) {
      const taken = takeChunk(counter, fresh, part);
      if (taken < 0) break;
      work(phase, first + taken);
      done++;
    }
  }
  if (done > 0) finish(phase, done);
}

/** Says that so many more chunks are done, and wakes who sleeps until all are. */
function finish(phase: usize, chunks: i32): void {
  if (atomic.add<i32>(phase, chunks, DONE) + chunks < load<i32>(phase, CHUNKS)) return;
  if (atomic.load<i32>(phase, SLEEPERS) > 0) atomic.notify(phase + DONE);
}

/**
 * Works on a program together with the other threads.
 *
 * @param thread This thread, 0 the first.
 * @param counters The first thread's counter.
 * @param failed Address of a word that is not 0 once a thread has failed.
 * @param maySleep Whether this thread may block.
 * @returns Whether all of it was done.
 */
export function run(
  program: usize,
  phases: i32,
  generation: i32,
  thread: i32,
  counters: usize,
  threads: i32,
  failed: usize,
  maySleep: bool,
): bool {
  setThread(thread);
  for (let i = 0; i < phases; i++) {
    const phase = program + <usize> i * PHASE_BYTES;
    if (i > 0 && !awaitPhase(phase - PHASE_BYTES, failed, maySleep)) return false;
    if (threads == 1 || load<i32>(phase, SERIAL) != 0) {
      if (thread == 0) workAlone(phase);
    } else {
      const fresh = <i64> generation << GENERATION_SHIFT | <i64> i << PHASE_SHIFT;
      workTogether(phase, fresh, thread, counters, threads);
    }
  }
  return awaitPhase(program + <usize> (phases - 1) * PHASE_BYTES, failed, maySleep);
}
