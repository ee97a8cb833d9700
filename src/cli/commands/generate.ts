/**
 * `generate`: text from a run.
 *
 * @module
 */
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { openDevice } from "../../device/open_device.ts";
import { InputError, InterruptedError } from "../../errors.ts";
import { generate } from "../../infer/generate.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { openText } from "../runs/open_text.ts";
import { samplingOptions, samplingRandom } from "../runs/sampling.ts";

/** What `generate --json` prints. */
export interface Generated {
  readonly prompt: string;
  /** What follows the prompt. */
  readonly text: string;
  readonly tokens: number;
  readonly tokens_per_second: number;
}

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"generate">,
  context: CommandContext,
): Promise<Generated> {
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  using opened = await openText(flags.run, device);
  const { model, tokenizer, directory } = opened;
  const prompt = flags.prompt ?? defaultPrompt(tokenizer);
  const ids = tokenizer.encode(prompt);
  if (ids.length === 0) throw new InputError("Cannot continue an empty --prompt: give it a text");
  context.note(`${directory.path}, ${flags.tokens} tokens`);
  if (!context.json) context.write(prompt);

  const decoder = tokenizer.decoder();
  let text = "";
  let count = 0;
  const emit = (piece: string) => {
    text += piece;
    if (!context.json) context.write(piece);
  };
  const started = performance.now();
  const stream = generate(model, ids, {
    ...samplingOptions(flags),
    tokens: flags.tokens,
    vocabSize: tokenizer.vocabSize,
    random: samplingRandom(flags.seed),
  });
  for await (const id of stream) {
    emit(decoder.push(id));
    count++;
    if (context.interrupted.aborted) {
      throw new InterruptedError(`Interrupted after ${count} tokens`);
    }
  }
  emit(decoder.flush());
  if (!context.json) context.print();
  const seconds = (performance.now() - started) / 1000;
  return { prompt, text, tokens: count, tokens_per_second: count / seconds };
}

/** A new line, or where the training text had none its first character. */
function defaultPrompt(tokenizer: Tokenizer): string {
  const hasNewLine = tokenizer.encode("\n", { unknown: "skip" }).length > 0;
  return hasNewLine ? "\n" : tokenizer.decode([0]);
}
