/**
 * The comparison on word parts, from end to end, with a small text for the books and a small hub.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestHub } from "../data/hub/test_hub.ts";
import { tinyText } from "../tiny_text.ts";
import { programTest, resultOf, root, TINY_MODEL } from "./program.ts";

const lines = tinyText(60).trimEnd().split("\n");
const foreign = lines.map((text) => JSON.stringify({ text: text + "\n" }) + "\n").join("");

programTest(
  "runs of float and ternary weights are evaluated on held-out and on foreign text",
  async (place) => {
    await using hub = new TestHub({
      "Salesforce/wikitext": {
        "README.md": "---\nconfigs:\n- config_name: wikitext-2-v1\n  data_files:\n" +
          "  - {split: train, path: wikitext-2-v1/train.jsonl}\n" +
          "  - {split: test, path: wikitext-2-v1/test.jsonl}\n---\n",
        "wikitext-2-v1/train.jsonl": foreign.repeat(9),
        "wikitext-2-v1/test.jsonl": foreign,
      },
    });
    const env = { HF_ENDPOINT: hub.url, HF_HOME: place.path("huggingface"), HF_TOKEN: "" };
    const program = ["-A", join(root, "tasks", "bpe_run.ts")];
    const run = async (...more: string[]) =>
      await place.run(
        [
          ...["--data", "text.txt", "--tokenizer", "bpe:290", "--steps", "2", "--device", "cpu"],
          ...[...TINY_MODEL, "--out", "compared", "--no-figures", ...more],
        ],
        { env: { ...env, INIT_CWD: place.folder }, program },
      );
    const ended = await run("--json", "--quiet");
    const evaluated = Object.values(resultOf(ended)) as Record<string, number>[];
    assert.deepEqual(
      evaluated.map(({ bits, text }) => [bits, text]),
      [[32, "held out"], [32, "WikiText-2 test"], [1.58, "held out"], [1.58, "WikiText-2 test"]],
    );
    const result = await Deno.readTextFile(place.path("compared", "results.jsonl"));
    const trained = result.trimEnd().split("\n").map((line) => JSON.parse(line));
    for (const { bits, text, loss, perplexity, bits_per_byte, tokens } of evaluated) {
      assert.equal(perplexity, Math.exp(loss));
      const own = trained.find((run) => run.bits === bits);
      if (String(text) === "held out") assert.equal(loss, own.best.loss);
      // Its first token is predicted by nothing, and is some bytes long.
      const bytes = lines.join("\n").length + 1;
      const counted = loss * tokens / Math.LN2 / bits_per_byte;
      if (String(text) !== "held out") assert.ok(counted < bytes && counted > bytes - 20);
    }
    // Of the foreign text only what is evaluated on was downloaded.
    assert.deepEqual(hub.downloads().filter((request) => !request.startsWith("README")), [
      "wikitext-2-v1/test.jsonl whole",
    ]);
    const kept = await Deno.readTextFile(place.path("compared", "evaluations.jsonl"));
    assert.deepEqual(kept.trimEnd().split("\n").map((line) => JSON.parse(line)), evaluated);

    // Once more it trains nothing, and needs no hub.
    const again = await run("--quiet");
    assert.equal(again.code, 0, again.stderr);
    assert.equal(again.stdout.trimEnd().split("\n").length, 5);
    assert.match(
      again.stdout,
      /^bits +seed +text +loss \(nats\/token\) +perplexity +bits per byte/,
    );
    assert.equal(await Deno.readTextFile(place.path("compared", "results.jsonl")), result);
    const wrong = await run("--steps", "many");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^bittext: Cannot .*many/);
  },
);
