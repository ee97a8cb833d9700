import assert from "node:assert/strict";
import { bitLinear, bitLinearOp, matmulCodes, matmulCodesOp } from "../../src/ops/bitlinear.ts";
import { linear } from "../../src/ops/linear.ts";
import { quantizeActivations } from "../../src/ops/quantize_activations.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { Parameter, ParameterLayout, ParameterValue } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { elementCount, input, type Shape, Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { goldenTensor } from "./golden_ops.ts";
import { deviceData, testHardwareKernel } from "./hardware.ts";
import { normal, type OpCase, referenceOf, testOp, uniform } from "./sweep.ts";

/** Codes from -128 to 127. */
function randomCodes(shape: Shape, seed: number): Int32Array<ArrayBuffer> {
  const random = uniform(seed);
  return Int32Array.from({ length: elementCount(shape) }, () => Math.floor(random() * 256) - 128);
}

/** Codes from −largest to largest. */
function smallCodes(shape: Shape, seed: number, largest: number): Int32Array<ArrayBuffer> {
  return randomCodes(shape, seed).map((code) => Math.round(code * largest / 128));
}

const codes = (shape: Shape, seed: number) => ({
  shape,
  dtype: "i8" as const,
  data: randomCodes(shape, seed),
  grad: false,
});

const sizes = [[1, 1, 1], [45, 65, 33], [128, 128, 128], [8, 3, 70], [130, 257, 96]];

testOp(
  bitLinearOp,
  [
    ...sizes.map(([M, N, K]): OpCase => ({
      name: `${M}×${N}×${K}`,
      inputs: [codes([M, K], 1), { shape: [M] }, codes([N, K], 2), { shape: [N] }],
      apply: ([x, xScales, w, wScales]) => [
        bitLinear({ codes: x, scales: xScales }, { codes: w, scales: wScales }),
      ],
      differentiable: false,
    })),
    ...[[1, 9, 7], [2, 8, 33], [5, 3, 9], [45, 65, 33], [70, 136, 40]].map(([M, N, K]): OpCase => ({
      name: `${M}×${N}×${K} + residual + bias`,
      inputs: [
        codes([M, K], 1),
        { shape: [M] },
        codes([N, K], 2),
        { shape: [N] },
        { shape: [M, N] },
        { shape: [N] },
      ],
      apply: ([x, xScales, w, wScales, residual, bias]) => [
        bitLinear({ codes: x, scales: xScales }, { codes: w, scales: wScales }, residual, bias),
      ],
      differentiable: false,
    })),
    // A scale for each group of the columns of W; the last one is smaller in all but one.
    ...[
      ...[[1, 9, 65, 32], [2, 8, 96, 64], [5, 3, 70, 64], [45, 65, 129, 32]],
      ...[[70, 136, 256, 128], [3, 5, 40, 64], [9, 5, 1400, 1280]],
    ].flatMap(([M, N, K, groupSize]) =>
      [1, 127].map((largest): OpCase => ({
        name: `${M}×${N}×${K}, groups of ${groupSize}, weights up to ${largest}`,
        inputs: [
          codes([M, K], 1),
          { shape: [M] },
          { ...codes([N, K], 2), data: smallCodes([N, K], 2, largest) },
          { shape: [Math.ceil(K / groupSize), N] },
          { shape: [M, N] },
          { shape: [N] },
        ],
        apply: ([x, xScales, w, wScales, residual, bias]) => [
          bitLinear(
            { codes: x, scales: xScales },
            { codes: w, scales: wScales, groupSize },
            residual,
            bias,
          ),
        ],
        differentiable: false,
      }))
    ),
    {
      name: "leading dimensions and a residual",
      inputs: [
        codes([2, 3, 9], 1),
        { shape: [2, 3] },
        codes([5, 9], 2),
        { shape: [5] },
        { shape: [2, 3, 5] },
      ],
      apply: ([x, xScales, w, wScales, residual]) => [
        bitLinear({ codes: x, scales: xScales }, { codes: w, scales: wScales }, residual),
      ],
      differentiable: false,
    },
  ],
  [
    {
      name: "features that differ",
      run: () =>
        bitLinear(
          { codes: input("x", [2, 4], "i8"), scales: input("xs", [2]) },
          { codes: input("w", [3, 5], "i8"), scales: input("ws", [3]) },
        ),
      message: /Cannot apply bit_linear to .*: inner dimensions must agree, got 4 and 5/,
    },
    {
      name: "one scale for all rows",
      run: () =>
        bitLinear(
          { codes: input("x", [2, 4], "i8"), scales: input("xs", [2]) },
          { codes: input("w", [3, 4], "i8"), scales: input("ws", [1]) },
        ),
      message: /one f32 scale per row, got i8 codes of 3 rows and 1 f32 scales/,
    },
    {
      name: "one scale per row where there are two groups",
      run: () =>
        bitLinear(
          { codes: input("x", [2, 40], "i8"), scales: input("xs", [2]) },
          { codes: input("w", [3, 40], "i8"), scales: input("ws", [3]), groupSize: 32 },
        ),
      message: /i8 codes and 2 f32 scales per row, got i8 codes of 3 rows and 3 f32 scales/,
    },
    {
      name: "an odd group",
      run: () =>
        bitLinear(
          { codes: input("x", [2, 40], "i8"), scales: input("xs", [2]) },
          { codes: input("w", [3, 40], "i8"), scales: input("ws", [6]), groupSize: 20 },
        ),
      message: /a group is a multiple of 32 columns, not 20/,
    },
    {
      name: "a bias of another size",
      run: () =>
        bitLinear(
          { codes: input("x", [2, 4], "i8"), scales: input("xs", [2]) },
          { codes: input("w", [3, 4], "i8"), scales: input("ws", [3]) },
          undefined,
          input("bias", [4]),
        ),
      message: /the bias must be f32 of 3 elements/,
    },
    {
      name: "float weights",
      run: () =>
        bitLinear(
          { codes: input("x", [2, 4], "i8"), scales: input("xs", [2]) },
          { codes: input("w", [3, 4]), scales: input("ws", [3]) },
        ),
      message: /got f32 codes/,
    },
  ],
);

