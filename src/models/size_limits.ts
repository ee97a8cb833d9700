/**
 * Sizes that no machine this runs on can hold, noticed before anything of that size is made.
 *
 * @module
 */
import { OptionError, optionName } from "../errors.ts";

/** Twice as deep as the deepest models there are. */
const MOST_LAYERS = 256;

/** 17 billion: 69 GB of float32 weights. */
const MOST_PARAMETERS = 2 ** 34;

/**
 * Checks that a model could be built somewhere.
 *
 * @param layers Its blocks.
 * @param parameters About how many weights it has.
 * @throws {OptionError} If it could not, with its size.
 */
export function checkModelSize(layers: number, parameters: number): void {
  if (layers > MOST_LAYERS) {
    throw new OptionError(
      `Cannot build a model of ${layers} layers (${
        optionName("layers")
      }): at most ${MOST_LAYERS} ` +
        "are accepted",
    );
  }
  if (parameters > MOST_PARAMETERS) {
    throw new OptionError(
      `Cannot build a model of ${billions(parameters)} parameters, ${
        billions(4 * parameters)
      } bytes ` +
        `as floats: at most ${billions(MOST_PARAMETERS)} are accepted, reduce the width ` +
        `(${optionName("hiddenSize")}) or the layers (${optionName("layers")})`,
    );
  }
}

function billions(count: number): string {
  return `${(count / 1e9).toPrecision(3).replace(/\.?0+(e|$)/, "$1")} billion`;
}
