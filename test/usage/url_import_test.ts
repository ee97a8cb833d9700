/**
 * The program and the library from a URL, with nothing on the machine but Deno.
 */
import assert from "node:assert/strict";
import { programDeviceTest, programTest, TINY_MODEL, type Workplace } from "./program.ts";
import { withServedCheckout } from "./served_checkout.ts";

/** Nothing listens there: whoever needs a package fails. */
const noPackages = { NPM_CONFIG_REGISTRY: "http://127.0.0.1:9" };

/** Asserts that Deno's cache of a workplace holds modules and no npm package. */
async function assertNoPackages(place: Workplace): Promise<void> {
  const names = [...(await place.files("deno")).keys()];
  assert.ok(names.some((name) => name.startsWith("remote")), "nothing was downloaded at all");
  // Deno makes the folder whether it has something to put there or not.
  assert.deepEqual(names.filter((name) => /^npm\//.test(name)), []);
}

programTest(
  "the program runs from a URL, with an empty cache and no import map",
  (place) =>
    withServedCheckout(async (origin) => {
      const env = { DENO_DIR: place.path("deno"), NO_COLOR: "1", ...noPackages };
      const program = ["-A", `${origin}/mod.ts`];
      const help = await place.run(["--help"], { env, program });
      assert.equal(help.code, 0, help.stderr);
      assert.match(help.stdout, /^bittext trains/);
      assert.doesNotMatch(help.stderr, /npm:/);
      await assertNoPackages(place);

      const flags = ["--steps", "2", "--data", "text.txt", ...TINY_MODEL, "--sample-every", "0"];
      const train = await place.run(["train", "--out", "run", ...flags], { env, program });
      assert.equal(train.code, 0, train.stderr);
      assert.match(train.stdout, /Done after 2 steps/);
      assert.deepEqual(await place.checkpoints("run"), ["step-000002"]);
      assert.match(train.stderr, /^No loss curve: .*npm:vega.* draws it later$/m);
      const sweep = ["sweep", "--out", "sweep", "--bits", "1,32", "--device", "cpu", ...flags];
      const swept = await place.run(sweep, { env, program });
      assert.equal(swept.code, 0, swept.stderr);
      assert.deepEqual(await place.checkpoints("sweep/runs/bits-1_seed-0"), ["step-000002"]);
      assert.match(swept.stderr, /^Cannot draw figures: npm:vega.* cannot be had/m);
      assert.match(await Deno.readTextFile(place.path("sweep", "report.html")), /<td>1<\/td>/);
      await assertNoPackages(place);
    }),
);

programDeviceTest(
  "the library from a URL needs no permission but to import it",
  (place, backend) =>
    withServedCheckout(async (origin, host) => {
      await Deno.writeTextFile(
        place.path("script.ts"),
        `
        import { LanguageModel, openDevice, smallTextConfig } from "${origin}/mod.ts";
        using device = await openDevice({ backend: "${backend}" });
        const size = { vocabSize: 19, hiddenSize: 16, intermediateSize: 32, layers: 1 };
        const shape = { heads: 2, keyValueHeads: 2, maxPositions: 8 };
        using model = new LanguageModel({ ...smallTextConfig, ...size, ...shape }, device);
        model.memory.initialize(0);
        const tokens = Int32Array.from({ length: 16 }, (_, at) => at);
        const options = { shape: [2, 8] as const, targets: tokens.map((id) => id + 1) };
        const { logits, loss } = await model.forward(tokens, options);
        const gradients = await model.gradients(tokens, options);
        const zero = [...gradients].filter(([, values]) => values.every((value) => value === 0));
        console.log(JSON.stringify([logits.length, loss, gradients.size, zero.length]));
      `,
      );
      const { code, stdout, stderr } = await place.run([], {
        env: { DENO_DIR: place.path("deno"), ...noPackages },
        program: ["--no-prompt", `--allow-import=${host}`, "script.ts"],
      });
      assert.equal(code, 0, stderr);
      const [logits, loss, gradients, zero] = JSON.parse(stdout);
      assert.equal(logits, 2 * 8 * 19);
      assert.ok(loss > 2.5 && loss < 3.5, `loss ${loss}`);
      assert.equal(gradients, 14);
      assert.equal(zero, 0);
      await assertNoPackages(place);
    }),
);
