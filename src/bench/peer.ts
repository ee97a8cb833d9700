/**
 * The same training step in PyTorch, measured in the same run.
 *
 * @module
 */
import { startProcess } from "../host/child_process.ts";
import { environmentVariable } from "../host/environment.ts";
import { isMissing } from "../host/file_failures.ts";
import sharedScript from "../../test/peers/shared.py" with { type: "text" };
import textScript from "../../test/peers/training_step.py" with { type: "text" };
import imageScript from "../../test/peers/vit_training_step.py" with { type: "text" };
import { InputError, WorkError } from "../errors.ts";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open_device.ts";
import { type ImageModelSize, timeImageSteps } from "./image_step.ts";
import type { ModelSize } from "./kernel_cases.ts";
import { median } from "./measure.ts";
import type { PeerReport, PeerTime } from "./report.ts";
import { timeSteps } from "./training_bench.ts";

/** A training step that two programs can make. */
export interface PeerCase {
  /** What it is of. */
  readonly name: string;
  /** The Python program that makes it in PyTorch. */
  readonly script: string;
  /** What that program is given of the model. */
  readonly description: Readonly<Record<string, number | boolean>>;
  /** Makes it here until there are enough, and returns the time of each in ms. */
  readonly time: (
    device: Device,
    enough: (times: readonly number[]) => boolean,
  ) => Promise<number[]>;
}

/** The step of a language model. */
export function textPeer(name: string, size: ModelSize): PeerCase {
  const { config, batch } = size;
  return {
    name,
    script: textScript,
    description: {
      layers: config.layers,
      dim: config.hiddenSize,
      heads: config.heads,
      ffn: config.intermediateSize,
      vocab: config.vocabSize,
      context: config.maxPositions,
      batch,
      ternary: config.quantization.weightBits !== 32,
    },
    time: (device, enough) => timeSteps(device, size, enough),
  };
}

/** The step of an image model in patches. */
export function imagePeer(name: string, size: ImageModelSize): PeerCase {
  const { config, batch, patchSize } = size;
  return {
    name,
    script: imageScript,
    description: {
      layers: config.layers,
      dim: config.hiddenSize,
      heads: config.heads,
      ffn: config.intermediateSize,
      image_size: config.imageSize,
      channels: config.channels,
      patch: patchSize,
      classes: config.labels.length,
      batch,
      ternary: config.quantization.weightBits !== 32,
    },
    time: (device, enough) => timeImageSteps(device, size, enough),
  };
}

/** How long each program trains per thread setting, and in how many turns. */
export interface PeerEffort {
  readonly seconds: number;
  readonly rounds: number;
}

/** The first Python that has torch. */
async function findPython(): Promise<string> {
  const candidates = [environmentVariable("PYTHON"), "python3", "/usr/bin/python3"];
  for (const python of candidates) {
    if (python === undefined) continue;
    try {
      const tried = startProcess(python, { args: ["-c", "import torch"], stdout: "piped" });
      const [{ success }] = await Promise.all([tried.output(), tried.stdin.close()]);
      if (success) return python;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new InputError(
    "Cannot measure the peer pytorch: no Python with torch found; set PYTHON, or install Debian's " +
      "python3-torch and libopenblas0-openmp",
  );
}

interface PeerAnswer {
  readonly torch: string;
  readonly results: readonly PeerTime[];
}

async function runPython(
  python: string,
  { script, description }: PeerCase,
  threads: readonly number[],
  seconds: number,
): Promise<PeerAnswer> {
  const child = startProcess(python, { args: ["-c", sharedScript + script], stdout: "piped" });
  const input = child.stdin.getWriter();
  const asked = JSON.stringify({ ...description, threads, seconds });
  await input.write(new TextEncoder().encode(asked));
  await input.close();
  const { success, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) {
    throw new WorkError(`Cannot measure the peer pytorch: ${text(stderr).split("\n").at(-1)}`);
  }
  return JSON.parse(text(stdout));
}

/** Median time of a step on the CPU device. */
async function runOwn({ time }: PeerCase, threads: number, seconds: number): Promise<number> {
  using device = await openDevice({ backend: "cpu", threads });
  const end = performance.now() + 1000 * seconds;
  return median(await time(device, ({ length }) => length >= 5 && performance.now() >= end));
}

/**
 * Times the step of each model here and in PyTorch, in turns, at one thread and at all.
 *
 * @throws {InputError} If no Python with torch is found.
 */
export async function measurePeer(
  cases: readonly PeerCase[],
  { seconds, rounds }: PeerEffort,
): Promise<PeerReport[]> {
  const python = await findPython();
  const threads = [...new Set([1, navigator.hardwareConcurrency])];
  const reports: PeerReport[] = [];
  for (const peer of cases) {
    const own = threads.map((): number[] => []);
    const theirs = threads.map((): number[] => []);
    let version = "";
    // Turn by turn: a machine that slows down slows both.
    for (let round = 0; round < rounds; round++) {
      for (const [i, count] of threads.entries()) {
        own[i].push(await runOwn(peer, count, seconds / rounds));
        const answer = await runPython(python, peer, [count], seconds / rounds);
        theirs[i].push(answer.results[0].ms);
        version = answer.torch;
      }
    }
    const times = (all: number[][]) =>
      threads.map((count, i): PeerTime => ({ threads: count, ms: median(all[i]) }));
    const [bittext, pytorch] = [times(own), times(theirs)];
    const best = (list: readonly PeerTime[]) => Math.min(...list.map(({ ms }) => ms));
    reports.push({
      name: peer.name,
      peer: `PyTorch ${version}`,
      rounds,
      bittext,
      pytorch,
      ratio: best(pytorch) / best(bittext),
    });
  }
  return reports;
}
