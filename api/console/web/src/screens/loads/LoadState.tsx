import type { Load } from "../../api/shapes";
import { Badge } from "../../parts/Badge";

const STATES: Record<Load["state"], { kind: "good" | "warn" | "bad" | "plain"; text: string }> = {
  open: { kind: "plain", text: "takes rows" },
  written: { kind: "plain", text: "written" },
  prepared: { kind: "warn", text: "waits to be committed" },
  committed: { kind: "good", text: "committed" },
  aborted: { kind: "bad", text: "given up" },
};

function standing(of: Load) {
  if (of.setAside) return { kind: "warn", text: "set aside" } as const;
  if (of.discarded) return { kind: "bad", text: "discarded" } as const;
  const { kind, text } = STATES[of.state];
  if (of.state !== "committed") return { kind, text };
  if (of.reason && !of.isImported) return { kind: "bad", text: "failing" } as const;
  return { kind, text: text + (of.isImported ? ", in the table" : ", on its way") };
}

/** How far a load is, and what keeps it. */
export function LoadState({ of }: { of: Load }) {
  const { kind, text } = standing(of);
  return (
    <>
      <Badge kind={kind}>{text}</Badge>
      {of.reason && <span className="words"> {of.reason}</span>}
    </>
  );
}
