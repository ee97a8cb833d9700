/**
 * Shapes, the symbolic graph, reverse mode, and the plan that is made of it.
 *
 * @module
 */
export * from "../tensor/add.ts";
export * from "../tensor/compiled_plan.ts";
export * from "../tensor/evaluate.ts";
export * from "../tensor/kernel_call.ts";
export * from "../tensor/op.ts";
export * from "../tensor/parameter.ts";
export * from "../tensor/plan.ts";
export * from "../tensor/reverse.ts";
export * from "../tensor/value.ts";
