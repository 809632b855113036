import { useState } from "react";
import { listLoads } from "../../api/others";
import type { Load } from "../../api/shapes";
import { useLoad } from "../../app/useLoad";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Moment } from "../../parts/Moment";
import { Screen } from "../../parts/Screen";
import { bytes, count } from "../../text/format";
import { LoadDialog } from "./LoadDialog";
import { LoadState } from "./LoadState";

const EVERY_MS = 5_000;

/** Rows that one client sends as a whole: all of them are visible, or none. */
export function LoadsScreen() {
  const [label, setLabel] = useState("");
  const [opened, setOpened] = useState<string>();
  const page = useLoad(`loads ${label}`, (signal) => listLoads({ label: label || undefined }, signal), EVERY_MS);
  const columns: Columns<Load> = [
    {
      header: "Label",
      accessorKey: "label",
      cell: ({ row: { original } }) => (
        <button type="button" className="link" onClick={() => setOpened(original.loadId)}>{original.label}</button>
      ),
    },
    { header: "Table", accessorKey: "tableId", cell: ({ getValue }) => <code>{getValue()}</code> },
    { header: "State", accessorKey: "state", cell: ({ row: { original } }) => <LoadState of={original} /> },
    { header: "Rows", accessorKey: "rows", cell: ({ getValue }) => count(getValue()) },
    { header: "Size", accessorKey: "bytes", cell: ({ getValue }) => bytes(getValue()) },
    { header: "Begun", accessorKey: "begunAt", cell: ({ getValue }) => <Moment at={getValue()} ago /> },
  ];
  return (
    <Screen title="Loads">
      <p>
        A load is what one client sends as a whole, by Stream Load or an upload: all its rows are in the table, or none.
        Loads under way and those that ended not long ago:
      </p>
      <Field label="Find by label" hint="The whole of it, as the list has it.">
        {(wiring) => <input {...wiring} type="search" value={label} onChange={(event) => setLabel(event.target.value.trim())} />}
      </Field>
      <Loading of={page}>
        {({ loads }) => <DataTable caption="Loads" columns={columns} rows={[...loads].reverse()} empty="There is no load." />}
      </Loading>
      {opened && <LoadDialog loadId={opened} changed={page.reload} close={() => setOpened(undefined)} />}
    </Screen>
  );
}
