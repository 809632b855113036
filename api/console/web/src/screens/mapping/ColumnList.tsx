import type { TestedColumn } from "../../api/playground";
import type { Column, SourceType } from "../../api/shapes";
import { useMayChange } from "../../app/SessionContext";
import { freeName } from "../../text/columns";
import { ColumnEditor } from "./ColumnEditor";

/** The columns in their order. */
export function ColumnList({ columns, set, tested, sourceType }: {
  columns: Column[];
  set: (columns: Column[]) => void;
  /** What each column makes of the event, in the same order. */
  tested?: TestedColumn[];
  sourceType: SourceType;
}) {
  const mayChange = useMayChange();
  const move = (from: number, to: number) => {
    const next = [...columns];
    const [column] = next.splice(from, 1);
    next.splice(to, 0, column!);
    set(next);
  };
  return (
    <>
      <p className="hint">A row whose key columns have the values of an earlier row replaces that row.</p>
      <ol className="plain-list columns">
        {columns.map((column, index) => (
          <li key={index}>
            <ColumnEditor
              of={column}
              isOff={!mayChange}
              tested={tested?.[index]?.name === column.name ? tested[index] : undefined}
              sourceType={sourceType}
              set={(changed) => set(columns.with(index, changed))}
              remove={() => set(columns.toSpliced(index, 1))}
              up={index > 0 ? () => move(index, index - 1) : undefined}
              down={index < columns.length - 1 ? () => move(index, index + 1) : undefined}
            />
          </li>
        ))}
      </ol>
      <button
        type="button"
        disabled={!mayChange}
        onClick={() => set([...columns, {
          type: "path", name: freeName("column", columns), path: "", defaultValue: "", rawString: true,
        }])}
      >
        Add a column
      </button>
    </>
  );
}
