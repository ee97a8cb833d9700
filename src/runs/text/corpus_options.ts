/**
 * What becomes of text before it is tokenized, as options and as the record of a run say it.
 *
 * @module
 */
import { type CorpusOptions, defaultCorpusOptions } from "../../data/text/corpus_options.ts";

const OPTIONS = Object.keys(defaultCorpusOptions) as (keyof CorpusOptions)[];

/** Those among some options, or in the record of a run, that are not as they are by default. */
export function corpusOptions(
  options: { readonly [Name in keyof CorpusOptions]?: CorpusOptions[Name] | undefined },
): Partial<CorpusOptions> {
  const stated = OPTIONS.filter((name) =>
    options[name] !== undefined && options[name] !== defaultCorpusOptions[name]
  );
  return Object.fromEntries(stated.map((name) => [name, options[name]]));
}
