import assert from "node:assert/strict";
import { matmulCodes } from "../../src/ops/bitlinear.ts";
import { evaluate, type HostArray, packCodes } from "../../src/tensor/evaluate.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { normal, uniform } from "./sweep.ts";

/** Elements of a row that share a scale: PASS_K in kernels/products/parts/product.as.ts. */
const BLOCK = 256;

interface Operands {
  readonly a: Float32Array;
  readonly codes: Int8Array;
  readonly scales: Float32Array;
  readonly residual: Float32Array;
}

function operands(M: number, N: number, K: number, largestCode: number): Operands {
  const random = uniform(4);
  const code = () => Math.round((2 * random() - 1) * largestCode);
  return {
    a: normal(M * K, 1),
    codes: Int8Array.from({ length: K * N }, code),
    scales: normal(K, 2).map((scale) => Math.abs(scale) + 0.1),
    residual: normal(M * N, 3),
  };
}

/** op(A)[m, k] · scales[k]. */
function scaled({ a, scales }: Operands, M: number, K: number, transposeA: boolean) {
  return (m: number, k: number) => a[transposeA ? k * M + m : m * K + k] * scales[k];
}

/** Awkward sizes and codes, for gradients of 16 bits and of 8. */
const cases = ([16, 8] as const).flatMap((bits) =>
  [1, 15, 127].flatMap((largestCode) =>
    [[1, 8, 1], [5, 12, 3], [33, 20, 257], [70, 264, 515], [64, 128, 768]].flatMap(([M, N, K]) =>
      [false, true].map((transposeA) => ({ bits, largestCode, M, N, K, transposeA }))
    )
  )
);

for (const { bits, largestCode, M, N, K, transposeA } of cases) {
  const name = `${transposeA ? "Aᵀ" : "A"}·Q of ${M}×${N}×${K}, codes to ${largestCode}`;
  deviceTest(
    `gradients of ${bits} bits: ${name}: no further off than rounding explains`,
    async (device) => {
      const given = operands(M, N, K, largestCode);
      const a = input("a", transposeA ? [K, M] : [M, K]);
      const codes = input("codes", [K, N], "i8");
      const scales = input("scales", [K]);
      const residual = input("residual", [M, N]);
      const options = { transposeA, residual, bits };
      const [y] = await evaluate(
        device,
        [matmulCodes(a, { codes, scales }, options)],
        new Map<Value, HostArray>([
          [a, given.a],
          [codes, packCodes(given.codes, N)],
          [scales, given.scales],
          [residual, given.residual],
        ]),
      );
      const factor = scaled(given, M, K, transposeA);
      const largest = 2 ** (bits - 1) - 1;
      for (let m = 0; m < M; m++) {
        const peaks = Array.from({ length: Math.ceil(K / BLOCK) }, (_, block) => {
          const end = Math.min(K, (block + 1) * BLOCK);
          let peak = 0;
          for (let k = block * BLOCK; k < end; k++) {
            peak = Math.max(peak, Math.abs(factor(m, k)));
          }
          return peak;
        });
        for (let n = 0; n < N; n++) {
          let sum = given.residual[m * N + n];
          let bound = 0;
          for (let k = 0; k < K; k++) {
            const code = given.codes[k * N + n];
            sum += factor(m, k) * code;
            // Half a scale of the peak, and the rounding of floats.
            bound += Math.abs(code) * peaks[Math.floor(k / BLOCK)] * (0.5 / largest + 2e-7);
          }
          const error = Math.abs(y[m * N + n] - sum);
          assert.ok(error <= bound + 1e-6, `${m}, ${n}: off by ${error}, at most ${bound}`);
        }
      }
    },
  );
}

for (const bits of [16, 8] as const) {
  deviceTest(
    `gradients of ${bits} bits: zeros, tiny and huge numbers and NaN keep to their rows`,
    async (device) => {
      const [M, N, K] = [6, 8, 10];
      const values = [0, 1e-36, 1e-20, 1e30, NaN, 1];
      const a = input("a", [M, K]);
      const codes = input("codes", [K, N], "i8");
      const scales = input("scales", [K]);
      const [y] = await evaluate(
        device,
        [matmulCodes(a, { codes, scales }, { bits })],
        new Map<Value, HostArray>([
          [a, Float32Array.from({ length: M * K }, (_, i) => values[Math.floor(i / K)])],
          [codes, packCodes(new Int8Array(K * N).fill(1), N)],
          [scales, new Float32Array(K).fill(0.5)],
        ]),
      );
      for (let m = 0; m < M; m++) {
        for (let n = 0; n < N; n++) {
          const actual = y[m * N + n];
          const expected = values[m] * 0.5 * K;
          // Gradients below 1e-30 may be taken for zeros.
          const close = Math.abs(actual - expected) <= Math.abs(expected) * 1e-4 + 1e-30;
          assert.ok(
            Number.isNaN(expected) ? Number.isNaN(actual) : close,
            `row of ${values[m]}: ${actual}`,
          );
        }
      }
    },
  );
}
