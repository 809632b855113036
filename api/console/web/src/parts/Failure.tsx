import { ApiFailure, sentenceOf } from "../api/call";
import { Notice } from "./Notice";

/** What went wrong, in the words of the service. */
export function Failure({ of, retry }: { of: unknown; retry?: () => void }) {
  if (of === undefined || of === null) return null;
  const name = of instanceof ApiFailure && of.code.startsWith("stream.") ? of.code : undefined;
  return (
    <Notice kind="bad" live>
      <p className="words">{sentenceOf(of)}</p>
      {name && <p className="quiet">Error name: <code>{name}</code></p>}
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </Notice>
  );
}