testOp(
  matmulCodesOp,
  [
    ...[[1, 65, 3, 32], [45, 96, 33, 64], [40, 257, 70, 128], [9, 40, 5, 64]].map(
      ([M, N, K, groupSize]): OpCase => ({
        name: `A·Q of ${M}×${N}×${K}, groups of ${groupSize}`,
        inputs: [{ shape: [M, K] }, codes([K, N], 3), { shape: [Math.ceil(N / groupSize), K] }],
        apply: ([a, codes, scales]) => [matmulCodes(a, { codes, scales, groupSize })],
        differentiable: false,
      }),
    ),
    ...[...sizes, [33, 20, 6]].flatMap(([M, N, K]) =>
      [false, true].flatMap((transposeA) =>
        [false, true].map((hasResidual): OpCase => ({
          name: `${transposeA ? "Aᵀ" : "A"}·Q of ${M}×${N}×${K}${hasResidual ? " + residual" : ""}`,
          inputs: [
            { shape: transposeA ? [K, M] : [M, K] },
            codes([K, N], 3),
            { shape: [K] },
            ...hasResidual ? [{ shape: [M, N] }] : [],
          ],
          apply: ([a, codes, scales, residual]) => [
            matmulCodes(a, { codes, scales }, { transposeA, residual }),
          ],
          differentiable: false,
        }))
      )
    ),
  ],
  [
    {
      name: "inner dimensions that differ",
      run: () =>
        matmulCodes(input("a", [2, 4]), {
          codes: input("q", [5, 3], "i8"),
          scales: input("s", [5]),
        }),
      message: /Cannot apply matmul_codes to .*: inner dimensions must agree, got 4 and 5/,
    },
  ],
);

/** A quantized matrix as leaves, with its data. */
function quantizedLeaf(shape: readonly [number, number], seed: number, groupSize = 0) {
  const groups = groupSize === 0 ? 1 : Math.ceil(shape[1] / groupSize);
  const codes = input("codes", shape, "i8");
  const scales = input("scales", [groups, shape[0]]);
  const feeds: [Value, HostArray][] = [
    [codes, randomCodes(shape, seed)],
    [scales, normal(groups * shape[0], seed + 1)],
  ];
  return { codes, scales, feeds, groupSize };
}

