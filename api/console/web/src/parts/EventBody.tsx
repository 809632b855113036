import { useMemo, useState } from "react";
import { indented } from "../text/indented";
import { Copy } from "./Copy";

const SHOWN_MAX = 20_000;

/** A body as it came, with JSON spaced out; long ones are cut until somebody asks for the rest. */
export function EventBody({ body, base64, note }: { body?: string; base64?: string; note?: string }) {
  const [isWhole, setWhole] = useState(false);
  const text = useMemo(() => {
    const all = body ?? base64 ?? "";
    return isWhole || all.length <= SHOWN_MAX ? indented(all) : all.slice(0, SHOWN_MAX);
  }, [body, base64, isWhole]);
  const size = (body ?? base64 ?? "").length;
  if (size === 0) return <p className="quiet">The body is empty.</p>;
  return (
    <div className="code">
      {base64 !== undefined && body === undefined && <p className="quiet">The body is not text; as Base64:</p>}
      <pre tabIndex={0} role="region" aria-label="Body"><code>{text}</code></pre>
      {note && <p className="quiet">{note}</p>}
      <div className="buttons">
        <Copy text={body ?? base64 ?? ""} what="body" />
        {size > SHOWN_MAX && !isWhole && (
          <button type="button" onClick={() => setWhole(true)}>Show all of it</button>
        )}
      </div>
    </div>
  );
}
