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
  /** Address of the hub, without a slash at its end and without credentials: it is shown in errors. */
  readonly endpoint: string;
  /** Credentials that were in the address, as the header `authorization`; a token goes before them. */
  readonly basicAuthorization?: string;
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
    ...hubEndpoint(),
    token: environmentVariable("HF_TOKEN")?.trim() || storedToken(home),
    cacheDir: cache !== undefined ? resolve(cache) : home && join(home, "hub"),
    offline: ["1", "on", "yes", "true"].includes(offline.toLowerCase()),
  };
}

function hubEndpoint(): Pick<HubSettings, "endpoint" | "basicAuthorization"> {
  const endpoint = environmentVariable("HF_ENDPOINT");
  if (endpoint === undefined) return { endpoint: "https://huggingface.co" };
  const url = URL.parse(endpoint);
  const shown = endpoint.replace(/[^/]*@/, "…@");
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InputError(
      `Cannot use the hub at ${shown} (HF_ENDPOINT): that is no address, one that begins with ` +
        "http:// or https:// is accepted",
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new InputError(
      `Cannot use the hub at ${url.origin} (HF_ENDPOINT): its address goes on after the path, leave ` +
        "out what begins with ? or #",
    );
  }
  const { username, password } = url;
  const address = (url.origin + url.pathname).replace(/\/+$/, "");
  if (username === "" && password === "") return { endpoint: address };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { endpoint: address, basicAuthorization: `Basic ${base64(credentials)}` };
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
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
