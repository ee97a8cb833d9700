/**
 * What a chart is.
 *
 * @module
 */
import type { FigureData } from "./figure_data.ts";

/** A Vega-Lite specification. */
export type Specification = Readonly<Record<string, unknown>>;

/** A chart of some data. */
export interface Drawing {
  /** What is drawn. */
  readonly title: string;
  /** One sentence: what to see. */
  readonly caption: string;
  /** How it is drawn, without title and theme. */
  readonly specification: Specification;
}

/** A kind of chart. */
export interface Chart {
  /** Name of its files. */
  readonly name: string;
  /** Whether it sets runs against each other, and so is for sweeps only. */
  readonly compares: boolean;
  /** Whether it means something only for models that are tested at their end. */
  readonly onlyTested?: boolean;
  /** What it needs, in words, for whoever misses it. */
  readonly needs: string;
  /** The chart of some data; undefined if it would be empty. */
  draw(data: FigureData): Drawing | undefined;
}
