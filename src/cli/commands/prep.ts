/**
 * `prep`: fetches, verifies and tokenizes or decodes data, so that runs find it ready.
 *
 * @module
 */
import { dependsOnText } from "../../data/tokenizers/create_tokenizer.ts";
import { isHubReference } from "../../data/hub/reference.ts";
import { namesImages } from "../../data/images/open_images.ts";
import type { DataCard } from "../../data/prepared/data_card.ts";
import { InputError } from "../../errors.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { imageFacts } from "../runs/describe_data.ts";
import { printFacts } from "../terminal/facts.ts";
import type { Facts } from "../../models/family.ts";
import { loadImages } from "../families/vit/load_images.ts";
import { flagsForModel } from "../flags/model_flags.ts";
import {
  corpusOptions,
  openCorpus,
  openTokenizer,
  showPreparation,
} from "../families/text/corpus.ts";
import { StageProgress } from "../terminal/stage_progress.ts";

type PrepFlags = ParsedFlags<"prep">;

/** A card, and the folder that it is of. */
type PreparedText = DataCard & { readonly path: string };

/** Runs the command. */
export async function run(
  flags: PrepFlags,
  context: CommandContext,
): Promise<PreparedText | Facts> {
  const family = flags.model ?? (namesImages(flags.data) ? "vit" : "text");
  const own = flagsForModel("prep", flags, family);
  return family === "vit" ? await prepareImages(own, context) : await prepareText(own, context);
}

async function prepareImages(
  { data, imageSize, labelColumn }: PrepFlags,
  context: CommandContext,
): Promise<Facts> {
  const facts = imageFacts(
    await loadImages(data, { imageSize, labelColumn, imageMemory: 0 }, context),
  );
  if (!context.json) printFacts(facts, context);
  return facts;
}

async function prepareText(flags: PrepFlags, context: CommandContext): Promise<PreparedText> {
  const unverified = flags.rows !== undefined && isHubReference(flags.data);
  const opened = await openCorpus(flags.data, corpusOptions(flags), context, unverified);
  const { cache } = opened;
  if (cache === undefined) {
    throw new InputError(
      `Cannot prepare ${flags.data}: there is no place for it, name a folder in BITTEXT_CACHE`,
    );
  }
  const tokenizer = await openTokenizer(flags.tokenizer, opened, context);
  if (dependsOnText(flags.tokenizer)) await cache.writeTokenizer(flags.tokenizer, tokenizer);
  using bars = new StageProgress(context);
  using prepared = await cache.prepare(tokenizer, {
    memoryBytes: 0,
    onNotice: context.note,
    onProgress: (progress) => showPreparation(bars, progress),
    signal: context.interrupted,
  });
  const { path, card } = prepared.entry!;
  bars[Symbol.dispose]();
  if (!context.json) describe(card, path, context);
  return { path, ...card };
}

function describe(card: DataCard, path: string, context: CommandContext): void {
  const count = (number: number) => number.toLocaleString("en");
  for (const [name, part] of Object.entries(card.parts)) {
    const documents = part.documents === 0 ? "" : ` in ${count(part.documents)} documents`;
    context.print(
      `${name.padEnd(10)}  ${count(part.tokens)} tokens${documents}, ` +
        `${(part.bytes / part.tokens).toFixed(2)} bytes of text each`,
    );
  }
  context.print(`vocabulary  ${count(card.tokenizer.vocab_size)} tokens (${card.tokenizer.kind})`);
  context.print(`licence     ${card.license}`);
  if (!card.verified) context.print("verified    no: it was read over the network in parts");
  context.print(`in          ${path}`);
}
