import { Copy } from "./Copy";

/** Lines to copy. */
export function Code({ text, what, label }: { text: string; what: string; label?: string }) {
  return (
    <div className="code">
      <pre tabIndex={0} role="region" aria-label={label ?? what}><code>{text}</code></pre>
      <Copy text={text} what={what} />
    </div>
  );
}
