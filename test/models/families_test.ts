import assert from "node:assert/strict";
import { InputError, OptionError } from "../../src/errors.ts";
import {
  builtInFamilies,
  familyOfConfig,
  modelFamilies,
  modelFamily,
  registerModelFamily,
} from "../../src/models/families.ts";
import type { ModelFamily } from "../../src/models/family.ts";
import { smallTextConfig } from "../../src/models/text/config.ts";
import { textFamily } from "../../src/models/text/family.ts";
import { smallVitConfig } from "../../src/models/vit/config.ts";

Deno.test("every family writes a configuration that it reads again", () => {
  const { text, vit } = builtInFamilies;
  const language = { ...smallTextConfig, vocabSize: 7 };
  assert.deepEqual(text.configFromJson(text.configToJson(language), "x"), language);
  assert.deepEqual(vit.configFromJson(vit.configToJson(smallVitConfig), "x"), smallVitConfig);
  for (const [name, family] of Object.entries(builtInFamilies)) {
    assert.equal(family.name, name);
    assert.equal(modelFamily(name), family);
  }
});

Deno.test("a model says by its architecture of which family it is", () => {
  const { vit } = builtInFamilies;
  assert.equal(familyOfConfig(vit.configToJson(smallVitConfig), "x"), vit);
  for (const json of [{ architectures: ["GPT2Model"] }, {}]) {
    assert.throws(() => familyOfConfig(json, "dir/config.json"), (error) => {
      assert.ok(error instanceof OptionError);
      assert.match(
        error.message,
        /^Cannot load dir\/config\.json: its architecture is (GPT2Model|missing), this version has BitNetForCausalLM and ViTForImageClassification; register another first/,
      );
      assert.deepEqual(error.options, ["import"]);
      return true;
    });
  }
  assert.throws(() => modelFamily("gan"), /^OptionError: Cannot find models of the kind gan/);
});

Deno.test("two families cannot share a name or an architecture", () => {
  registerModelFamily(textFamily);
  assert.equal(modelFamilies().length, 2);
  const wrong: [Partial<ModelFamily>, RegExp][] = [
    [{ architectures: ["Other"] }, /the family text: there is one of that name already$/],
    [{ name: "other" }, /the family other: there is one for BitNetForCausalLM already$/],
  ];
  for (const [other, why] of wrong) {
    assert.throws(() => registerModelFamily({ ...textFamily, ...other }), (error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, why);
      return true;
    });
  }
});
