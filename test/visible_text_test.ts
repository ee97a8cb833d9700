import assert from "node:assert/strict";
import { visible } from "../src/visible_text.ts";
import { Terminal } from "../src/cli/terminal/terminal.ts";

Deno.test("control characters are shown as symbols, text stays as it is", () => {
  assert.equal(visible("Être 語 🦜 e\u0301\n\ttab"), "Être 語 🦜 e\u0301\n\ttab");
  assert.equal(visible("\x1b[31mred\x1b]0;title\x07"), "␛[31mred␛]0;title␇");
  assert.equal(visible("a\r\nb\rc\x00\x7f"), "a\nb␍c␀␡");
  assert.equal(visible("\x9b31m\u202egnp.exe"), "\\u009b31m\\u202egnp.exe");
  assert.equal(visible("half \ud83d"), "half \ufffd");
});

Deno.test("nothing that is printed, however, reaches the terminal raw", () => {
  let written = "";
  const output = {
    write: (text: string) => void (written += text),
    isTerminal: false,
    hasColor: false,
    columns: () => 80,
  };
  const terminal = new Terminal(output, output, { json: false, quiet: false });
  const evil = "\x1b[2J";
  terminal.print(evil);
  terminal.write(evil);
  terminal.log(evil);
  terminal.note(evil);
  terminal.warn(evil);
  assert.ok(!written.includes("\x1b"), JSON.stringify(written));
  assert.equal(written.match(/␛/g)?.length, 5);
});
