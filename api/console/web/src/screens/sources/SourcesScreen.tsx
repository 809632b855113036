import { useState } from "react";
import { listDeletedSources, listSources, turn } from "../../api/sources";
import type { Source } from "../../api/shapes";
import { go, to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Badge } from "../../parts/Badge";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Moment } from "../../parts/Moment";
import { Screen } from "../../parts/Screen";
import { plural } from "../../text/format";

const COLUMNS: Columns<Source> = [
  {
    header: "Name",
    accessorKey: "name",
    cell: ({ row: { original } }) => <a href={to(["sources", original.sourceId])}>{original.name}</a>,
  },
  { header: "Id", accessorKey: "sourceId", cell: ({ getValue }) => <code>{getValue()}</code> },
  { header: "Takes", accessorFn: takes },
  { header: "State", accessorFn: (source) => (source.disabled ? 0 : 1), cell: ({ row }) => <State of={row.original} /> },
  {
    header: "Changed",
    accessorFn: (source) => source.version.at,
    cell: ({ row: { original } }) => <Moment at={original.version.at} ago />,
  },
];

export function SourcesScreen() {
  const [afterIds, setAfterIds] = useState<string[]>([""]);
  const [sought, setSought] = useState("");
  const afterId = afterIds.at(-1) ?? "";
  const page = useLoad(`sources ${afterId}`, (signal) => listSources(afterId, signal));
  const fits = (source: Source) =>
    `${source.name} ${source.sourceId} ${source.description}`.toLowerCase().includes(sought.toLowerCase());

  return (
    <Screen title="Sources" beside={<a className="button" href={to(["new"])}>New table</a>}>
      <p>A source takes events: it has a URL to send them to, or reads a topic. Its sinks make rows of them.</p>
      <Loading of={page}>
        {({ sources, page: { totalCount, lastId } }) => (
          <>
            <Field label="Filter by name or id">
              {(wiring) => (
                <input {...wiring} type="search" value={sought} onChange={(event) => setSought(event.target.value)} />
              )}
            </Field>
            <DataTable
              caption="Sources"
              columns={COLUMNS}
              rows={sources.filter(fits)}
              empty={sought ? "No source on this page fits." : "There is no source yet."}
            />
            <p className="quiet">{plural(totalCount, "source")} in all.</p>
            <div className="buttons">
              {afterIds.length > 1 && (
                <button type="button" onClick={() => setAfterIds(afterIds.slice(0, -1))}>Previous page</button>
              )}
              {sources.length === 100 && (
                <button type="button" onClick={() => setAfterIds([...afterIds, lastId])}>Next page</button>
              )}
            </div>
          </>
        )}
      </Loading>
      <Deleted />
    </Screen>
  );
}

function Deleted() {
  const deleted = useLoad("deleted sources", listDeletedSources);
  const sources = deleted.value?.sources ?? [];
  if (sources.length === 0) return null;
  return (
    <section aria-labelledby="deleted">
      <h2 id="deleted">Deleted</h2>
      <ul className="plain-list">
        {sources.map((source) => (
          <li key={source.sourceId} className="line">
            <span>{source.name} <code>{source.sourceId}</code>, deleted <Moment at={source.deleted?.at} ago /></span>
            <Action run={async () => {
              await turn({ sourceId: source.sourceId }, "undelete");
              go(["sources", source.sourceId]);
            }}>Bring back</Action>
          </li>
        ))}
      </ul>
    </section>
  );
}

function takes(source: Source): string {
  if (source.type === "kafka") return `Kafka topic ${source.kafka?.topic ?? ""}`;
  if (source.type === "otlp") return "OpenTelemetry";
  return source.http?.preset ? `Webhooks of ${source.http.preset}` : "HTTP";
}

function State({ of }: { of: Source }) {
  if (of.disabled) return <Badge kind="warn">disabled</Badge>;
  if (of.kafka?.status?.state === "failed") return <Badge kind="bad">failed</Badge>;
  return <Badge kind="good">enabled</Badge>;
}
