import type { ReactNode } from "react";

/** A state in a word. */
export function Badge({ kind, children }: { kind: "good" | "warn" | "bad" | "plain"; children: ReactNode }) {
  return <span className={`badge badge-${kind}`}>{children}</span>;
}
