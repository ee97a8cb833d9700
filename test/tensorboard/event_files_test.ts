import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../src/errors.ts";
import { EventWriter, rewindEvents } from "../../src/tensorboard/event_files.ts";
import { histogram, image, scalar, text } from "../../src/tensorboard/summary.ts";
import { onFullDisk } from "../files/full_disk.ts";
import { withFolder } from "../train/tiny_run.ts";
import { bucketsOf, parseEvents, readEventFiles, scalarOf, valuesOf } from "./event_reader.ts";

const decoder = new TextDecoder();

async function eventFiles(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.sort().map((name) => join(folder, name));
}

async function writeSteps(folder: string, from: number, to: number): Promise<void> {
  const writer = new EventWriter(folder, from - 1);
  for (let step = from; step <= to; step++) await writer.write(step, [scalar("loss", 1 / step)]);
}

Deno.test("a file begins with its version and the start of a session", () =>
  withFolder(async (folder) => {
    const before = Date.now() / 1000;
    const writer = new EventWriter(folder, 7);
    await writer.write(8, []);
    assert.deepEqual(await eventFiles(folder), []);
    await writer.write(300, [scalar("a", 0.5), scalar("b/ü", -2)]);
    await writer.write(2 ** 40, [scalar("a", NaN)]);

    const [path] = await eventFiles(folder);
    assert.match(path, /\/events\.out\.tfevents\.\d{10}\.bittext\.0000$/);
    const [events] = await readEventFiles(folder);
    const [version, start, first, second] = events.map(({ wall_time, ...event }) => {
      assert.ok(wall_time >= before && wall_time <= Date.now() / 1000, String(wall_time));
      return event;
    });
    assert.deepEqual(version, { file_version: "brain.Event:2" });
    assert.deepEqual(start, { step: 8, session_log: { status: "START" } });
    assert.deepEqual(first, {
      step: 300,
      summary: { value: [{ tag: "a", simple_value: 0.5 }, { tag: "b/ü", simple_value: -2 }] },
    });
    assert.deepEqual(second, {
      step: 2 ** 40,
      summary: { value: [{ tag: "a", simple_value: NaN }] },
    });
    assert.equal(events.length, 4);
  }));

Deno.test("histograms, texts and images are tensors of their dashboards", () =>
  withFolder(async (folder) => {
    // The smallest picture a browser shows: one transparent pixel.
    const png = Uint8Array.fromBase64(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    );
    const buckets = [{ left: -1, right: 0.1, count: 3 }, { left: 0.1, right: 1e9, count: 2 ** 33 }];
    // A file read from elsewhere does not begin its buffer.
    const shifted = Uint8Array.of(0, ...png).subarray(1);
    await new EventWriter(folder, 0).write(1, [
      histogram("weights", buckets),
      text("sample", "# no *heading*\n\n```€"),
      image("figure", shifted),
    ]);
    const [weights, sample, figure] = valuesOf((await readEventFiles(folder)).flat());
    assert.deepEqual(bucketsOf(weights), [[-1, 0.1, 3], [0.1, 1e9, 2 ** 33]]);

    assert.equal(sample.metadata?.plugin_data.plugin_name, "text");
    assert.equal(sample.tensor?.dtype, "DT_STRING");
    assert.equal(sample.tensor.tensor_shape.dim?.length ?? 0, 0);
    assert.deepEqual(sample.tensor.string_val?.map((bytes) => decoder.decode(bytes)), [
      "    # no *heading*\n    \n    ```€",
    ]);

    assert.equal(figure.metadata?.plugin_data.plugin_name, "images");
    assert.equal(figure.tensor?.dtype, "DT_STRING");
    assert.deepEqual(figure.tensor.tensor_shape.dim, [{ size: 3 }]);
    const [width, height, file] = figure.tensor.string_val!;
    assert.deepEqual([decoder.decode(width), decoder.decode(height)], ["1", "1"]);
    assert.deepEqual(Uint8Array.from(file), png);
    assert.throws(() => image("figure", new TextEncoder().encode("<svg>")), {
      name: "TypeError",
      message: "Cannot show 5 bytes as an image: they are no PNG file",
    });
  }));

