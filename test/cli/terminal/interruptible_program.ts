/** A program whose commands wait for Ctrl-C: `train` heeds it, `info` does not know of it. */

import type { CommandContext } from "../../../src/cli/terminal/context.ts";
import { main } from "../../../src/cli/main.ts";

async function wait(context: CommandContext, ms: number): Promise<void> {
  context.print("ready");
  await new Promise((resolve) => setTimeout(resolve, ms));
}

const heeds = {
  async run(_: unknown, context: CommandContext): Promise<void> {
    const { interrupted } = context;
    while (!interrupted.aborted) await wait(context, 20);
    await wait(context, 100);
    context.print("saved");
    interrupted.throwIfAborted();
  },
};
const ignores = { run: (_: unknown, context: CommandContext) => wait(context, 20_000) };

Deno.exit(
  await main(Deno.args, {
    commands: {
      prep: () => Promise.resolve(ignores),
      train: () => Promise.resolve(heeds),
      eval: () => Promise.resolve(ignores),
      generate: () => Promise.resolve(ignores),
      chat: () => Promise.resolve(ignores),
      quantize: () => Promise.resolve(ignores),
      sweep: () => Promise.resolve(ignores),
      figures: () => Promise.resolve(ignores),
      info: () => Promise.resolve(ignores),
      bench: () => Promise.resolve(ignores),
    },
  }),
);
