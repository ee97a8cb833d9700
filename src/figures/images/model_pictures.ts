/**
 * A model and the images it is shown with.
 *
 * @module
 */
import type { Normalization } from "../../data/images/augment/normalization.ts";
import type { ImageSplit } from "../../data/images/image_split.ts";
import type { ImageClassifier } from "../../models/vit/model.ts";

/** What figures of an image model are drawn from. */
export interface PicturedModel {
  /** The model. */
  readonly model: ImageClassifier;
  /** Images it was not trained on, of its size and channels. */
  readonly split: ImageSplit;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** How bytes become what the model reads. */
  readonly normalization: Normalization;
  /** What model and data are; it stands under every title. */
  readonly subject: string;
}
