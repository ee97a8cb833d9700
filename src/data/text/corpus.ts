/**
 * A data set as what is tokenized: texts to train, validate and test on, cleaned as was asked for.
 *
 * @module
 */

import { makeHash } from "../../host/hash.ts";
import { InputError } from "../../errors.ts";
import { cleanChunks, cleanText } from "./cleaning.ts";
import { type CorpusOptions, defaultCorpusOptions } from "./corpus_options.ts";
import type { DatasetSplit } from "./dataset_split.ts";
import { chooseSplit, type OpenedDataset } from "./text_dataset.ts";
import { makePause } from "../download/pause.ts";
import { countCharacters, heldOutRows, sliceCharacters, trainedOf } from "../splits/split.ts";
import { planSplits } from "../splits/split_plan.ts";

/** What a part of the data is for; `all` is all of them, undivided. */
export type PartName = "train" | "validation" | "test" | "all";

/** A part of the data. */
export interface CorpusPart {
  /** What it is for. */
  readonly name: PartName;
  /** Whether it is running text; else documents. */
  readonly isContinuous: boolean;
  /** Pieces of any length of the running text, none ending within a character; or the documents. */
  texts(): AsyncIterable<string>;
}

/** What is only known once the text was read. */
export interface CorpusMeasure {
  /** SHA-256, in hexadecimal digits, of the text to train and to validate on, before it is cleaned. */
  readonly sha256: string;
  /** UTF-16 units of it per byte of its files, to tell how much there is of parts that were not read. */
  readonly unitsPerByte: number;
}

