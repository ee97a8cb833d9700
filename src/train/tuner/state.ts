/**
 * What the tuner remembers between its calls.
 *
 * @module
 */

/** What the tuner saw and had set at one of its calls. */
export interface TunerRecord {
  /** Steps done. */
  readonly step: number;
  /** Mean training loss since the call before, nats per token. */
  readonly loss: number;
  /** Mean gradient norm before clipping since then. */
  readonly gradientNorm: number;
  /** Learning rate of the next step after the call, under the schedule as it stood. */
  readonly learningRate: number;
  /** Mean threshold after the call; null where there is none. */
  readonly threshold: number | null;
  /** Activation momentum after the call; null where there is none. */
  readonly momentum: number | null;
}

/** What the tuner remembers; plain data for a checkpoint. */
export interface TunerState {
  /** Training losses, the newest last: those since the last call, and some from before it. */
  readonly losses: readonly number[];
  /** Gradient norms before clipping of the steps since the last call. */
  readonly gradientNorms: {
    /** How many they are. */
    readonly count: number;
    /** Their sum. */
    readonly sum: number;
    /** The largest of them; 0 if there is none. */
    readonly largest: number;
  };
  /** Plateaus that count towards the patience. */
  readonly plateaus: number;
  /** What the scheduled learning rate is multiplied by. */
  readonly learningRateFactor: number;
  /** Where the warmup was ended early; null: it was not. */
  readonly warmupEnd: number | null;
  /** One record per call. */
  readonly history: readonly TunerRecord[];
}

/** Before the first step. */
export const initialTuner: TunerState = {
  losses: [],
  gradientNorms: { count: 0, sum: 0, largest: 0 },
  plateaus: 0,
  learningRateFactor: 1,
  warmupEnd: null,
  history: [],
};

/** Losses that are kept: a longer time between evaluations is evaluated by its end. */
const MOST_LOSSES = 1000;

/**
 * Takes note of training steps.
 *
 * @param records In their order; `gradientNorm` is the norm before clipping.
 */
export function observeSteps(
  state: TunerState,
  records: readonly { readonly loss: number; readonly gradientNorm: number }[],
): TunerState {
  const { count, sum, largest } = state.gradientNorms;
  const norms = records.map(({ gradientNorm }) => gradientNorm);
  return {
    ...state,
    losses: [...state.losses, ...records.map(({ loss }) => loss)].slice(-MOST_LOSSES),
    gradientNorms: {
      count: count + records.length,
      sum: norms.reduce((total, norm) => total + norm, sum),
      largest: Math.max(largest, ...norms),
    },
  };
}

/** Forgets the steps since the last call: those to come do not compare with them. */
export function forgetSteps(state: TunerState): TunerState {
  return { ...state, losses: [], gradientNorms: initialTuner.gradientNorms };
}
