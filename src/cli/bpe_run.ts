/**
 * Float and ternary weights compared on word parts: learned from books, evaluated on books and on foreign text.
 *
 * @module
 */
import { join } from "../host/paths.ts";
import { renderTable } from "../bench/table.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import type { Evaluation } from "../runs/text/evaluation.ts";
import { asksForHelp } from "./flags/arguments.ts";
import type { SweepOutcome } from "./commands/sweep.ts";
import { DONE } from "./terminal/exit_codes.ts";
import { main, type MainOptions } from "./main.ts";
import { type Output, standardOutput } from "./terminal/output.ts";

/** What is trained, unless the arguments say otherwise: the small configuration. */
const TRAINING: readonly string[] = [
  ...["--data", "gutenberg", "--tokenizer", "bpe:4096"],
  // The held-out books are long, and evaluated once more at the end.
  ...["--bits", "32,1.58", "--eval-every", "1000", "--out", "runs/bpe"],
];

/** The texts that the runs are evaluated on, as `eval` takes them: the held-out books, and foreign text. */
const EVALUATED: Readonly<Record<string, readonly string[]>> = {
  "held out": [],
  "WikiText-2 test": [
    ...["--data", "hf:Salesforce/wikitext/wikitext-2-v1", "--split", "test"],
    // Its rows are the lines of whole articles.
    "--join-rows",
  ],
};

/** A run, evaluated on a text. */
interface QualityMeasures extends Evaluation {
  /** Name of the run's directory. */
  readonly run: string;
  /** Bits per weight. */
  readonly bits: number;
  /** Seed of the run. */
  readonly seed: number;
  /** What it was evaluated on. */
  readonly text: string;
}

/**
 * Runs the comparison; a comparison that was interrupted goes on.
 *
 * @param args Flags of `sweep`, which count more than what is trained by default.
 * @param options What surrounds it.
 * @returns The exit code; whatever went wrong has been printed on stderr.
 */
export async function compareOnWordParts(
  args: readonly string[],
  options: MainOptions = {},
): Promise<number> {
  if (asksForHelp(args)) return await main(["sweep", "--help"], options);
  const stdout = options.stdout ?? standardOutput();
  const quiet = args.includes("--quiet") ? ["--quiet"] : [];
  const swept = await resultOf<SweepOutcome>(["sweep", ...TRAINING, ...args], options);
  if (typeof swept === "number") return swept;
  const evaluations: QualityMeasures[] = [];
  // Results come in the order in which the runs ended.
  const runs = swept.results.toSorted((a, b) => b.bits - a.bits || a.seed - b.seed);
  for (const { id: run, bits, seed, device } of runs) {
    for (const [text, flags] of Object.entries(EVALUATED)) {
      const directory = join(swept.sweep, "runs", run);
      const evaluation = await resultOf<Evaluation>(
        ["eval", "--run", directory, "--device", device, ...flags, ...quiet],
        options,
      );
      if (typeof evaluation === "number") return evaluation;
      evaluations.push({ run, bits, seed, text, ...evaluation });
    }
  }
  const lines = evaluations.map((evaluation) => JSON.stringify(evaluation) + "\n").join("");
  await writeFileAtomic(join(swept.sweep, "evaluations.jsonl"), lines);
  stdout.write(args.includes("--json") ? JSON.stringify(evaluations) + "\n" : table(evaluations));
  return DONE;
}

/** What a command prints with `--json`, or the exit code of one that failed. */
async function resultOf<T>(args: readonly string[], options: MainOptions): Promise<T | number> {
  let text = "";
  const stdout: Output = {
    write: (part) => void (text += part),
    isTerminal: false,
    hasColor: false,
    columns: () => 100,
  };
  const code = await main([...args, "--json"], { ...options, stdout });
  return code === DONE ? JSON.parse(text) : code;
}

function table(evaluations: readonly QualityMeasures[]): string {
  const columns = [
    { header: "bits" },
    { header: "seed" },
    { header: "text", left: true },
    { header: "loss (nats/token)" },
    { header: "perplexity" },
    { header: "bits per byte" },
    { header: "tokens" },
  ];
  const rows = evaluations.map(({ bits, seed, text, tokens, ...evaluation }) => [
    String(bits),
    String(seed),
    text,
    evaluation.loss.toFixed(4),
    evaluation.perplexity.toFixed(2),
    evaluation.bits_per_byte.toFixed(4),
    tokens.toLocaleString("en"),
  ]);
  return renderTable(columns, rows).join("\n") + "\n";
}
