/**
 * Lines of metrics as people read them.
 *
 * @module
 */
import type { RunFamily } from "../../runs/family.ts";
import type { ShownMetric } from "../../runs/metrics.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { MetricsLine } from "../../train/run_directory.ts";
import type { TunerDecision, TunerLine } from "../../train/tuner/decision.ts";

/** What evaluations of models of any family tell of their quantizers. */
const QUANTIZERS: readonly ShownMetric[] = [
  { name: "sparsity", words: "sparsity", digits: 3 },
  { name: "saturation", words: "saturation", digits: 4 },
];

/** An evaluation, such as `loss 1.6512 nats per token  perplexity 5.213`. */
export function describeEvaluation(line: MetricsLine, { unit, metrics }: RunFamily): string {
  const others = [...metrics, ...QUANTIZERS].filter(({ name }) => line[name] !== undefined)
    .map(({ name, words, digits }) => `  ${words} ${fixed(line[name], digits)}`);
  return `loss ${fixed(line.loss, 4)} nats per ${unit}${others.join("")}`;
}

/** A line of `metrics.jsonl`. */
export function describeMetrics(
  line: MetricsLine,
  family: RunFamily,
  { steps, qatStart }: TrainingOptions,
): string {
  const at = position(line, steps) + (qatStart > 0 ? `  ${line.phase}` : "");
  if (line.split !== "train") return `${at}  validation ${describeEvaluation(line, family)}`;
  const { unit } = family;
  return `${at}  loss ${fixed(line.loss, 4)}  lr ${Number(line.lr).toExponential(2)}  ` +
    `norm ${fixed(line.grad_norm, 2)}  ${fixed(line.ms_per_step, 1)} ms/step  ` +
    `${line[`${unit}s_per_second`]} ${unit}s/s`;
}

/** One line of text per decision of the tuner. */
export function describeTuner(line: TunerLine, steps: number): string[] {
  return line.decisions.map((decision) =>
    `${position(line, steps)}  tuner: ${describeDecision(decision)}`
  );
}

function describeDecision({ setting, from, to, applied, reason }: TunerDecision): string {
  const name = setting.replace("_", " ");
  if (from === null || to === null) return `no ${name}: ${reason}`;
  if (from === to) return `${name} stays ${concise(from)}: ${reason}`;
  const verb = applied ? "" : "would go ";
  return `${name} ${verb}${concise(from)} → ${concise(to)}: ${reason}` +
    (applied ? "" : " (--use-tuner-lr lets it)");
}

function position({ step }: { readonly step: number }, steps: number): string {
  return `step ${String(step).padStart(String(steps).length)}/${steps}`;
}

const fixed = (value: unknown, digits: number) => Number(value).toFixed(digits);
/** Rates are small, thresholds and steps are not. */
const concise = (value: number) =>
  value < 0.01 ? value.toExponential(2) : String(+value.toFixed(4));
