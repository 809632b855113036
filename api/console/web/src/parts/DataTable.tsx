import {
  flexRender, getCoreRowModel, getSortedRowModel, useReactTable, type ColumnDef, type SortingState,
} from "@tanstack/react-table";
import { useState, type MouseEvent } from "react";

export type Columns<Row> = ColumnDef<Row, any>[];

/** A table that sorts by a click on a head. Wide ones scroll by themselves, not the page. */
export function DataTable<Row>({ caption, columns, rows, empty, sorted, open }: {
  caption: string;
  columns: Columns<Row>;
  rows: Row[];
  empty: string;
  sorted?: SortingState;
  /** Called with the row that somebody clicks; `columns` has a button that does it by keyboard. */
  open?: (row: Row) => void;
}) {
  const [sorting, setSorting] = useState<SortingState>(sorted ?? []);
  const table = useReactTable({
    data: rows,
    columns,
    state: { sorting },
    onSortingChange: setSorting,
    autoResetAll: false, // rows are new objects each time they are loaded
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  if (rows.length === 0) return <p className="quiet">{empty}</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption className="offscreen">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const way = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={way === "asc" ? "ascending" : way === "desc" ? "descending" : undefined}
                  >
                    {header.column.getCanSort() ? (
                      <button type="button" className="head" onClick={header.column.getToggleSortingHandler()}>
                        {flexRender(header.column.columnDef.header, header.getContext())}
                        <span aria-hidden="true">{way === "asc" ? " ↑" : way === "desc" ? " ↓" : ""}</span>
                      </button>
                    ) : (
                      flexRender(header.column.columnDef.header, header.getContext())
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} className={open && "opens"} onClick={open && ((event) => isMarking(event) || open(row.original))}>
              {row.getVisibleCells().map((cell) => (
                <td key={cell.id}>{flexRender(cell.column.columnDef.cell, cell.getContext())}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Who drags over a text marks it, and opens nothing. */
function isMarking({ target }: MouseEvent): boolean {
  const isButton = target instanceof Element && target.closest("button") !== null;
  return !isButton && (getSelection()?.toString() ?? "") !== "";
}
