/**
 * Files and folders of this machine, by path.
 *
 * What fails throws the runtime's own error: see `file_failures.ts` for what it was, and `files/file_error.ts` for
 * what to tell the user.
 *
 * @module
 */

/** What the file system knows of a file or folder. */
export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
  /** Length in bytes. */
  readonly size: number;
  /** When it was last written, or `null` where that is not kept. */
  readonly mtime: Date | null;
  /** The device it lies on. */
  readonly dev: number;
  /** Its number on that device, or `null` where there is none. */
  readonly ino: number | null;
}

/** What a folder holds under one name. */
export interface FolderEntry {
  readonly name: string;
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
}

/** The whole content of a file. */
export function readFile(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(path);
}

/** The whole content of a file of text in UTF-8. */
export function readTextFile(path: string): Promise<string> {
  return Deno.readTextFile(path);
}

/** The whole content of a file of text in UTF-8, at once. */
export function readTextFileSync(path: string): string {
  return Deno.readTextFileSync(path);
}

/** Writes a whole file; `files/atomic.ts` does it so that it is never half there. */
export function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  return Deno.writeFile(path, bytes);
}

/** Writes a whole file of text in UTF-8. */
export function writeTextFile(path: string, text: string): Promise<void> {
  return Deno.writeTextFile(path, text);
}

/** Appends text to a file, which is made if it is missing, at once. */
export function appendTextSync(path: string, text: string): void {
  Deno.writeTextFileSync(path, text, { append: true });
}

/** The facts of a file or folder, or of what a symbolic link leads to. */
export function stat(path: string): Promise<FileFacts> {
  return Deno.stat(path);
}

/** Whether a path leads to a file or folder that may be looked at. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Like {@link exists}, at once. */
export function existsSync(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a name is taken, also by a symbolic link that leads nowhere. */
export async function isTaken(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Makes a folder and those above it, as far as they are missing. */
export function makeFolder(path: string): Promise<void> {
  return Deno.mkdir(path, { recursive: true });
}

/** What a folder holds, in no order. */
export function readFolder(path: string): AsyncIterable<FolderEntry> {
  return Deno.readDir(path);
}

/** Gives a file or folder another name on the same disk; a file of that name is replaced. */
export function rename(from: string, to: string): Promise<void> {
  return Deno.rename(from, to);
}

/** Removes a file or an empty folder. */
export function remove(path: string): Promise<void> {
  return Deno.remove(path);
}

/** Like {@link remove}, at once; what is not there is no trouble. */
export function removeSync(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or cannot be removed.
  }
}

/** Removes what is at a path if it is a symbolic link, so that nothing is written through it. */
export async function removeLink(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => undefined);
  if (info?.isSymlink) await Deno.remove(path);
}

/** Removes a file, or a folder with all it holds. */
export function removeTree(path: string): Promise<void> {
  return Deno.remove(path, { recursive: true });
}

/** Cuts a file off behind its first `bytes`. */
export function truncate(path: string, bytes: number): Promise<void> {
  return Deno.truncate(path, bytes);
}

/** Where a symbolic link leads, as it is written in it. */
export function readLink(path: string): Promise<string> {
  return Deno.readLink(path);
}

/** Makes a symbolic link at `path`; `target` is written in it as it is. */
export function makeSymbolicLink(target: string, path: string): Promise<void> {
  return Deno.symlink(target, path);
}

/** Gives a file a second name. */
export function makeLink(file: string, path: string): Promise<void> {
  return Deno.link(file, path);
}

/** Copies a file. */
export function copyFile(from: string, to: string): Promise<void> {
  return Deno.copyFile(from, to);
}
