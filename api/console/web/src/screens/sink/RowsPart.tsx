import { useMemo, useState } from "react";
import { ApiFailure } from "../../api/call";
import type { Cell, Rows, Sink } from "../../api/shapes";
import { flush, listRows } from "../../api/sinks";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Loading } from "../../parts/Loading";
import { Value } from "../../parts/TestedRow";
import { plural } from "../../text/format";
import { WholeRow } from "./WholeRow";

const LIMIT = 50;

type Order = "newest" | "first";

/** What is in the table: its newest or first rows. */
export function RowsPart({ sink }: { sink: Sink }) {
  const [order, setOrder] = useState<Order>("newest");
  const [after, setAfter] = useState<string[]>([]);
  const { tableId, target } = sink.table;
  const page = useLoad(`rows ${target ?? ""} ${tableId} ${order} ${after.at(-1) ?? ""}`, async (signal) => {
    const asked = { limit: LIMIT, after: after.at(-1), target, count: true };
    try {
      return await listRows(tableId, { ...asked, order }, signal);
    } catch (failure) {
      // A target may not know the newest.
      if (order !== "newest" || !(failure instanceof ApiFailure) || failure.status !== 400) throw failure;
      return listRows(tableId, { limit: LIMIT, after: after.at(-1), target }, signal);
    }
  });
  const show = (next: Order) => {
    setOrder(next);
    setAfter([]);
  };
  return (
    <>
      <div className="buttons" role="group" aria-label="Which rows">
        <button type="button" aria-pressed={order === "newest"} onClick={() => show("newest")}>Newest</button>
        <button type="button" aria-pressed={order === "first"} onClick={() => show("first")}>First</button>
        <button type="button" onClick={page.reload}>Read again</button>
        <Action run={async () => {
          await flush({ sourceId: sink.sourceId, sinkId: sink.sinkId });
          page.reload();
        }}>
          Bring waiting rows in now
        </Action>
      </div>
      <Loading of={page}>{(rows) => <Preview of={rows} />}</Loading>
      <div className="buttons">
        {after.length > 0 && <button type="button" onClick={() => setAfter(after.slice(0, -1))}>Previous page</button>}
        {page.value?.page.next && (
          <button type="button" onClick={() => setAfter([...after, page.value!.page.next!])}>Next page</button>
        )}
      </div>
    </>
  );
}

export function Preview({ of }: { of: Rows }) {
  const [opened, setOpened] = useState<Record<string, Cell>>();
  const columns = useMemo((): Columns<Record<string, Cell>> => [
    ...of.columns.map((name) => ({
      id: name,
      header: name,
      accessorFn: (row: Record<string, Cell>) => row[name] ?? null,
      cell: ({ getValue }: { getValue: () => Cell }) => <span className="cell"><Value of={getValue()} /></span>,
    })),
    {
      id: " whole", // no column of a table is called so
      header: () => <span className="offscreen">Whole row</span>,
      enableSorting: false,
      cell: () => <button type="button" className="plain">Open</button>, // the click is the row's
    },
  ], [of.columns]);
  const { totalCount, isTotalCut } = of.page;
  return (
    <>
      {totalCount !== undefined && (
        <p>{isTotalCut && "more than "}{plural(totalCount, "row")} in the table.</p>
      )}
      <DataTable
        caption={`Rows of ${of.tableId}`}
        columns={columns}
        rows={of.rows}
        empty="The table has no rows yet. They come within the time that Conditions say."
        open={setOpened}
      />
      {opened && <WholeRow of={opened} columns={of.columns} close={() => setOpened(undefined)} />}
    </>
  );
}
