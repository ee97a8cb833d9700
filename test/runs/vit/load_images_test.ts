import assert from "node:assert/strict";
import { join } from "node:path";
import { loadImages } from "../../../src/runs/vit/load_images.ts";
import { MemorySplit } from "../../../src/data/images/memory_split.ts";
import { StoredSplit } from "../../../src/data/images/split_file.ts";
import { withWorkplace } from "../../usage/program.ts";
import { writeImageFiles } from "../../usage/quarter_images.ts";

Deno.test("--image-memory is megabytes, and what does not fit stays on disk", () =>
  withWorkplace(async (place) => {
    await writeImageFiles(place, "photos");
    const cache = Deno.env.get("BITTEXT_CACHE");
    Deno.env.set("BITTEXT_CACHE", place.path("cache"));
    try {
      const split = async (imageMemory?: number) =>
        (await loadImages(join(place.folder, "photos"), { imageMemory }, {})).train;
      // 120 images of 192 bytes.
      assert.ok(await split() instanceof MemorySplit);
      assert.ok(await split(0.02304) instanceof MemorySplit);
      assert.ok(await split(0.02303) instanceof StoredSplit);
      assert.ok(await split(0) instanceof StoredSplit);
    } finally {
      if (cache === undefined) Deno.env.delete("BITTEXT_CACHE");
      else Deno.env.set("BITTEXT_CACHE", cache);
    }
  }));
