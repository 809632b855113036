// The screen that is shown is in the part of the address behind the `#`: it never leaves the browser.
// `#/sources/orders/sinks/rows?show=files`

import { useMemo, useSyncExternalStore } from "react";

export interface Address {
  /** `["sources", "orders"]`, decoded. */
  parts: string[];
  fields: URLSearchParams;
}

export function to(parts: (string | number)[], fields: Record<string, string> = {}): string {
  const path = "#/" + parts.map((part) => encodeURIComponent(part)).join("/");
  const query = new URLSearchParams(fields).toString();
  return query === "" ? path : `${path}?${query}`;
}

export function go(parts: (string | number)[], fields: Record<string, string> = {}): void {
  location.hash = to(parts, fields);
}

export function useAddress(): Address {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parsed(hash), [hash]);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function parsed(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parts = path.split("/").filter((part) => part !== "").map(decoded);
  return { parts, fields: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // an address that somebody typed
  }
}