Deno.test("a rewound run goes on in a new file, and no step is there twice", () =>
  withFolder(async (folder) => {
    await writeSteps(folder, 1, 9);
    await rewindEvents(folder, 6);
    await writeSteps(folder, 7, 12);
    await rewindEvents(folder, 4);
    await writeSteps(folder, 5, 8);
    const files = await readEventFiles(folder);
    const starts = files.map((events) => events.find((event) => event.session_log)?.step);
    assert.deepEqual(starts, [1, undefined, 5]);
    const steps = scalarOf(files.flat(), "loss").map(([step]) => step);
    assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8]);
  }));

Deno.test("files are in the order of their sessions, also if the clock was set back", () =>
  withFolder(async (folder) => {
    const future = join(folder, "events.out.tfevents.9999999999.bittext.0000");
    await writeSteps(folder, 1, 1);
    await Deno.rename((await eventFiles(folder))[0], future);
    await writeSteps(folder, 2, 2);
    const [first, second] = await eventFiles(folder);
    assert.equal(first, future);
    assert.match(second, /tfevents\.9999999999\.bittext\.0001$/);
  }));

Deno.test("what a killed process left half-written is no event, and is removed", () =>
  withFolder(async (folder) => {
    await writeSteps(folder, 1, 3);
    const [path] = await eventFiles(folder);
    const whole = await Deno.readFile(path);
    const lastRecord = 16 + 9 + 2 + 2 + 2 + 2 + 4 + 5;
    const boundary = whole.length - lastRecord;
    assert.equal(parseEvents(whole.subarray(0, boundary)).length, 4);
    for (let length = boundary + 1; length < whole.length; length++) {
      await Deno.writeFile(path, whole.subarray(0, length));
      assert.equal(parseEvents(await Deno.readFile(path), true).length, 4);
      await rewindEvents(folder, 3);
      assert.deepEqual(await Deno.readFile(path), whole.subarray(0, boundary));
    }
    // Blocks that were allocated and never written are zeros; a length, even, may be anything.
    for (const at of [boundary, boundary + 8, boundary + 12, boundary + 20, whole.length - 1]) {
      await Deno.writeFile(path, whole.with(at, whole[at] ^ 0x80));
      await rewindEvents(folder, 3);
      assert.deepEqual(await Deno.readFile(path), whole.subarray(0, boundary));
    }
    await Deno.writeFile(path, whole);
    await rewindEvents(folder, 3);
    assert.deepEqual(await Deno.readFile(path), whole);
  }));

Deno.test("rewinding leaves event files of other programs alone", () =>
  withFolder(async (folder) => {
    await rewindEvents(join(folder, "none"), 0);
    const path = join(folder, "events.out.tfevents.1700000000.host.123.0");
    await Deno.writeTextFile(path, "not mine");
    await rewindEvents(folder, 0);
    assert.equal(await Deno.readTextFile(path), "not mine");
  }));

Deno.test("an event that does not fit on the disk is taken back", () =>
  withFolder(async (folder) => {
    const writer = new EventWriter(folder, 0);
    const write = (step: number) => writer.write(step, [scalar("loss", step)]);
    const full = { name: "WorkError", message: /: the disk is full, free some space$/ };
    await onFullDisk(20, () => assert.rejects(write(1), full));
    await write(2);
    await onFullDisk(20, () => assert.rejects(write(3), full));
    await write(4);
    const events = (await readEventFiles(folder)).flat();
    assert.equal(events[0].file_version, "brain.Event:2");
    assert.deepEqual(scalarOf(events, "loss"), [[2, 2], [4, 4]]);
  }));

Deno.test("a directory that is none is named", () =>
  withFolder(async (folder) => {
    const path = join(folder, "file");
    await Deno.writeTextFile(path, "");
    await assert.rejects(writeSteps(path, 1, 1), InputError);
  }));
