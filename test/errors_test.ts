import assert from "node:assert/strict";
import { InputError, OptionError, optionName, renameOptions } from "../src/errors.ts";

Deno.test("an option error is said in the words of whoever gave the options", () => {
  const error = new OptionError(
    `Cannot train for both ${optionName("steps")} 4 and ${
      optionName("maxEpochs")
    } 2: give one of them`,
  );
  assert.ok(error instanceof InputError);
  assert.equal(error.name, "OptionError");
  assert.deepEqual(error.options, ["steps", "maxEpochs"]);
  assert.equal(
    error.message,
    "Cannot train for both `steps` 4 and `maxEpochs` 2: give one of them",
  );
  assert.equal(
    renameOptions(error.message, (option) => option.toUpperCase()),
    "Cannot train for both STEPS 4 and MAXEPOCHS 2: give one of them",
  );
});
