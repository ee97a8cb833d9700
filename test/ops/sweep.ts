/**
 * The test that every op passes: outputs against the float64 reference, gradients against its central
 * differences, repeatability, and the messages for wrong input.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Device, DType } from "../../src/device/device.ts";
import { encodeStep, type StepValues } from "../../src/ops/step_values.ts";
import { CompiledPlan, type HostArray } from "../../src/tensor/compiled_plan.ts";
import { packCodes } from "../../src/tensor/evaluate.ts";
import { apply, type Op, type Reference } from "../../src/tensor/op.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { ancestors, reverse } from "../../src/tensor/reverse.ts";
import {
  byteLengthOf,
  elementCount,
  input,
  lastDimension,
  type Shape,
  Value,
} from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";

/** One input of a case. */
export interface CaseInput {
  readonly shape: Shape;
  /** Default f32. */
  readonly dtype?: DType;
  /** Row-major, codes unpacked. Default: standard normal, seeded. */
  readonly data?: ArrayLike<number>;
  /** Whether its gradient is checked. Default: f32 inputs yes, others no. */
  readonly grad?: boolean;
}

/** One application of an op. */
export interface OpCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  /** Applies the op (or a few ops of which it is one) and returns what is to be checked. */
  apply(inputs: Value[]): Value[];
  /** Relative to the largest value of each output. Default 1e-5. */
  readonly rtol?: number;
  /** False: gradients are not checked. */
  readonly differentiable?: boolean;
  /** Relative to the largest difference quotient of each input. Default 1e-4. */
  readonly fdTolerance?: number;
  /** Indices of the outputs that are compared. Default: all. */
  readonly compare?: readonly number[];
  /** Indices of the outputs that receive a cotangent. Default: every f32 output. */
  readonly cotangents?: readonly number[];
}

/** A misuse that must throw a TypeError. */
export interface InvalidCase {
  readonly name: string;
  run(): unknown;
  readonly message: RegExp;
}

/** The step values that all op tests run with. */
export const testStep: StepValues = {
  step: 3,
  seed: 1234,
  activationMomentum: 0.9,
};

/** Registers the tests of an op: one per case and device, one per misuse. */
export function testOp<A>(
  op: Op<A>,
  cases: readonly OpCase[],
  invalid: readonly InvalidCase[] = [],
): void {
  for (const opCase of cases) {
    deviceTest(`${op.name}: ${opCase.name}`, async (device) => {
      const traced = traceCase(opCase);
      const used = ancestors(traced.outputs).some((node) => node.op.name === op.name);
      assert.ok(used, `the case does not apply ${op.name}`);
      await checkOutputs(device, opCase, traced);
      if (opCase.differentiable === false) return;
      const gradients = await checkGradients(device, opCase, traced);
      await checkPending(device, opCase, traced.data, gradients);
      await checkParameters(device, opCase, traced.data, gradients);
    });
  }
  for (const { name, run, message } of invalid) {
    Deno.test(`${op.name}: ${name} throws`, () => {
      assert.throws(run, (error) => {
        assert.ok(error instanceof TypeError, `expected a TypeError, got ${error}`);
        assert.match(error.message, message);
        return true;
      });
    });
  }
}

interface Traced {
  readonly inputs: Value[];
  readonly outputs: Value[];
  /** Unpacked data of each input. */
  readonly data: HostArray[];
}

function traceCase(opCase: OpCase): Traced {
  const inputs = opCase.inputs.map(({ shape, dtype }, i) => input(`input ${i}`, shape, dtype));
  const data = opCase.inputs.map(({ shape, dtype = "f32", data }, i) => {
    const count = elementCount(shape);
    const values = data ?? normal(count, 17 + i);
    assert.equal(values.length, count, `${opCase.name}: data of input ${i}`);
    if (dtype === "f32") return Float32Array.from(values);
    return dtype === "u32" ? Uint32Array.from(values) : Int32Array.from(values);
  });
  return { inputs, outputs: opCase.apply([...inputs]), data };
}

/** Data as the device holds it. */
function deviceData(value: Value, data: HostArray): HostArray {
  return value.dtype === "i8" ? packCodes(Int8Array.from(data), lastDimension(value.shape)) : data;
}

/** Runs a graph twice on a device, checks that both give the same bits, and returns the first results. */
async function runTwice(
  device: Device,
  results: readonly Value[],
  feeds: ReadonlyMap<Value, HostArray>,
): Promise<HostArray[]> {
  using plan = await CompiledPlan.make(device, makePlan(results));
  const run = async () => {
    // Results start as NaN, so that an element nobody writes is seen; feeds may overwrite that.
    for (const value of results) {
      plan.write(value, new Uint32Array(byteLengthOf(value) / 4).fill(0x7fc00000));
    }
    for (const [value, data] of feeds) plan.write(value, deviceData(value, data));
    plan.run(encodeStep(testStep));
    const arrays: HostArray[] = [];
    for (const value of results) arrays.push(await plan.read(value));
    return arrays;
  };
  const first = await run();
  const second = await run();
  first.forEach((array, i) => {
    const bits = (a: HostArray) => new Uint32Array(a.buffer, a.byteOffset, a.length);
    const expected = bits(array);
    const position = bits(second[i]).findIndex((word, j) => word !== expected[j]);
    assert.equal(position, -1, `result ${i} differs between two runs, first at ${position}`);
  });
  return first;
}

