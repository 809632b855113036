import type { Cell } from "../../api/shapes";
import { Copy } from "../../parts/Copy";
import { Dialog } from "../../parts/Dialog";
import { Value } from "../../parts/TestedRow";
import { indented } from "../../text/indented";

/** All values of a row, however long. */
export function WholeRow({ of, columns, close }: {
  of: Record<string, Cell>;
  columns: string[];
  close: () => void;
}) {
  return (
    <Dialog title="Row" close={close}>
      <dl className="facts">
        {columns.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof of[name] === "string" && of[name] !== "" ? <Text of={of[name]} /> : <Value of={of[name]} />}</dd>
          </div>
        ))}
      </dl>
      <Copy text={JSON.stringify(of, null, 2)} what="row as JSON" />
    </Dialog>
  );
}

/** JSON is spaced out. */
function Text({ of }: { of: string }) {
  return <span className="words kept-lines">{indented(of)}</span>;
}
