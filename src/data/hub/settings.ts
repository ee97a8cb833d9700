/**
 * Where the hub is, who asks, and where its files are kept: as in every Hugging Face client.
 *
 * @module
 */

import { environmentVariable } from "../../host/environment.ts";
import { readTextFileSync } from "../../host/files.ts";
import { join, resolve } from "../../host/paths.ts";
import { mayRead } from "../../host/permissions.ts";
import { InputError } from "../../errors.ts";

/** What the environment says about the hub. */
export interface HubSettings {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Who asks; undefined for anybody. */
  readonly token: string | undefined;
  /** The folder `hub` that every Hugging Face client shares; undefined where no place is known. */
  readonly cacheDir: string | undefined;
  /** Whether the network is not to be used. */
  readonly offline: boolean;
}

/**
 * The settings in the environment: `HF_ENDPOINT`, `HF_TOKEN` (else the token that `hf auth login`
 * keeps), `HF_HOME`, `HF_HUB_CACHE` and `HF_HUB_OFFLINE`.
 *
 * @throws {InputError} If `HF_ENDPOINT` is not an address.
 */
export function hubSettings(): HubSettings {
  const home = huggingFaceHome();
  const cache = environmentVariable("HF_HUB_CACHE");
  const offline = environmentVariable("HF_HUB_OFFLINE") ?? "";
  return {
    endpoint: hubEndpoint(),
    token: environmentVariable("HF_TOKEN")?.trim() || storedToken(home),
    cacheDir: cache !== undefined ? resolve(cache) : home && join(home, "hub"),
    offline: ["1", "on", "yes", "true"].includes(offline.toLowerCase()),
  };
}

function hubEndpoint(): string {
  const endpoint = environmentVariable("HF_ENDPOINT");
  if (endpoint === undefined) return "https://huggingface.co";
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) {
    throw new InputError(
      `Cannot use the hub at ${endpoint} (HF_ENDPOINT): that is no address, one that begins with ` +
        "http:// or https:// is accepted",
    );
  }
  return endpoint.replace(/\/+$/, "");
}

function huggingFaceHome(): string | undefined {
  const chosen = environmentVariable("HF_HOME");
  if (chosen !== undefined) return resolve(chosen);
  const shared = environmentVariable("XDG_CACHE_HOME");
  if (shared !== undefined) return resolve(shared, "huggingface");
  const home = environmentVariable("HOME") ?? environmentVariable("USERPROFILE");
  return home === undefined ? undefined : join(home, ".cache", "huggingface");
}

function storedToken(home: string | undefined): string | undefined {
  const path = environmentVariable("HF_TOKEN_PATH") ?? (home && join(home, "token"));
  if (path === undefined) return undefined;
  // Asked first, so that a program started without the permission is not interrupted by a prompt.
  if (!mayRead(path)) return undefined;
  try {
    return readTextFileSync(path).trim() || undefined;
  } catch {
    return undefined;
  }
}