for (
  const [file, hardwareSizes] of [
    ["products/bitlinear.wgsl + large_code_tiles.wgsl", [[2749, 132, 75, 0], [710, 708, 64, 0], [
      710,
      708,
      168,
      64,
    ]]],
    ["products/bitlinear.wgsl + small_code_tiles.wgsl", [
      ...[[1, 1, 1, 0], [45, 65, 33, 0], [96, 64, 256, 0], [130, 257, 129, 0]],
      ...[[45, 65, 33, 32], [96, 64, 256, 32], [130, 257, 129, 96], [9, 5, 200, 128]],
    ]],
  ] as const
) {
  for (const [M, N, K, groupSize] of hardwareSizes) {
    const x = quantizedLeaf([M, K], 5);
    const w = quantizedLeaf([N, K], 8, groupSize);
    const residual = input("residual", [M, N]);
    const bias = input("bias", [N]);
    testHardwareKernel({
      file,
      name: `${M}×${N}×${K}, groups of ${groupSize}, residual, bias`,
      feeds: new Map([
        ...x.feeds,
        ...w.feeds,
        [residual, normal(M * N, 11)],
        [bias, normal(N, 12)],
      ]),
      output: bitLinear(x, w, residual, bias),
    });
  }
}

for (
  const [file, hardwareSizes] of [
    ["products/matmul_codes.wgsl + large_tiles.wgsl", [[8069, 132, 35, 0], [1003, 2044, 48, 0], [
      8069,
      132,
      35,
      64,
    ]]],
    ["products/matmul_codes.wgsl + split_tiles.wgsl", [
      ...[[1, 1, 1, 0], [45, 65, 33, 0], [64, 96, 200, 0], [130, 257, 129, 0]],
      ...[[45, 65, 33, 32], [130, 257, 129, 128]],
    ]],
  ] as const
) {
  for (const [M, N, K, groupSize] of hardwareSizes) {
    for (const transposeA of [false, true]) {
      const a = input("a", transposeA ? [K, M] : [M, K]);
      const b = quantizedLeaf([K, N], 5, groupSize);
      const residual = input("residual", [M, N]);
      testHardwareKernel({
        file,
        name: `${
          transposeA ? "Aᵀ" : "A"
        }·Q of ${M}×${N}×${K}, groups of ${groupSize}, residual, accumulated`,
        feeds: new Map([...b.feeds, [a, normal(M * K, 1)], [residual, normal(M * N, 2)]]),
        accumulate: true,
        output: matmulCodes(a, b, { transposeA, residual, accumulate: true }),
      });
    }
  }
}

// At K = 4097 the sums leave the range in which f32 holds every integer.
for (const [M, N, K] of [...sizes, [9, 5, 4097]]) {
  deviceTest(`bit_linear: sums of ${M}×${N}×${K} are exact, then rounded once`, async (device) => {
    const x = quantizedLeaf([M, K], 21);
    const w = quantizedLeaf([N, K], 31);
    const [, xCodes] = x.feeds[0];
    const [, wCodes] = w.feeds[0];
    xCodes.fill(-128, 0, K);
    wCodes.fill(-128, 0, K);
    wCodes[K - 1] = 127;
    const feeds = new Map(
      [...x.feeds, ...w.feeds].map(([value, data]) => [value, deviceData(value, data)] as const),
    );
    const [y] = await evaluate(device, [bitLinear(x, w)], feeds);
    const expected = Float32Array.from({ length: M * N }, (_, i) => {
      const m = Math.floor(i / N);
      const n = i % N;
      let sum = 0;
      for (let k = 0; k < K; k++) sum += xCodes[m * K + k] * wCodes[n * K + k];
      return Math.fround(sum) * Math.fround(x.feeds[1][1][m] * w.feeds[1][1][n]);
    });
    assert.deepEqual(y, expected);
  });
}

