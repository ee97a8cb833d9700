// Where the step values have what any kernel may read, in bytes: the layout of `src/ops/step_values.ts`.

/** Number of the training step, u32. */
export const STEP: usize = 0;
/** Seed of what is random in it, u32. */
export const SEED: usize = 4;
/** Position of the first token, u32. */
export const POSITION: usize = 8;
/** How much of a running maximum of activations is kept, f32. */
export const ACTIVATION_MOMENTUM: usize = 12;
