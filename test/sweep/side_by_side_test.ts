import assert from "node:assert/strict";
import { sideBySide } from "../../src/sweep/side_by_side.ts";

interface Piece {
  readonly name: string;
  readonly end: () => void;
  readonly ended: Promise<void>;
}

function pieces(count: number): Piece[] {
  return Array.from({ length: count }, (_, i) => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    return { name: String(i), end, ended };
  });
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
const never = new AbortController().signal;

Deno.test("as many pieces as there are jobs are at work, and share the processors", async () => {
  const begun: string[] = [];
  const all = pieces(5);
  const done = sideBySide(all, async ({ name, ended }, { threads }) => {
    begun.push(`${name}:${threads}`);
    await ended;
  }, { jobs: 2, processors: 6, isNearlyDone: () => false, signal: never });
  await settled();
  assert.deepEqual(begun, ["0:3", "1:3"]);
  all[1].end();
  await settled();
  assert.deepEqual(begun, ["0:3", "1:3", "2:3"]);
  for (const { end } of all) end();
  await done;
  assert.equal(begun.length, 5);
});

Deno.test("the last piece waits for one that is nearly done, and gets all processors", async () => {
  for (const [isNearlyDone, last] of [[true, "2:2"], [false, "2:1"]] as const) {
    const begun: string[] = [];
    const all = pieces(3);
    const done = sideBySide(all, async ({ name, ended }, { threads }) => {
      begun.push(`${name}:${threads}`);
      await ended;
    }, { jobs: 2, processors: 2, isNearlyDone: () => isNearlyDone, signal: never });
    await settled();
    all[0].end();
    await settled();
    assert.equal(begun.length, isNearlyDone ? 2 : 3);
    all[1].end();
    await settled();
    assert.deepEqual(begun, ["0:1", "1:1", last]);
    all[2].end();
    await done;
  }
});

Deno.test("an error stops what is at work and is thrown", async () => {
  const told: boolean[] = [];
  const done = sideBySide(["fails", "works", "waits"], async (name, _, signal) => {
    if (name === "fails") throw new Error("no");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    told.push(signal.aborted);
  }, { jobs: 2, processors: 2, isNearlyDone: () => false, signal: never });
  await assert.rejects(done, /^Error: no$/);
  assert.deepEqual(told, [true]);
});

Deno.test("once interrupted nothing more is begun", async () => {
  const interruption = new AbortController();
  const begun: number[] = [];
  await sideBySide([1, 2, 3], (piece) => {
    begun.push(piece);
    interruption.abort();
    return Promise.resolve();
  }, { jobs: 1, processors: 2, isNearlyDone: () => false, signal: interruption.signal });
  assert.deepEqual(begun, [1]);
});