/** Values of a graph in float64, from the references of its ops. */
export function referenceOf(
  outputs: readonly Value[],
  feeds: ReadonlyMap<Value, ArrayLike<number>>,
): Reference[] {
  const known = new Map<Value, Reference>();
  const valueOf = (value: Value): Reference => {
    let data = known.get(value);
    if (!data) {
      const given = feeds.get(value) ?? value.location?.buffer.initial;
      assert.ok(given, "the reference needs the data of every leaf");
      data = Float64Array.from(given as unknown as ArrayLike<number>);
      known.set(value, data);
    }
    return data;
  };
  for (const node of ancestors(outputs)) {
    const results = node.op.reference(node.inputs.map(valueOf), node, testStep);
    node.outputs.forEach((output, i) => known.set(output, results[i]));
  }
  return outputs.map(valueOf);
}

async function checkOutputs(device: Device, opCase: OpCase, traced: Traced): Promise<void> {
  const { inputs, outputs, data } = traced;
  const feeds = new Map(inputs.map((value, i) => [value, data[i]]));
  const compared = opCase.compare ?? outputs.map((_, i) => i);
  const expected = referenceOf(outputs, feeds);
  const chosen = compared.map((i) => outputs[i]);
  const actual = await runTwice(device, chosen, feeds);
  compared.forEach((index, i) => {
    const value = outputs[index];
    const label = `output ${index}`;
    const reference = expected[index];
    assert.equal(reference.length, elementCount(value.shape), `${label}: size of the reference`);
    if (value.dtype === "f32") {
      assertClose(actual[i], reference, { rtol: opCase.rtol, label });
      return;
    }
    const whole = Int32Array.from(reference);
    assert.deepEqual(
      Int32Array.from(actual[i]),
      Int32Array.from(deviceData(value, whole)),
      `${label}: integers differ`,
    );
  });
}

/** Stands for `Σ ⟨cotangent, output⟩`: the same as giving each output its cotangent. Never run. */
const probeOp: Op<{ readonly cotangents: readonly (Value | undefined)[] }> = {
  name: "probe",
  infer: () => [{ shape: [], dtype: "f32" }],
  lower: () => [],
  vjp: ({ attributes }) => [...attributes.cotangents],
  reference: () => [new Float64Array(1)],
};

interface Probe {
  readonly loss: Value;
  readonly seed: Value;
  readonly feeds: ReadonlyMap<Value, HostArray>;
  /** Cotangent data per output of the case; undefined where an output gets none. */
  readonly cotangents: readonly (HostArray | undefined)[];
}

/** Gives the outputs random cotangents, and the values `pending` the gradients stated. */
function probe(
  opCase: OpCase,
  outputs: readonly Value[],
  pending: ReadonlyMap<Value, HostArray> = new Map(),
): Probe {
  const chosen = opCase.cotangents ??
    outputs.flatMap((value, i) => value.dtype === "f32" ? [i] : []);
  const feeds = new Map<Value, HostArray>();
  const cotangents = outputs.map((value, i) =>
    chosen.includes(i) ? normal(elementCount(value.shape), 91 + i) : undefined
  );
  const leafOf = (value: Value, data: HostArray | undefined) => {
    if (!data) return undefined;
    const leaf = input("cotangent", value.shape);
    feeds.set(leaf, data);
    return leaf;
  };
  const [loss] = apply(probeOp, [...outputs, ...pending.keys()], {
    cotangents: [
      ...outputs.map((value, i) => leafOf(value, cotangents[i])),
      ...[...pending].map(([value, data]) => leafOf(value, data)),
    ],
  });
  return { loss, seed: input("seed", []), feeds, cotangents };
}

const wantsGradient = ({ dtype = "f32", grad = dtype === "f32" }: CaseInput) => grad;

