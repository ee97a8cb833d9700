import { activation, type ActivationKind, activationOp } from "../../src/ops/activation.ts";
import { input } from "../../src/tensor/value.ts";
import { testGolden } from "./golden_ops.ts";
import { type OpCase, testOp } from "./sweep.ts";

const kinds: readonly ActivationKind[] = ["silu", "relu2", "gelu", "gelu_tanh", "quick_gelu"];
const extremes = [0, -0, 0.5, -0.5, 1, -1, 3, -3, 6, -6, 12, -12, 30, -30, 100, -100, 1e4, -1e4];

testOp(
  activationOp,
  kinds.flatMap((kind): OpCase[] => {
    const apply: OpCase["apply"] = ([x]) => [activation(x, kind)];
    return [
      ...[[], [1, 1], [45, 65], [128, 128]].map((shape) => ({
        name: `${kind} (${shape})`,
        inputs: [{ shape }],
        apply,
      })),
      { name: `${kind} of extremes`, inputs: [{ shape: [18], data: extremes }], apply },
      {
        // Over [-8, 8] the smooth ones must be within 1e-6 of the truth, not of the largest value alone.
        name: `${kind} on a fine grid`,
        inputs: [{
          shape: [1601],
          data: Float64Array.from({ length: 1601 }, (_, i) => i / 100 - 8),
        }],
        rtol: kind === "relu2" ? 1e-6 : 1.5e-7,
        apply,
      },
    ];
  }),
  [{
    name: "integers",
    run: () => activation(input("x", [3], "i32"), "silu"),
    message: /Cannot apply activation to \(3\): expected f32/,
  }],
);

for (const name of kinds) testGolden({ name, apply: ({ x }) => activation(x, name) });
