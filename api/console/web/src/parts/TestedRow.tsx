import type { TestedMapping } from "../api/playground";
import type { Column } from "../api/shapes";
import { DATA_TYPES, dataTypeId } from "../text/columns";
import { Badge } from "./Badge";
import { Notice } from "./Notice";

/** The row that an event would become, a line for each column, with what is wrong beside its column. */
export function TestedRow({ row, columns }: { row: TestedMapping; columns: Column[] }) {
  const hasOwnError = row.columns.some(({ message }) => message);
  return (
    <div className="tested">
      {!row.isTaken && !hasOwnError && row.message && (
        <Notice kind="bad"><span className="words">{row.message}</span></Notice>
      )}
      <table>
        <caption className="offscreen">The row that the event becomes</caption>
        <thead><tr><th scope="col">Column</th><th scope="col">Value</th></tr></thead>
        <tbody>
          {row.columns.map((cell, index) => (
            <tr key={index} className={cell.message ? "has-error" : undefined}>
              <th scope="row">
                {cell.name}
                <small className="quiet"> {typeTitle(columns[index])}</small>
              </th>
              <td className="words">
                {cell.message ? <span className="wrong">{cell.message}</span> : <Value of={cell.value} />}
                {cell.engine === "jsonnet" && (
                  <small className="quiet" title={cell.engineReason}> evaluated by Jsonnet itself, which is slower</small>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {row.isTaken
          ? <Badge kind="good">this event becomes this row</Badge>
          : <Badge kind="bad">this event would be refused{row.statusCode ? ` (${row.statusCode})` : ""}</Badge>}
      </p>
    </div>
  );
}

export function Value({ of }: { of: string | number | boolean | null | undefined }) {
  if (of === null || of === undefined) return <span className="quiet">NULL</span>;
  if (of === "") return <span className="quiet">empty</span>;
  const text = String(of);
  return <>{text.length > 500 ? `${text.slice(0, 500)}…` : text}</>;
}

function typeTitle(column: Column | undefined): string {
  if (!column) return "";
  return DATA_TYPES.find(({ id }) => id === dataTypeId(column.dataType))?.title ?? "";
}
