/**
 * Models of every family: configurations, networks, weights, models on disk, statistics of layers.
 *
 * @module
 */
export * from "./portable/models.ts";
export * from "../models/model_directory.ts";
export * from "../models/text/load.ts";
export * from "../models/vit/load.ts";
