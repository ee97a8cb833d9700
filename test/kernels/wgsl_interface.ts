/**
 * What a WGSL source says of its bindings and constants, and where that is not what its kernel declares.
 *
 * @module
 */
import { elementType, type Kernel, type WgslVariant } from "../../src/device/kernel.ts";
import { joinedSource, variantName } from "../../src/device/webgpu/wgsl_text.ts";

/** One `@binding`. */
interface Binding {
  readonly name: string;
  /** `read`, `write` or `uniform`. */
  readonly access: string;
  /** Scalar type of the elements, or the type itself. */
  readonly element: string;
}

/** Element types of WGSL that hold those of a declaration. */
const HOLDS: Readonly<Record<string, readonly string[]>> = {
  f32: ["f32"],
  i32: ["i32"],
  u32: ["u32"],
  i8: ["u32"],
  words: ["u32", "f32"],
};

/** The bindings of a source, by index. */
function bindingsOf(source: string): Binding[] {
  const aliases = new Map(
    [...source.matchAll(/^alias (\w+) = ([^;]+);/gm)].map(([, name, type]) => [name, type]),
  );
  const found: Binding[] = [];
  const pattern = /@group\(0\)\s+@binding\((\d+)\)\s+var<([^>]+)>\s+(\w+)\s*:\s*([^;]+);/g;
  for (const [, index, space, name, type] of source.matchAll(pattern)) {
    const access = space === "uniform" ? "uniform" : space.includes("write") ? "write" : "read";
    const scalar = (type: string): string => {
      const inner = type.match(/^(?:array|vec\d|atomic)<(.+)>$/)?.[1] ?? aliases.get(type);
      return inner === undefined ? type : scalar(inner.trim());
    };
    found[Number(index)] = { name, access, element: scalar(type.trim()) };
  }
  return found;
}

/** Where a variant differs from its kernel's declaration: one line each, with kernel, file and argument. */
export function interfaceErrors(
  { name, reads, writes, usesStep, constants }: Kernel,
  variant: WgslVariant,
): string[] {
  const errors: string[] = [];
  const source = joinedSource(variant);
  const complain = (what: string) => errors.push(`${name} (${variantName(variant)}): ${what}`);
  const bindings = bindingsOf(source);
  const declared = [
    ...Object.entries(reads).map(([name, type]) => ({ name, type, access: "read" })),
    ...Object.entries(writes).map(([name, type]) => ({ name, type, access: "write" })),
    ...usesStep ? [{ name: "step", type: undefined, access: "uniform" }] : [],
  ];
  for (const [index, { name, type, access }] of declared.entries()) {
    const binding = bindings[index];
    if (binding?.name !== name) {
      complain(`binding ${index} is ${binding?.name ?? "missing"}, declared is ${name}`);
      continue;
    }
    if (binding.access !== access) {
      complain(`${name} is bound for ${binding.access}, declared for ${access}`);
    }
    if (type === undefined || HOLDS[elementType(type)].includes(binding.element)) continue;
    complain(`${name} holds ${binding.element}, declared is ${type}`);
  }
  for (const binding of bindings.slice(declared.length)) {
    complain(`${binding.name} is bound, but not declared`);
  }
  for (const [, constant, type] of source.matchAll(/^override (\w+)(?:\s*:\s*(\w+))?/gm)) {
    const wanted = constants[constant];
    if (wanted === undefined) complain(`${constant} is not declared`);
    else if (type !== wanted) {
      complain(`${constant} is ${type ?? "untyped"}, declared is ${wanted}`);
    }
  }
  return errors;
}
