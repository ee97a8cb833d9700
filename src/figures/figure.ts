/**
 * A figure: a drawing with its words.
 *
 * @module
 */

/** What a figure consists of. */
export interface FigureParts {
  /** Name of its files. */
  readonly name: string;
  /** What is drawn. */
  readonly title: string;
  /** One sentence: what to see. */
  readonly caption: string;
  /** An SVG document. */
  readonly svg: string;
}

/** A chart or a picture that has been drawn; as the last value of a cell of a Jupyter notebook it is shown. */
export class Figure implements FigureParts {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly svg: string;

  /** A figure of its parts. */
  constructor({ name, title, caption, svg }: FigureParts) {
    this.name = name;
    this.title = title;
    this.caption = caption;
    this.svg = svg;
  }

  /** How a notebook shows it. */
  [Symbol.for("Jupyter.display")](): Readonly<Record<string, string>> {
    return { "image/svg+xml": this.svg, "text/plain": `${this.title}: ${this.caption}` };
  }
}
