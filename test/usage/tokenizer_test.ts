/**
 * What `--tokenizer` promises, from training to chat.
 */
import assert from "node:assert/strict";
import { splitText } from "../../src/data/splits/split.ts";
import { readTokenizer } from "../../src/data/tokenizers/tokenizer_file.ts";
import { trainBpe } from "../../src/data/tokenizers/train_bpe.ts";
import { assertClose } from "../assert_close.ts";
import { bert } from "../data/tokenizers/foreign_tokenizers.ts";
import { tinyText } from "../tiny_text.ts";
import { assertFails, assertSameRun, programTest, resultOf } from "./program.ts";

const FLAGS = ["--steps", "8", "--eval-every", "4", "--save-every", "4", "--log-every", "1"];

programTest("a BPE tokenizer is trained, used, resumed and evaluated", async (place) => {
  // Characters of several bytes: tokens end within them, and bytes are not characters.
  const text = tinyText().replaceAll("to ", "tó 😀 ");
  await Deno.writeTextFile(place.path("text.txt"), text);
  const flags = [...FLAGS, "--sample-every", "8", "--tokenizer", "bpe:290"];
  await place.train("whole", ...flags);

  const { train, validation } = splitText(text);
  const tokenizer = await readTokenizer(place.path("whole", "tokenizer.json"));
  const again = await trainBpe([train], { vocabSize: 290 });
  assert.deepEqual(tokenizer.toJSON(), again.toJSON());
  const config = JSON.parse(await Deno.readTextFile(place.path("whole", "config.json")));
  assert.equal(config.vocab_size, 290);

  const ids = tokenizer.encode(validation);
  const bytes = new TextEncoder().encode(validation).length - tokenizer.byteLength(ids[0]);
  const last = (await place.metrics("whole")).findLast(({ split }) => split === "val")!;
  assert.equal(last.tokens, ids.length - 1);
  const bits = Number(last.loss) * Number(last.tokens) / Math.LN2 / bytes;
  assertClose([Number(last.bits_per_byte)], [bits], { rtol: 1e-12 });

  // Without its last checkpoint the run goes on from the one before, with the tokenizer it has.
  await place.copy("whole", "resumed");
  await Deno.remove(place.path("resumed", "checkpoints", "step-000008"), { recursive: true });
  const resumed = await place.run([...place.training("resumed", ...flags), "--resume"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  assertSameRun(await place.essence("resumed"), await place.essence("whole"));
  const other = ["train", "--resume", "whole", "--tokenizer", "bpe:280"];
  assertFails(await place.run(other), 2, /--tokenizer bpe:280: .*another one/);

  const evaluation = resultOf(await place.run(["eval", "--run", "whole", "--json", "--quiet"]));
  assertClose([Number(evaluation.bits_per_byte)], [bits], { rtol: 1e-6 });
  const foreign = "Ünd ein anderer Text, 漢字.\n".repeat(40);
  await Deno.writeTextFile(place.path("other.txt"), foreign);
  const onOther = ["eval", "--run", "whole", "--data", "other.txt", "--json", "--quiet"];
  assert.ok(Number(resultOf(await place.run(onOther)).bits_per_byte) > 0);

  const generate = ["generate", "--run", "whole", "--tokens", "30", "--prompt", "漢 the"];
  const generated = resultOf(await place.run([...generate, "--json", "--quiet"]));
  assert.equal(generated.tokens, 30);
  assert.equal(generated.prompt, "漢 the");
  const chat = ["chat", "--run", "whole", "--tokens", "5", "--quiet"];
  const talk = await place.run(chat, { stdin: "the É 漢\n" });
  assert.equal(talk.code, 0, talk.stderr);
});

programTest("the tokenizer.json of somebody else is used and kept as it is", async (place) => {
  await Deno.writeTextFile(place.path("bert.json"), JSON.stringify(bert()));
  await place.train("run", ...FLAGS, "--tokenizer", "bert.json");
  const kept = JSON.parse(await Deno.readTextFile(place.path("run", "tokenizer.json")));
  assert.deepEqual(kept, bert());
  // The file may be gone when the run is resumed.
  await Deno.remove(place.path("bert.json"));
  const more = await place.run(["train", "--resume", "run", "--steps", "9", "--quiet"]);
  assert.equal(more.code, 0, more.stderr);
  const bytes = splitText(tinyText()).validation.length;
  const evaluation = resultOf(await place.run(["eval", "--run", "run", "--json", "--quiet"]));
  const perToken = Number(evaluation.loss) / Math.LN2 * Number(evaluation.tokens);
  assertClose([Number(evaluation.bits_per_byte)], [perToken / bytes], { rtol: 0.02 });
  const generate = ["generate", "--run", "run", "--tokens", "9", "--prompt", "The Word"];
  assert.equal(resultOf(await place.run([...generate, "--json", "--quiet"])).tokens, 9);
});

programTest("a tokenizer that cannot be used costs one line", async (place) => {
  await place.train("run", "--steps", "1");
  const before = await place.files();
  const write = (name: string, content: unknown) =>
    Deno.writeTextFile(place.path(name), JSON.stringify(content));
  const refuse = async (args: readonly string[], why: RegExp) =>
    assertFails(await place.run(args), 2, why);
  const train = (...flags: string[]) => place.training("new", "--steps", "1", ...flags);

  await refuse(train("--tokenizer", "bpe:100"), /bpe:100: 256 bytes and .* at least 257/);
  await refuse(train("--tokenizer", "bpe:many"), /bpe:many: it has no number of tokens/);
  await refuse(train("--tokenizer", "bite"), /bite: no such file .*did you mean byte\?/);
  assert.deepEqual([...await place.files()], [...before]);
  await write("broken.json", { ...bert(), decoder: { type: "Telepathy" } });
  await refuse(train("--tokenizer", "broken.json"), /broken\.json: Unknown Decoder type/);
  await Deno.writeTextFile(place.path("half.json"), JSON.stringify(bert()).slice(0, 500));
  await refuse(train("--tokenizer", "half.json"), /half\.json: it is not JSON/);

  const start = ["--init", "run", "--tokenizer", "byte"];
  await refuse(
    train(...start),
    /run: its vocabulary of 19 tokens is another than this run's of 256; leave/,
  );
  await write("run/tokenizer.json", bert());
  const misfit = /run\/tokenizer\.json with this model: it has 95 tokens, the model 19/;
  await refuse(["eval", "--run", "run"], misfit);
  await refuse(["generate", "--run", "run"], misfit);
  await refuse(["train", "--resume", "run", "--steps", "2"], misfit);
});

programTest("a text that is too short for so many tokens gets fewer, and a note", async (place) => {
  const args = place.training("run", "--steps", "1", "--tokenizer", "bpe:9999");
  const { code, stderr } = await place.run(args.filter((arg) => arg !== "--quiet"));
  assert.equal(code, 0, stderr);
  const [, tokens] = /enough for (\d+) tokens, not for 9,999/.exec(stderr) ?? [];
  const config = JSON.parse(await Deno.readTextFile(place.path("run", "config.json")));
  assert.equal(config.vocab_size, Number(tokens));
});
