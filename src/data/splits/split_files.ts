/**
 * Which split of a data set a file belongs to, by its path: the rules of Hugging Face's `datasets`.
 *
 * @module
 */

/** A split and the files it is made of. */
export interface SplitFiles<F> {
  /** Its name, such as `train`. */
  readonly name: string;
  /** Its files, in the order of their paths. */
  readonly files: readonly F[];
}

const keywords: Readonly<Record<string, readonly string[]>> = {
  train: ["train", "training"],
  validation: ["validation", "valid", "dev", "val"],
  test: ["test", "testing", "eval", "evaluation"],
};

/**
 * Divides files into splits: by `data/SPLIT-00000-of-00001` if there are such files, else by folders
 * whose names say it, else by file names that do; files that say nothing are all `train`.
 *
 * @param files What has a path, with forward slashes.
 * @returns The splits, training first. Where some files say a split, the others are in none.
 */
export function splitFiles<F extends { readonly path: string }>(
  files: readonly F[],
): SplitFiles<F>[] {
  const rules = [shardSplit, folderSplit, fileSplit];
  for (const rule of rules) {
    const splits = new Map<string, F[]>();
    for (const file of files) {
      const name = rule(file.path);
      if (name !== undefined) splits.set(name, [...splits.get(name) ?? [], file]);
    }
    if (splits.size > 0) return orderedSplits(splits);
  }
  return files.length === 0 ? [] : orderedSplits(new Map([["train", files]]));
}

/** Splits in the usual order, and their files in the order of their paths. */
export function orderedSplits<F extends { readonly path: string }>(
  splits: ReadonlyMap<string, readonly F[]>,
): SplitFiles<F>[] {
  const usual = Object.keys(keywords);
  const rank = (name: string) => (usual.indexOf(name) + usual.length + 1) % (usual.length + 1);
  return [...splits]
    .map(([name, files]) => ({
      name,
      files: [...files].sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
    }))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
}

function shardSplit(path: string): string | undefined {
  return /(?:^|\/)data\/([^/]+)-\d{5}-of-\d{5}[^/]*$/.exec(path)?.[1];
}

function folderSplit(path: string): string | undefined {
  return keywordOf(path.split("/").slice(0, -1));
}

function fileSplit(path: string): string | undefined {
  return keywordOf(path.split("/").slice(-1));
}

/** The split that one of some names says, as a word of its own. */
function keywordOf(names: readonly string[]): string | undefined {
  const words = names.flatMap((name) => name.toLowerCase().split(/[-._ 0-9]+/));
  return Object.keys(keywords).find((split) =>
    keywords[split].some((keyword) => words.includes(keyword))
  );
}
