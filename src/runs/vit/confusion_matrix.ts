/**
 * Which classes images are taken for.
 *
 * @module
 */

/** Counts images by their class and the class they were taken for. */
export class ConfusionMatrix {
  /** (classes, classes) images: row by row those of a class, by the class they were taken for. */
  readonly counts: Float64Array;

  /** Counts of no images yet. */
  constructor(
    /** How many classes there are. */
    readonly classes: number,
  ) {
    this.counts = new Float64Array(classes * classes);
  }

  /** Counts an image. */
  add(label: number, predicted: number): void {
    this.counts[label * this.classes + predicted]++;
  }

  /** How often images of one class were taken for another, or for what they are. */
  count(label: number, predicted: number): number {
    return this.counts[label * this.classes + predicted];
  }

  /** Images of a class. */
  images(label: number): number {
    const { classes } = this;
    return this.counts.subarray(label * classes, (label + 1) * classes).reduce((a, b) => a + b, 0);
  }

  /** Share of the images of a class that were taken for what they are, 0 to 1; null if there is none. */
  accuracy(label: number): number | null {
    const images = this.images(label);
    return images === 0 ? null : this.count(label, label) / images;
  }
}
