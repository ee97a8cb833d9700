// Runs a compiled plan on all threads, AssemblyScript.
//
// A program is a list of phases of 16 words each:
//   0 function (table index)   1 argument block   2 units   3 units per chunk   4 chunks
//   5 only the first thread works on it   6 scratch   7 chunks done (atomic)
//   8, 9 generation << 32 | next chunk (atomic)   10 threads asleep until it is done (atomic)
// A phase starts when the phase before it is done. Threads take chunks from a shared counter, so an uneven
// machine stays busy; what a chunk is does not depend on the number of threads, so neither does the result.
// Every replay has its own generation: a thread that slept through one finds that no chunk is for it.

import { setThread } from "./simd.as";

const PHASE_BYTES: usize = 64;
const FUNCTION: usize = 0;
const ARGUMENTS: usize = 4;
const UNITS: usize = 8;
const GRAIN: usize = 12;
const CHUNKS: usize = 16;
const SERIAL: usize = 20;
const SCRATCH: usize = 24;
const DONE: usize = 28;
const NEXT: usize = 32;
const SLEEPERS: usize = 40;

/** Polls before a thread goes to sleep: a few tens of microseconds. */
const SPINS: i32 = 4000;
/** How long a thread sleeps before it looks whether another one failed. */
const SLEEP_NS: i64 = 100_000_000;

/** Makes a program ready for a replay. */
export function reset(program: usize, phases: i32, generation: i32): void {
  for (let i = 0; i < phases; i++) {
    const phase = program + <usize> i * PHASE_BYTES;
    atomic.store<i32>(phase, 0, DONE);
    atomic.store<i64>(phase, <i64> generation << 32, NEXT);
  }
}

/** The next chunk of a phase; −1 if none is left or this generation is over. */
function takeChunk(phase: usize, generation: i32): i32 {
  const chunks = load<i32>(phase, CHUNKS);
  let seen = atomic.load<i64>(phase, NEXT);
  while (<i32> (seen >> 32) == generation && <i32> seen < chunks) {
    const found = atomic.cmpxchg<i64>(phase, seen, seen + 1, NEXT);
    if (found == seen) return <i32> seen;
    seen = found;
  }
  return -1;
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

/** Works on a program together with the other threads, 0 the first; returns whether all of it was done. */
export function run(
  program: usize,
  phases: i32,
  generation: i32,
  thread: i32,
  failed: usize,
  maySleep: bool,
): bool {
  setThread(thread);
  for (let i = 0; i < phases; i++) {
    const phase = program + <usize> i * PHASE_BYTES;
    if (i > 0 && !awaitPhase(phase - PHASE_BYTES, failed, maySleep)) return false;
    if (load<i32>(phase, SERIAL) != 0 && thread != 0) continue;
    const chunks = load<i32>(phase, CHUNKS);
    const units = load<i32>(phase, UNITS);
    const grain = load<i32>(phase, GRAIN);
    const call = load<i32>(phase, FUNCTION);
    const args = <usize> load<u32>(phase, ARGUMENTS);
    const scratch = <usize> load<u32>(phase, SCRATCH);
    while (true) {
      const chunk = takeChunk(phase, generation);
      if (chunk < 0) break;
      const begin = chunk * grain;
      call_indirect<void>(call, args, begin, min(begin + grain, units), scratch);
      if (atomic.add<i32>(phase, 1, DONE) + 1 == chunks) {
        if (atomic.load<i32>(phase, SLEEPERS) > 0) atomic.notify(phase + DONE);
      }
    }
  }
  return awaitPhase(program + <usize> (phases - 1) * PHASE_BYTES, failed, maySleep);
}
