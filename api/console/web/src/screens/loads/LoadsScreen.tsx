import { useState } from "react";
import { getLoad, listLoads } from "../../api/others";
import type { Load } from "../../api/shapes";
import { useLoad } from "../../app/useLoad";
import { Badge } from "../../parts/Badge";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Dialog } from "../../parts/Dialog";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Moment } from "../../parts/Moment";
import { Screen } from "../../parts/Screen";
import { bytes, count } from "../../text/format";

const EVERY_MS = 5_000;

const STATES: Record<Load["state"], { kind: "good" | "warn" | "bad" | "plain"; text: string }> = {
  open: { kind: "plain", text: "takes rows" },
  written: { kind: "plain", text: "written" },
  prepared: { kind: "warn", text: "waits to be committed" },
  committed: { kind: "good", text: "committed" },
  aborted: { kind: "bad", text: "given up" },
};

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
    { header: "State", accessorKey: "state", cell: ({ row: { original } }) => <State of={original} /> },
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
      <Field label="Find by label">
        {(wiring) => <input {...wiring} type="search" value={label} onChange={(event) => setLabel(event.target.value.trim())} />}
      </Field>
      <Loading of={page}>
        {({ loads }) => <DataTable caption="Loads" columns={columns} rows={[...loads].reverse()} empty="There is no load." />}
      </Loading>
      {opened && <Detail loadId={opened} close={() => setOpened(undefined)} />}
    </Screen>
  );
}

function standing(of: Load) {
  if (of.setAside) return { kind: "warn", text: "set aside" } as const;
  if (of.discarded) return { kind: "bad", text: "discarded" } as const;
  const { kind, text } = STATES[of.state];
  if (of.state !== "committed") return { kind, text };
  return { kind, text: text + (of.isImported ? ", in the table" : ", on its way") };
}

function State({ of }: { of: Load }) {
  const { kind, text } = standing(of);
  return (
    <>
      <Badge kind={kind}>{text}</Badge>
      {of.reason && <span className="words"> {of.reason}</span>}
    </>
  );
}

function Detail({ loadId, close }: { loadId: string; close: () => void }) {
  const load = useLoad(`load ${loadId}`, (signal) => getLoad(loadId, signal));
  return (
    <Dialog title="Load" close={close}>
      <Loading of={load}>
        {(value) => (
          <>
            <p className="words"><code>{value.label}</code> <State of={value} /></p>
            <p>{count(value.rows)} rows, {count(value.filteredRows)} could not be mapped.</p>
            {value.info !== undefined && (
              <pre tabIndex={0} role="region" aria-label="What its door knows"><code>{JSON.stringify(value.info, null, 2)}</code></pre>
            )}
          </>
        )}
      </Loading>
    </Dialog>
  );
}
