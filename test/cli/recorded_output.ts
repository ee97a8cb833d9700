import type { Output } from "../../src/cli/terminal/output.ts";

/** An output that remembers what was written to it. */
export class RecordedOutput implements Output {
  readonly isTerminal: boolean;
  readonly hasColor = false;
  text = "";

  constructor(isTerminal = false) {
    this.isTerminal = isTerminal;
  }

  write(text: string): void {
    this.text += text;
  }

  columns(): number {
    return 60;
  }
}
