import assert from "node:assert/strict";
import { environmentVariable } from "../../src/host/environment.ts";
import { mayRead } from "../../src/host/permissions.ts";

const NAME = "BITTEXT_TEST_VARIABLE";

Deno.test("a variable is its value; one that is empty counts as unset", () => {
  assert.equal(environmentVariable(NAME), undefined);
  Deno.env.set(NAME, "here");
  assert.equal(environmentVariable(NAME), "here");
  Deno.env.set(NAME, "");
  assert.equal(environmentVariable(NAME), undefined);
  Deno.env.delete(NAME);
});

Deno.test({
  name: "a variable that may not be read counts as unset",
  permissions: { env: ["HOME"] },
  fn: () => assert.equal(environmentVariable("PATH"), undefined),
});

Deno.test({
  name: "whether a file may be read is found out without a question",
  permissions: { read: [import.meta.dirname!] },
  fn() {
    assert.equal(mayRead(import.meta.filename!), true);
    assert.equal(mayRead("/etc/passwd"), false);
  },
});