/** Compares the gradients with central differences of the reference, and returns them by input index. */
async function checkGradients(
  device: Device,
  opCase: OpCase,
  { inputs, outputs, data }: Traced,
): Promise<Map<number, HostArray>> {
  const { loss, seed, feeds, cotangents } = probe(opCase, outputs);
  const indices = inputs.flatMap((_, i) => wantsGradient(opCase.inputs[i]) ? [i] : []);
  const { gradients } = reverse(loss, seed, { wrt: indices.map((i) => inputs[i]) });
  const values = indices.map((i) => {
    const gradient = gradients.get(inputs[i]);
    assert.ok(gradient, `there is no gradient of input ${i}`);
    assert.deepEqual(gradient.shape, inputs[i].shape, `shape of the gradient of input ${i}`);
    return gradient;
  });
  const all = new Map([...feeds, ...inputs.map((value, i) => [value, data[i]] as const)]);
  const arrays = await runTwice(device, values, all);

  const objective = (reference: readonly Reference[]) => {
    let sum = 0;
    reference.forEach((output, o) => {
      const cotangent = cotangents[o];
      if (cotangent) output.forEach((value, i) => sum += value * cotangent[i]);
    });
    return sum;
  };
  indices.forEach((index, i) => {
    const exact = Float64Array.from(data[index]);
    const at = (position: number, value: number) => {
      const moved = exact.slice();
      moved[position] = value;
      const moves = new Map<Value, ArrayLike<number>>(inputs.map((v, j) => [v, data[j]]));
      moves.set(inputs[index], moved);
      return objective(referenceOf(outputs, moves));
    };
    const positions = samplePositions(exact.length);
    const quotients = positions.map((position) => {
      const h = 1e-4 * Math.max(1, Math.abs(exact[position]));
      return (at(position, exact[position] + h) - at(position, exact[position] - h)) / (2 * h);
    });
    const actual = positions.map((position) => arrays[i][position]);
    const label = `gradient of input ${index} at ${positions.length} of ${exact.length} places`;
    assertClose(actual, quotients, { rtol: opCase.fdTolerance ?? 1e-4, atol: 1e-7, label });
    assert.ok(arrays[i].every(Number.isFinite), `${label}: not finite`);
  });
  return new Map(indices.map((index, i) => [index, arrays[i]]));
}

/** The same gradients where another use of each input has already contributed one. */
async function checkPending(
  device: Device,
  opCase: OpCase,
  data: readonly HostArray[],
  expected: ReadonlyMap<number, HostArray>,
): Promise<void> {
  const { inputs, outputs } = traceCase(opCase);
  const others = new Map(
    [...expected].map(([i, gradient]) => [inputs[i], normal(gradient.length, 301 + i)] as const),
  );
  const { loss, seed, feeds } = probe(opCase, outputs, others);
  const { gradients } = reverse(loss, seed, { wrt: [...others.keys()] });
  const values = [...others.keys()].map((value) => gradients.get(value)!);
  const all = new Map([...feeds, ...inputs.map((value, i) => [value, data[i]] as const)]);
  const arrays = await runTwice(device, values, all);
  [...expected].forEach(([index, gradient], i) => {
    const other = others.get(inputs[index])!;
    const sum = Float64Array.from(gradient, (value, j) => value + other[j]);
    assertClose(arrays[i], sum, { rtol: 1e-5, label: `pending gradient of input ${index}` });
  });
}

/** The same gradients where the inputs are parameters whose gradient buffers already hold something. */
async function checkParameters(
  device: Device,
  opCase: OpCase,
  data: readonly HostArray[],
  expected: ReadonlyMap<number, HostArray>,
): Promise<void> {
  const parameters = new Map(
    opCase.inputs.entries().filter(([i]) => expected.has(i)).map((
      [i, { shape }],
    ) => [
      i,
      new Parameter({
        parts: [{ name: `input ${i}`, shape }],
        initializer: { kind: "constant", value: 0 },
        decay: false,
      }),
    ]),
  );
  const layout = new ParameterLayout([...parameters.values()], device.description.maxBindingBytes);
  const inputs = opCase.inputs.map(({ shape, dtype }, i) => {
    const parameter = parameters.get(i);
    return parameter ? layout.value(parameter) : input(`input ${i}`, shape, dtype);
  });
  const { loss, seed, feeds } = probe(opCase, opCase.apply([...inputs]));
  const { stores } = reverse(loss, seed, { layout, accumulate: true });
  const all = new Map([...feeds, ...inputs.map((value, i) => [value, data[i]] as const)]);
  const prior = new Map<number, HostArray>();
  for (const [i, parameter] of parameters) {
    const place = new Value(parameter, { location: layout.gradientLocation(parameter) });
    prior.set(i, normal(parameter.size, 501 + i));
    all.set(place, prior.get(i)!);
  }
  const stored = new Set(stores.map((value) => value.location!.byteOffset));
  assert.equal(stored.size, parameters.size, "every parameter's gradient is stored");
  const arrays = await runTwice(device, stores, all);
  for (const [index, gradient] of expected) {
    const { byteOffset } = layout.gradientLocation(parameters.get(index)!);
    // A parameter that is used twice is stored twice, in the same place.
    const place = stores.findIndex((value) => value.location?.byteOffset === byteOffset);
    const before = prior.get(index)!;
    const sum = Float64Array.from(gradient, (value, j) => value + before[j]);
    assertClose(arrays[place], sum, { rtol: 1e-5, label: `accumulated gradient ${index}` });
  }
}

/** Up to 24 positions, the first and the last among them. */
function samplePositions(count: number): number[] {
  if (count <= 24) return Array.from({ length: count }, (_, i) => i);
  const random = uniform(7);
  const chosen = new Set([0, count - 1]);
  while (chosen.size < 24) chosen.add(Math.floor(random() * count));
  return [...chosen].sort((a, b) => a - b);
}

/** Uniform numbers in [0, 1): mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers (Box and Muller, 1958). */
export function normal(count: number, seed: number): Float32Array {
  const random = uniform(seed);
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  });
}
