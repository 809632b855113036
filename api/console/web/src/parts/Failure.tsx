import { useSyncExternalStore } from "react";
import { ApiFailure, sentenceOf, Unreachable } from "../api/call";
import { connection, type ConnectionState } from "../api/connection";
import { Notice } from "./Notice";

/** What went wrong, in the words of the service. */
export function Failure({ of, retry }: { of: unknown; retry?: () => void }) {
  const now = useSyncExternalStore(connection.subscribe, connection.get);
  if (of === undefined || of === null) return null;
  const past = pastOf(of, now);
  const name = of instanceof ApiFailure && of.code.startsWith("stream.") ? of.code : undefined;
  return (
    <Notice kind={past ? "info" : "bad"} live>
      <p className="words lines">{past ?? sentenceOf(of)}</p>
      {name && <p className="quiet">Error name: <code>{name}</code></p>}
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </Notice>
  );
}

/** What was wrong and is no more: the service is back, or somebody signed in again. */
function pastOf(of: unknown, { isLost, isSignedOut }: ConnectionState): string | undefined {
  if (of instanceof Unreachable && !isLost) return "Millrace did not answer. It is back: try again.";
  const isSession = of instanceof ApiFailure && of.status === 401;
  if (isSession && !isSignedOut) return "The session had ended. You are signed in again: try again.";
  return undefined;
}
