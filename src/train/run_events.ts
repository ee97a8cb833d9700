/**
 * What a run shows in TensorBoard.
 *
 * `metrics.jsonl` stays the source: its lines become scalars. To them come samples as text, histograms of
 * weights and codes, and figures. `tensorboard --logdir runs` shows every run of a folder;
 * `wandb sync --sync-tensorboard runs/NAME` imports one into Weights & Biases.
 *
 * @module
 */
import { FloatReader } from "../files/float_reader.ts";
import type { Model } from "../models/model.ts";
import { EventWriter } from "../tensorboard/event_files.ts";
import { histogramOfCodes, histogramOfValues } from "../tensorboard/histogram.ts";
import { histogram, image, scalar, text } from "../tensorboard/summary.ts";
import { elementCount } from "../tensor/value.ts";
import type { MetricsLine } from "./run_directory.ts";
import type { TunerLine } from "./tuner/decision.ts";

/** Histograms may take this share of the time: where reading the weights back is slow, some are left out. */
const HISTOGRAM_SHARE = 0.01;

/**
 * Writes events of a run, each appended to a file in the run's directory.
 *
 * @example Events of a run that was made without them
 * ```ts
 * import { RunDirectory } from "../../mod.ts";
 * import { RunEvents } from "../faces/train.ts";
 *
 * const run = new RunDirectory(await Deno.makeTempDir());
 * await run.log({ step: 10, split: "train", loss: 3.2, lr: 1e-3 });
 *
 * const events = new RunEvents(run.path);
 * for (const line of await run.metrics()) await events.metrics(line);
 * await Deno.remove(run.path, { recursive: true });
 * ```
 */
export class RunEvents {
  readonly #writer: EventWriter;
  readonly #openedMs = performance.now();
  #histogramMs = 0;

  /**
   * Nothing is written before there is something to show.
   *
   * @param path Directory of the run; TensorBoard shows one run per directory.
   * @param doneSteps Steps done before: events of later steps that a TensorBoard which watches the run has
   * read already are forgotten.
   */
  constructor(path: string, doneSteps = 0) {
    this.#writer = new EventWriter(path, doneSteps);
  }

  /**
   * Every number of a line of `metrics.jsonl` as a scalar: those of the line itself under its split
   * (`train/loss`, `tuner/lr_factor`), those within an object under its name (`layers/…/sparsity`).
   *
   * @throws {WorkError} If the disk is full or failing.
   */
  async metrics({ step, split, ...metrics }: MetricsLine | TunerLine): Promise<void> {
    const scalars = Object.entries<unknown>(metrics).flatMap(([name, value]) =>
      numbersWithin(typeof value === "number" ? `${split}/${name}` : name, value)
    );
    await this.#writer.write(step, scalars.map(([tag, value]) => scalar(tag, value)));
  }

  /**
   * Sampled text.
   *
   * @throws {WorkError} If the disk is full or failing.
   */
  async sample(step: number, sampled: string): Promise<void> {
    await this.#writer.write(step, [text("sample", sampled)]);
  }

  /**
   * Histograms of all weights and, of those that are quantized, of their codes. Left out if histograms have
   * taken more than one percent of the time so far.
   *
   * @throws {WorkError} If the disk is full or failing.
   */
  async weights(step: number, model: Model): Promise<void> {
    const startedMs = performance.now();
    if (this.#histogramMs > HISTOGRAM_SHARE * (startedMs - this.#openedMs)) return;
    await model.refresh();
    const weights = new FloatReader(await model.memory.tensors("parameters"));
    const summaries: Parameters<EventWriter["write"]>[1][number][] = [];
    for (const name of weights.file.names) {
      const values = await weights.all(name);
      summaries.push(histogram(`weights/${name}`, histogramOfValues(values)));
    }
    for await (const { name, codes, shape } of model.quantized ? model.memory.readCodes() : []) {
      const counted = histogramOfCodes(codes, codes.length - elementCount(shape));
      summaries.push(histogram(`codes/${name}`, counted));
    }
    await this.#writer.write(step, summaries);
    this.#histogramMs += performance.now() - startedMs;
  }

  /**
   * A figure.
   *
   * @param name Which, such as `loss`.
   * @param png Content of a PNG file.
   * @throws {TypeError} If it is no PNG.
   * @throws {WorkError} If the disk is full or failing.
   */
  async figure(step: number, name: string, png: Uint8Array): Promise<void> {
    await this.#writer.write(step, [image(`figures/${name}`, png)]);
  }
}

function numbersWithin(tag: string, value: unknown): [tag: string, value: number][] {
  if (typeof value === "number") return [[tag, value]];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => numbersWithin(`${tag}/${name}`, inner));
}