/** How long work is watched and given up. */
export interface WorkOptions {
  /** Called now and then with how many UTF-16 units are done. */
  readonly onProgress?: (doneUnits: number) => void;
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * A data set, divided and cleaned. Where it has no split to validate on, a tenth of what is trained on is held
 * out: the last characters of running text, or rows drawn by a seed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Corpus } from "./corpus.ts";
 * import { openDataset } from "../datasets.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".txt" });
 * await Deno.writeTextFile(path, "To be, or NOT to be.");
 * const corpus = new Corpus(await openDataset(path), { lowerCase: true });
 * const [heldOut] = await Array.fromAsync(corpus.part("validation").texts());
 * assert.equal(heldOut, "e.");
 * await Deno.remove(path);
 * ```
 */
export class Corpus {
  /** Where it comes from. */
  readonly dataset: OpenedDataset;
  /** What becomes of it. */
  readonly options: CorpusOptions;
  /** What the user should know of how it is divided, in one line. */
  readonly notice: string | undefined;
  readonly #train: DatasetSplit;
  readonly #validation: DatasetSplit | undefined;
  readonly #test: DatasetSplit | undefined;
  /** Rows that came over the network in parts, which is not to be done for every pass over them. */
  readonly #kept = new Map<DatasetSplit, Promise<string[]>>();
  #measured: Promise<CorpusMeasure & { readonly count: number }> | undefined;

  /**
   * A data set, of which nothing is read yet.
   *
   * @throws {InputError} If the options ask of running text what only rows have.
   */
  constructor(dataset: OpenedDataset, options: Partial<CorpusOptions> = {}) {
    this.dataset = dataset;
    const stated = Object.entries(options).filter(([, value]) => value !== undefined);
    this.options = { ...defaultCorpusOptions, ...Object.fromEntries(stated) };
    const names = dataset.splits.map(({ name }) => name);
    const { train, validation, test, notice } = planSplits(names, dataset.source);
    const chosen = (name: string | undefined) =>
      name === undefined ? undefined : chooseSplit(dataset, name);
    this.notice = notice;
    this.#train = chooseSplit(dataset, train);
    this.#validation = chosen(validation);
    this.#test = chosen(test);
    const { rows, joinRows } = this.options;
    if (this.#train.isContinuous && (rows !== null || joinRows)) {
      throw new InputError(
        `Cannot ${joinRows ? "join rows" : `use ${rows} rows`} of ${dataset.name}: it is running ` +
          "text, without rows",
      );
    }
  }

  /** The parts it has: a test part only if the data set has a split for it. */
  get partNames(): readonly PartName[] {
    return this.#test === undefined ? ["train", "validation"] : ["train", "validation", "test"];
  }

  /** The splits that those parts are of. */
  get splits(): readonly DatasetSplit[] {
    return [this.#train, this.#validation, this.#test].filter((split) => split !== undefined);
  }

  /** Size of their files. */
  get bytes(): number {
    return this.splits.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Size of the files that have to be read for some parts. */
  bytesOf(names: readonly PartName[]): number {
    const splits = new Set(
      names.flatMap((name) => name === "all" ? this.splits : [this.#splitOf(name)]),
    );
    return [...splits].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * A part of it.
   *
   * @throws {InputError} If it is the test part and there is none.
   */
  part(name: PartName): CorpusPart {
    if (name === "all") return this.#all();
    const split = this.#splitOf(name);
    const texts = name === "test" || this.#validation !== undefined
      ? () => this.#texts(split)
      : () => this.#share(name);
    return this.#cleaned(name, this.#isContinuous(split), texts);
  }

  /** The split that a part is, or is a share of. */
  #splitOf(name: Exclude<PartName, "all">): DatasetSplit {
    if (name === "test" && this.#test === undefined) {
      throw new InputError(
        `Cannot use the test part of ${this.dataset.name}: it has none, only ` +
          `${this.dataset.splits.map((split) => split.name).join(", ")}`,
      );
    }
    const own = { train: this.#train, validation: this.#validation, test: this.#test }[name];
    return own ?? this.#train;
  }

  /**
   * Reads the text once.
   *
   * @throws {InputError} If it is empty, damaged, or has no such column.
   */
  async measure(options: WorkOptions = {}): Promise<CorpusMeasure> {
    const measuring = this.#measured ??= this.#measure(options);
    try {
      return await measuring;
    } catch (error) {
      this.#measured = undefined;
      throw error;
    }
  }

  async #measure({ onProgress, signal }: WorkOptions) {
    const pause = makePause(signal);
    const hash = makeHash("sha256");
    let count = 0;
    let units = 0;
    for (const split of [this.#train, this.#validation]) {
      if (split === undefined) continue;
      const isContinuous = this.#isContinuous(split);
      for await (const text of this.#texts(split)) {
        hash.update(text);
        if (!isContinuous && !text.endsWith("\n")) hash.update("\n");
        units += text.length;
        if (split === this.#train) count += isContinuous ? countCharacters(text) : 1;
        if (await pause()) onProgress?.(units);
      }
    }
    if (units === 0) throw new InputError(`Cannot read ${this.dataset.name}: it is empty`);
    const bytes = this.#train.bytes + (this.#validation?.bytes ?? 0);
    return { sha256: hash.hex(), unitsPerByte: units / bytes, count };
  }

  #isContinuous(split: DatasetSplit): boolean {
    return split.isContinuous || this.options.joinRows;
  }

  /** What of the training split is trained on, or what is held out. */
  async *#share(name: "train" | "validation"): AsyncGenerator<string> {
    await this.measure();
    const { count } = await this.#measured!;
    const texts = this.#texts(this.#train);
    const isTrained = name === "train";
    if (this.#isContinuous(this.#train)) {
      const boundary = trainedOf(count);
      return yield* sliceCharacters(texts, isTrained ? 0 : boundary, isTrained ? boundary : count);
    }
    const isHeldOut = heldOutRows(count, this.options.splitSeed, this.dataset.name);
    let row = 0;
    for await (const text of texts) if (isHeldOut(row++) !== isTrained) yield text;
  }

  /** All of a split as it is in its files. */
  async *#texts(split: DatasetSplit): AsyncGenerator<string> {
    const { rows, joinRows } = this.options;
    let texts: AsyncIterable<string> | Promise<string[]> = this.#rows(split);
    if (rows !== null && !this.dataset.isVerified) {
      const kept = this.#kept.get(split) ?? Array.fromAsync(texts);
      this.#kept.set(split, kept);
      texts = kept;
    }
    let endsLine = true;
    for await (const text of await texts) {
      // Each row begins on a line of its own.
      if (joinRows && !endsLine) yield "\n";
      endsLine = text === "" ? endsLine : text.endsWith("\n");
      yield text;
    }
  }

  async *#rows(split: DatasetSplit): AsyncGenerator<string> {
    const { textColumn, rows } = this.options;
    let left = rows ?? Infinity;
    for await (const text of split.texts(textColumn ?? undefined)) {
      yield text;
      if (--left === 0) return;
    }
  }

  #all(): CorpusPart {
    const { splits } = this;
    const texts = async function* (this: Corpus) {
      for (const split of splits) yield* this.#texts(split);
    };
    return this.#cleaned(
      "all",
      splits.every((split) => this.#isContinuous(split)),
      texts.bind(this),
    );
  }

  #cleaned(
    name: PartName,
    isContinuous: boolean,
    texts: () => AsyncIterable<string>,
  ): CorpusPart {
    const { options } = this;
    if (isContinuous) return { name, isContinuous, texts: () => cleanChunks(texts(), options) };
    const documents = async function* () {
      for await (const text of texts()) {
        const document = cleanText(text, options);
        if (document !== "") yield document;
      }
    };
    return { name, isContinuous, texts: documents };
  }
}
