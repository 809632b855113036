import type { RequestStatus as Status } from "../api/requests";
import { Badge } from "./Badge";

const WORDS: Record<Status, { kind: "good" | "warn" | "bad" | "plain"; text: string }> = {
  accepted: { kind: "good", text: "accepted" },
  partly: { kind: "warn", text: "partly accepted" },
  kept: { kind: "warn", text: "kept as a reject" },
  refused: { kind: "bad", text: "refused" },
  failed: { kind: "bad", text: "failed here" },
  duplicate: { kind: "plain", text: "came before" },
};

export function RequestStatus({ status, code }: { status: Status; code?: number }) {
  const { kind, text } = WORDS[status] ?? { kind: "plain", text: status };
  return <Badge kind={kind}>{code !== undefined && `${code} `}{text}</Badge>;
}