// Kernels may sum small weights in fewer bits: the largest sums of every magnitude must fit.
for (const [M, largest] of [[9, 0], [9, 1], [9, 2], [9, 7], [9, 16], [9, 17], [2, 1], [2, 127]]) {
  const name = `bit_linear: ${M} rows, weights up to ${largest}, summed exactly`;
  deviceTest(name, async (device) => {
    const [N, K] = [21, 1030];
    const x = quantizedLeaf([M, K], 21);
    const w = quantizedLeaf([N, K], 31);
    const [, xCodes] = x.feeds[0];
    const [, wCodes] = w.feeds[0];
    wCodes.forEach((code, i) => wCodes[i] = Math.round(code * largest / 128));
    xCodes.fill(-128, 0, K).fill(127, K, 2 * K);
    wCodes.fill(-largest, 0, K).fill(largest, K, 2 * K);
    const feeds = new Map(
      [...x.feeds, ...w.feeds].map(([value, data]) => [value, deviceData(value, data)] as const),
    );
    const [y] = await evaluate(device, [bitLinear(x, w)], feeds);
    const expected = Float32Array.from({ length: M * N }, (_, i) => {
      const m = Math.floor(i / N);
      const n = i % N;
      let sum = 0;
      for (let k = 0; k < K; k++) sum += xCodes[m * K + k] * wCodes[n * K + k];
      return sum * Math.fround(x.feeds[1][1][m] * w.feeds[1][1][n]);
    });
    assert.deepEqual(y, expected);
  });
}

deviceTest(
  "bit_linear: gradients use the quantized operands, add and accumulate",
  async (device) => {
    const [M, N, K] = [45, 20, 33];
    const groupSize = 32;
    const weight = new Parameter({
      parts: [{ name: "weight", shape: [N, K] }],
      initializer: { kind: "constant", value: 0 },
      decay: true,
    });
    const layout = new ParameterLayout([weight], device.description.maxBindingBytes);
    const held = input("weight codes", [N, K], "i8");
    const image = new ParameterValue(weight, held.location!, "i8");
    const x = quantizedLeaf([M, K], 41);
    const w = quantizedLeaf([N, K], 51, groupSize);
    const dy = input("dy", [M, N]);
    const y = bitLinear(x, { codes: image, scales: w.scales, groupSize });
    const { gradients, stores } = reverse(y, dy, { layout, wrt: [x.codes], accumulate: true });
    const plan = makePlan([gradients.get(x.codes)!, ...stores]);
    assert.equal(plan.dispatches.length, 2);

    const prior = normal(N * K, 61);
    const place = new Value(weight, { location: layout.gradientLocation(weight) });
    const dyData = normal(M * N, 62);
    const feeds = new Map<Value, HostArray>([...x.feeds, ...w.feeds, [dy, dyData], [place, prior]]);
    feeds.set(held, feeds.get(w.codes)!);
    const packed = new Map(
      [...feeds].map(([value, data]) => [value, deviceData(value, data)] as const),
    );
    const results = [gradients.get(x.codes)!, stores[0]];
    const [dx, dw] = await evaluate(device, results, packed);
    const [expectedDx, expectedDw] = referenceOf(
      [matmulCodes(dy, w), matmulCodes(dy, x, { transposeA: true })],
      feeds,
    );
    assertClose(dx, expectedDx, { label: "dx" });
    assertClose(dw, expectedDw.map((value, i) => value + prior[i]), { label: "dw" });
  },
);

deviceTest("bit_linear: a gradient that waits is added in the same dispatch", async (device) => {
  const x = quantizedLeaf([6, 8], 71);
  const first = quantizedLeaf([5, 8], 73);
  const second = quantizedLeaf([5, 8], 75);
  const dy = input("dy", [6, 5]);
  const y = bitLinear(x, second, bitLinear(x, first));
  const { gradients } = reverse(y, dy, { wrt: [x.codes] });
  const dx = gradients.get(x.codes)!;
  assert.equal(makePlan([dx]).dispatches.length, 2);
  const feeds = new Map<Value, HostArray>([
    ...x.feeds,
    ...first.feeds,
    ...second.feeds,
    [dy, normal(30, 77)],
  ]);
  const packed = new Map(
    [...feeds].map(([value, data]) => [value, deviceData(value, data)] as const),
  );
  const [actual] = await evaluate(device, [dx], packed);
  const parts = referenceOf([matmulCodes(dy, first), matmulCodes(dy, second)], feeds);
  const sum = parts[0].map((value, i) => value + parts[1][i]);
  assertClose(actual, sum, { label: "dx" });
});

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

type Scheme = (w: readonly number[]) => { codes: number[]; scale: number };

const meanOf = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const absolute = (values: readonly number[]) => values.map(Math.abs);

const absmax = (bits: number): Scheme => (w) => {
  const q = 2 ** (bits - 1) - 1;
  const scale = Math.max(Math.max(...absolute(w)), 1e-5) / q;
  return { codes: w.map((v) => Math.max(-q, Math.min(q, roundHalfEven(v / scale)))), scale };
};

