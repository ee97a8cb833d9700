/**
 * The disk that a folder lies on.
 *
 * @module
 */
import { statfs } from "node:fs/promises";

/**
 * Bytes that may still be written below a folder; undefined where that cannot be known: the system does not tell, or the
 * program may not ask (`--allow-sys=statfs`).
 */
export async function freeBytes(folder: string): Promise<number | undefined> {
  const permission = { name: "sys", kind: "statfs" } as unknown as Deno.PermissionDescriptor;
  try {
    if ((await Deno.permissions.query(permission)).state !== "granted") return undefined;
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
