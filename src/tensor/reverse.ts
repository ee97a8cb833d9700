/**
 * Reverse-mode differentiation of a traced graph.
 *
 * Nodes are visited in the opposite order of their creation; each op's vjp rule appends the nodes that
 * compute the gradients of its inputs. The result is more graph, lowered with the rest.
 *
 * @module
 */
import { add, store } from "./add.ts";
import type { GradientBits } from "./op.ts";
import { Parameter, type ParameterLayout, ParameterValue } from "./parameter.ts";
import type { Node, Value } from "./value.ts";

/** What to differentiate with respect to, and where parameter gradients go. */
export interface ReverseOptions {
  /** Leaves whose gradients are wanted as values. */
  readonly wrt?: readonly Value[];
  /** Write the gradient of every parameter of this layout into its gradient buffer. */
  readonly layout?: ParameterLayout;
  /** Add to the gradients already there, as every micro-batch after the first does. */
  readonly accumulate?: boolean;
  /** What gradients may be rounded to where they are multiplied with codes; default 32. */
  readonly gradientBits?: GradientBits;
}

/** Gradients by leaf, and every value that has to be computed for its effect on the gradient buffers. */
export interface ReverseResult {
  /** d(objective)/d(leaf) of each leaf of `wrt` that the loss depends on. */
  readonly gradients: ReadonlyMap<Value, Value>;
  /** Roots for the plan. */
  readonly stores: readonly Value[];
}

/** What a gradient belongs to: of a leaf that stands for a parameter, whichever of them it is, the parameter. */
type Leaf = Value | Parameter;

const leafOf = (value: Value): Leaf => value instanceof ParameterValue ? value.parameter : value;

/** Nodes that `root` depends on, in creation order. */
export function ancestors(roots: readonly Value[]): Node[] {
  const found = new Set<Node>();
  const pending = roots.flatMap((value) => value.node ?? []);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const value of node.inputs) if (value.node) pending.push(value.node);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/**
 * Appends the backward pass of `loss`.
 *
 * @param loss What to differentiate.
 * @param seed Its cotangent, of the same shape: d(objective)/d(loss).
 * @returns The gradients asked for; make the plan of them and of the `stores`.
 * @throws {TypeError} If a gradient is asked for through an op that has no vjp rule.
 *
 * @example d(x·w)/dx = wᵀ
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDevice } from "../../mod.ts";
 * import { matmul } from "../faces/ops.ts";
 * import { constant, evaluate, input, reverse } from "../faces/tensor.ts";
 *
 * using device = await openDevice();
 * const x = input("x", [1, 2]);
 * const w = constant("w", [2, 1], new Float32Array([3, 5]));
 * const one = constant("one", [1, 1], new Float32Array([1]));
 * const { gradients } = reverse(matmul(x, w), one, { wrt: [x] });
 * const [dx] = await evaluate(device, [gradients.get(x)!], new Map());
 * assert.deepEqual(dx, new Float32Array([3, 5]));
 * ```
 */
export function reverse(loss: Value, seed: Value, options: ReverseOptions): ReverseResult {
  const { layout, accumulate = false, gradientBits = 32, wrt = [] } = options;
  const nodes = ancestors([loss]);

  const trained = new Set<Leaf>(layout?.parameters);
  const active = new Set<Leaf>([...wrt.map(leafOf), ...trained]);
  for (const node of nodes) {
    if (node.inputs.some((value) => active.has(leafOf(value)))) {
      for (const output of node.outputs) active.add(output);
    }
  }

  const cotangents = new Map<Leaf, Value>([[loss, seed]]);
  const stored = new Set<Parameter>();
  const stores: Value[] = [];

  for (const node of nodes.toReversed()) {
    const arrived = node.outputs.map((output) => cotangents.get(output));
    if (!node.outputs.some((output) => active.has(output)) || arrived.every((c) => !c)) continue;
    if (!node.op.vjp) {
      throw new TypeError(`Cannot differentiate ${node.op.name}: it has no vjp rule`);
    }

    const sink = (i: number): Parameter | undefined => {
      const leaf = leafOf(node.inputs[i]);
      return leaf instanceof Parameter && trained.has(leaf) ? leaf : undefined;
    };
    const fused = new Set<number>();
    const results = node.op.vjp({
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: node.attributes,
      cotangents: arrived,
      gradientBits,
      wants: (i) => active.has(leafOf(node.inputs[i])),
      takePending(i) {
        const leaf = leafOf(node.inputs[i]);
        const pending = cotangents.get(leaf);
        cotangents.delete(leaf);
        return pending;
      },
      storesInto(i) {
        const parameter = sink(i);
        if (!parameter) return { accumulate: false };
        fused.add(i);
        return { accumulate: accumulate || stored.has(parameter) };
      },
    });

    results.forEach((gradient, i) => {
      const leaf = leafOf(node.inputs[i]);
      if (!gradient || !active.has(leaf)) return;
      const parameter = sink(i);
      if (parameter && layout) {
        const value = fused.has(i)
          ? gradient
          : store(gradient, accumulate || stored.has(parameter));
        value.location = layout.gradientLocation(parameter);
        stored.add(parameter);
        stores.push(value);
        return;
      }
      const previous = cotangents.get(leaf);
      cotangents.set(leaf, previous ? add(previous, gradient) : gradient);
    });
  }

  const gradients = new Map<Value, Value>();
  for (const leaf of wrt) {
    const gradient = cotangents.get(leafOf(leaf));
    if (gradient) gradients.set(leaf, gradient);
  }
  return { gradients, stores };
}
