/**
 * Size against loss.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import { finalLosses } from "../final_losses.ts";
import { listed, sizeFront } from "../size_front.ts";

/** Bytes of the packed model against its loss, with the models that nothing smaller beats. */
export const sizeLoss: Chart = {
  name: "size-loss",
  compares: true,
  needs: "finished runs with a validation loss",
  draw({ series, token }) {
    const title = `Last validation loss (nats per ${token})`;
    const drawn = sizeFront(series, finalLosses(series), { title, isLoss: true });
    return drawn && {
      title: "Loss against packed size",
      caption: `On the dashed line, the Pareto front, is what no smaller model beats: ${
        listed(drawn.front)
      }; codes count at their packed width, all else as float32.`,
      specification: drawn.specification,
    };
  },
};
