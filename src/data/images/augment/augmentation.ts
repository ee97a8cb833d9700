/**
 * Which changes training images go through, as `--augment` names them.
 *
 * @module
 */

import { InputError } from "../../../errors.ts";
import { nearestName } from "../../../nearest_name.ts";

/** Which changes training images go through. */
export interface Augmentation {
  /** Pixels that an image is moved by at most, in each direction; 0 for none. */
  readonly crop: number;
  /** Whether every second image is mirrored. */
  readonly flip: boolean;
  /** RandAugment: how many operations each image goes through, and how strong they are, 0 to 30. */
  readonly randAugment: { readonly operations: number; readonly magnitude: number } | undefined;
  /** α of Mixup; 0 for none. Where there is CutMix too, each batch gets one of both. */
  readonly mixup: number;
  /** α of CutMix; 0 for none. */
  readonly cutmix: number;
}

/** Training images as they are. */
export const noAugmentation: Augmentation = {
  crop: 0,
  flip: false,
  randAugment: undefined,
  mixup: 0,
  cutmix: 0,
};

/** One of the changes. */
interface Change {
  /** What may follow its name, each behind a colon. */
  readonly numbers: readonly { readonly standard: number; readonly accepts: string }[];
  /** Whether the numbers are possible. */
  readonly fits: (numbers: readonly number[]) => boolean;
  readonly set: (numbers: readonly number[]) => Partial<Augmentation>;
}

const alpha = { standard: 1, accepts: "a number above 0" };

const changes: Readonly<Record<string, Change>> = {
  crop: {
    numbers: [{ standard: 4, accepts: "a whole number of pixels above 0" }],
    fits: ([crop]) => Number.isInteger(crop) && crop > 0,
    set: ([crop]) => ({ crop }),
  },
  flip: { numbers: [], fits: () => true, set: () => ({ flip: true }) },
  rand: {
    numbers: [
      { standard: 2, accepts: "1 to 14 operations" },
      { standard: 9, accepts: "a magnitude from 0 to 30" },
    ],
    fits: ([operations, magnitude]) =>
      Number.isInteger(operations) && operations > 0 && operations <= 14 && magnitude >= 0 &&
      magnitude <= 30,
    set: ([operations, magnitude]) => ({ randAugment: { operations, magnitude } }),
  },
  mixup: {
    numbers: [{ ...alpha, standard: 0.2 }],
    fits: ([mixup]) => mixup > 0,
    set: ([mixup]) => ({ mixup }),
  },
  cutmix: { numbers: [alpha], fits: ([cutmix]) => cutmix > 0, set: ([cutmix]) => ({ cutmix }) },
};

/** Every form `--augment` takes, for messages and help. */
export const augmentationForms =
  "none, or some of crop:PIXELS, flip, rand:OPERATIONS:MAGNITUDE, mixup:ALPHA and cutmix:ALPHA with + between";

/**
 * Reads what `--augment` says, such as `crop:4+flip`.
 *
 * @param text `none`, or changes with `+` between; numbers may be left out.
 * @throws {InputError} If it names anything else, or a number is impossible.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseAugmentation } from "./augmentation.ts";
 *
 * const { crop, flip, mixup } = parseAugmentation("crop+flip+mixup:0.8");
 * assert.deepEqual([crop, flip, mixup], [4, true, 0.8]);
 * ```
 */
export function parseAugmentation(text: string): Augmentation {
  if (text === "none") return noAugmentation;
  let augmentation = noAugmentation;
  for (const part of text.split("+")) {
    const [name, ...given] = part.split(":");
    if (!Object.hasOwn(changes, name)) {
      const nearest = nearestName(name, Object.keys(changes));
      throw new InputError(
        `Cannot augment by ${part || '""'}: ` +
          (nearest === undefined ? "" : `did you mean ${nearest}? `) +
          `Accepted: ${augmentationForms}`,
      );
    }
    const { numbers, fits, set } = changes[name];
    const values = numbers.map(({ standard }, at) =>
      given[at] === undefined ? standard : given[at].trim() === "" ? NaN : Number(given[at])
    );
    if (given.length > numbers.length || !values.every(Number.isFinite) || !fits(values)) {
      const accepted = numbers.map(({ accepts }) => accepts).join(" and ") || "nothing";
      throw new InputError(`Cannot augment by ${part}: behind ${name} ${accepted} is accepted`);
    }
    augmentation = { ...augmentation, ...set(values) };
  }
  return augmentation;
}

/** What {@link parseAugmentation} reads. */
export function formatAugmentation(augmentation: Augmentation): string {
  const { crop, flip, randAugment, mixup, cutmix } = augmentation;
  const parts = [
    crop > 0 ? `crop:${crop}` : "",
    flip ? "flip" : "",
    randAugment ? `rand:${randAugment.operations}:${randAugment.magnitude}` : "",
    mixup > 0 ? `mixup:${mixup}` : "",
    cutmix > 0 ? `cutmix:${cutmix}` : "",
  ].filter((part) => part !== "");
  return parts.join("+") || "none";
}

/** Whether images become mixtures, whose labels are probabilities. */
export function mixesImages({ mixup, cutmix }: Augmentation): boolean {
  return mixup > 0 || cutmix > 0;
}
