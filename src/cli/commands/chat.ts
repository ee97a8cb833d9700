/**
 * `chat`: type a line, read how the model goes on.
 *
 * @module
 */
import { inputLines } from "../../host/input_lines.ts";
import { openDevice } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import { generate } from "../../infer/generate.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { openText } from "../runs/open_text.ts";
import { messageOf } from "../terminal/exit_codes.ts";
import { samplingOptions, samplingRandom } from "../runs/sampling.ts";

/** Runs the command until the input ends. */
export async function run(
  flags: ParsedFlags<"chat">,
  context: CommandContext,
): Promise<{ readonly turns: number }> {
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  using opened = await openText(flags.run, device);
  const { model, tokenizer, directory } = opened;
  context.note(`${directory.path}: type a line; Ctrl-D ends`);
  const random = samplingRandom(flags.seed);
  const { vocabSize } = tokenizer;
  const history: number[] = [];
  let turns = 0;
  if (!context.json) context.write("> ");
  for await (const line of inputLines()) {
    try {
      for (const id of tokenizer.encode(line + "\n")) history.push(id);
    } catch (error) {
      // A character the model has never seen must not end the conversation.
      if (!(error instanceof InputError)) throw error;
      context.note(messageOf(error));
      context.write("> ");
      continue;
    }
    const decoder = tokenizer.decoder();
    const options = { ...samplingOptions(flags), tokens: flags.tokens, vocabSize, random };
    for await (const id of generate(model, Int32Array.from(history), options)) {
      history.push(id);
      context.write(decoder.push(id));
    }
    context.write(decoder.flush() + "\n> ");
    turns++;
  }
  context.print();
  return { turns };
}
