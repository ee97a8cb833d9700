/**
 * Size against accuracy.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import { finalAccuracies } from "../final_losses.ts";
import { listed, sizeFront } from "../size_front.ts";

/** Bytes of the packed model against its accuracy in the test, with the models that nothing smaller beats. */
export const sizeAccuracy: Chart = {
  name: "size-accuracy",
  compares: true,
  onlyTested: true,
  needs: "finished runs with their test",
  draw({ series, token }) {
    const title = `Test ${token}s classified rightly`;
    const quality = { title, isLoss: false, format: ".1%" };
    const drawn = sizeFront(series, finalAccuracies(series), quality);
    return drawn && {
      title: "Accuracy against packed size",
      caption: `On the dashed line, the Pareto front, is what no smaller model beats: ${
        listed(drawn.front)
      }; codes count at their packed width, all else as float32.`,
      specification: drawn.specification,
    };
  },
};