/** Schemes over a whole matrix or, for `row`, one row. */
const schemes: Readonly<Record<string, Scheme>> = {
  absmean(w) {
    const scale = Math.max(meanOf(absolute(w)), 1e-5);
    return { codes: w.map((v) => Math.max(-1, Math.min(1, roundHalfEven(v / scale)))), scale };
  },
  sign(w) {
    const mean = meanOf(w);
    return { codes: w.map((v) => v - mean >= 0 ? 1 : -1), scale: meanOf(absolute(w)) };
  },
  absmax2: absmax(2),
  absmax4: absmax(4),
  absmax8: absmax(8),
};

/** 0.7 times the mean magnitude of a row decides what counts; the scale is that of the whole matrix. */
function threshold(w: readonly number[], K: number): { codes: number[]; scale: number } {
  const codes = w.map((v, i) => {
    const begin = i - i % K;
    return Math.abs(v) > 0.7 * meanOf(absolute(w.slice(begin, begin + K))) ? Math.sign(v) : 0;
  });
  const kept = codes.reduce((sum, code) => sum + code * code, 0);
  const sum = codes.reduce((total, code, i) => total + code * w[i], 0);
  return { codes, scale: sum / Math.max(kept, 1e-6) };
}

function quantizeRows(
  w: readonly number[],
  K: number,
  scheme: string,
  perRow: boolean,
): { codes: Int32Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
  const rows = w.length / K;
  if (!perRow) {
    const { codes, scale } = scheme === "threshold" ? threshold(w, K) : schemes[scheme](w);
    return { codes: Int32Array.from(codes), scales: new Float32Array(rows).fill(scale) };
  }
  const groups = Array.from({ length: rows }, (_, row) => {
    const values = w.slice(row * K, (row + 1) * K);
    return schemes[scheme](values);
  });
  return {
    codes: Int32Array.from(groups.flatMap((group) => group.codes)),
    scales: Float32Array.from(groups, (group) => group.scale),
  };
}

for (
  const [name, scheme, bits, perRow] of [
    ["bitlinear_absmean_w1.58a8", "absmean", 8, false],
    ["bitlinear_sign_w1a8", "sign", 8, false],
    ["bitlinear_absmax_w4a8", "absmax4", 8, false],
    ["bitlinear_absmax_w2a8_row", "absmax2", 8, true],
    ["bitlinear_absmax_w8a4", "absmax8", 4, false],
    ["bitlinear_threshold_w1.58a8", "threshold", 8, false],
    ["bitlinear_w32a32", "none", 32, false],
  ] as const
) {
  deviceTest(`golden: ${name}`, async (device) => {
    const golden = (key: string) => goldenTensor(`${name}.${key}`);
    const { shape, data } = golden("w");
    const x = input("x", golden("x").shape);
    const dy = input("dy", golden("grad_y").shape);
    const feeds = new Map<Value, HostArray>([
      [x, golden("x").data],
      [dy, golden("grad_y").data],
    ]);
    const b = input("b", golden("b").shape);
    feeds.set(b, golden("b").data);
    let w: Value;
    let y: Value;
    if (bits === 32) {
      w = input("w", shape);
      feeds.set(w, data);
      y = linear(x, w, undefined, b);
    } else {
      const { codes, scales } = quantizeRows([...data], shape[1], scheme, perRow);
      w = input("w", shape, "i8");
      const wScales = input("scales", [shape[0]]);
      feeds.set(w, deviceData(w, codes)).set(wScales, scales);
      const quantized = quantizeActivations(x, { bits });
      y = bitLinear(quantized, { codes: w, scales: wScales }, undefined, b);
    }
    const { gradients } = reverse(y, dy, { wrt: [x, w, b] });
    const results = [y, gradients.get(x)!, gradients.get(w)!, gradients.get(b)!];
    const [actual, dx, dw, db] = await evaluate(device, results, feeds);
    assertClose(actual, golden("y").data, { label: "y" });
    assertClose(db, golden("grad_b").data, { label: "gradient of b" });
    assertClose(dx, golden("grad_x").data, { label: "gradient of x" });
    assertClose(dw, golden("grad_w").data, { label: "gradient of w" });
  });
}
