import { Copy } from "./Copy";

const SHOWN = 8;

/** The end of an id: ids begin with their time, so those of one minute begin alike. */
export function ShortId({ id }: { id: string }) {
  return (
    <span className="short-id">
      <code title={id}>…{id.slice(-SHOWN)}</code> <Copy text={id} what="id" />
    </span>
  );
}
