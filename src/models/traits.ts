/**
 * What distinguishes models that are stacks of equal blocks.
 *
 * @module
 */

/** Such as `4 layers` and `width 128`. */
export function widthTraits(
  { layers, hiddenSize }: { readonly layers: number; readonly hiddenSize: number },
): string[] {
  return [`${layers} ${layers === 1 ? "layer" : "layers"}`, `width ${hiddenSize}`];
}
