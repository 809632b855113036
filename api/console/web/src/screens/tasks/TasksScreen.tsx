import { useState } from "react";
import { listTasks, type TaskEntry } from "../../api/service";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Badge } from "../../parts/Badge";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Moment } from "../../parts/Moment";
import { Screen } from "../../parts/Screen";

const EVERY_MS = 3_000;

const COLUMNS: Columns<TaskEntry> = [
  { header: "Change", accessorFn: ({ type }) => words(type) },
  { header: "Of", accessorFn: ({ sourceId, sinkId }) => `${sourceId ?? ""} ${sinkId ?? ""}`, cell: ({ row }) => <Whose of={row.original} /> },
  { header: "State", accessorKey: "status", cell: ({ row }) => <State of={row.original} /> },
  { header: "Begun", accessorKey: "createdAt", cell: ({ getValue }) => <Moment at={getValue()} ago /> },
  {
    header: "Result",
    accessorFn: ({ error, result }) => error ?? result ?? "",
    cell: ({ getValue }) => <span className="words">{getValue()}</span>,
  },
];

/** Changes that are under way, and what became of the last ones. */
export function TasksScreen() {
  const [status, setStatus] = useState("all");
  const tasks = useLoad(`tasks ${status}`, (signal) => listTasks(status, signal), EVERY_MS);
  return (
    <Screen title="Tasks">
      <p>Each change is a task. Those that succeeded are kept for an hour, those that failed for two days.</p>
      <Field label="Show">
        {(wiring) => (
          <select {...wiring} value={status} onChange={(event) => setStatus(event.target.value)}>
            <option value="all">all</option>
            <option value="processing">under way</option>
            <option value="success">done</option>
            <option value="error">failed</option>
          </select>
        )}
      </Field>
      <Loading of={tasks}>
        {(all) => <DataTable caption="Tasks" columns={COLUMNS} rows={all} empty="There is no such task." />}
      </Loading>
    </Screen>
  );
}

/** `api.update.sinkSettings` is "update sink settings". */
function words(type: string): string {
  return type.replace(/^api\./, "").replaceAll(".", " ").replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

function Whose({ of: { sourceId, sinkId } }: { of: TaskEntry }) {
  if (!sourceId) return null;
  return sinkId
    ? <a href={to(["sources", sourceId, "sinks", sinkId])}>{sourceId} → {sinkId}</a>
    : <a href={to(["sources", sourceId])}>{sourceId}</a>;
}

function State({ of: { status } }: { of: TaskEntry }) {
  if (status === "success") return <Badge kind="good">done</Badge>;
  if (status === "error") return <Badge kind="bad">failed</Badge>;
  return <Badge kind="plain">under way</Badge>;
}
