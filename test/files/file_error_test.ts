import assert from "node:assert/strict";
import { InputError, WorkError } from "../../src/errors.ts";
import { fileError } from "../../src/files/file_error.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code} happened\nand more`), { code });
}

Deno.test("fileError tells what the user can mend from what the system failed at", () => {
  for (const code of ["EACCES", "EROFS", "ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"]) {
    assert.ok(fileError("write", "f", systemError(code)) instanceof InputError, code);
  }
  for (const code of ["ENOSPC", "EDQUOT", "EIO", "EMFILE", "EFBIG", "ENEWS"]) {
    assert.ok(fileError("write", "f", systemError(code)) instanceof WorkError, code);
  }
});

Deno.test("fileError is one line with action, path and cause", () => {
  assert.equal(
    fileError("read", "a/b", systemError("EACCES")).message,
    "Cannot read a/b: permission denied",
  );
  assert.equal(
    fileError("read", "f", systemError("ENEWS")).message,
    "Cannot read f: ENEWS happened",
  );
  assert.equal(fileError("read", "f", "text").message, "Cannot read f: text");
});

Deno.test("fileError leaves its own errors alone", () => {
  const error = new InputError("Cannot read x: y");
  assert.equal(fileError("write", "f", error), error);
});
