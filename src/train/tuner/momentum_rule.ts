/**
 * How the tuner makes the running maximum of the activations slower as training goes on.
 *
 * @module
 */
import { short } from "./number_text.ts";

const FIRST_MOMENTUM = 0.9;
const LAST_MOMENTUM = 0.999;
/** Training steps, not calls of the tuner: those are hundreds of times fewer. */
const MOMENTUM_STEPS = 10_000;
/** A smaller move is not worth making. */
const SMALLEST_MOVE = 0.01;

/** Momentum after a number of training steps: from 0.9 to 0.999 over 10,000, then constant. */
export function momentumAt(step: number): number {
  const progress = Math.min(1, step / MOMENTUM_STEPS);
  return FIRST_MOMENTUM + (LAST_MOMENTUM - FIRST_MOMENTUM) * progress;
}

/**
 * Asks whether the momentum has to follow.
 *
 * @param current Momentum in use.
 * @param step Training steps done.
 * @returns The new momentum and why; undefined if it has moved by 0.01 or less.
 */
export function momentumDecision(
  current: number,
  step: number,
): { readonly momentum: number; readonly reason: string } | undefined {
  const momentum = momentumAt(step);
  if (Math.abs(momentum - current) <= SMALLEST_MOVE) return undefined;
  return { momentum, reason: `${short(momentum)} is due after ${step} training steps` };
}
