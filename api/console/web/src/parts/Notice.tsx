import type { ReactNode } from "react";

export type NoticeKind = "info" | "good" | "warn" | "bad";

const WORDS: Record<NoticeKind, string> = { info: "Note", good: "Done", warn: "Careful", bad: "Failed" };

/** A sentence that stands out; its kind is said by a word too, not by colour alone. */
export function Notice({ kind, children, live }: { kind: NoticeKind; children: ReactNode; live?: boolean }) {
  const role = !live ? undefined : kind === "bad" ? "alert" : "status";
  return (
    <div className={`notice notice-${kind}`} role={role}>
      <span className="notice-word">{WORDS[kind]}</span>
      <div className="notice-text">{children}</div>
    </div>
  );
}
