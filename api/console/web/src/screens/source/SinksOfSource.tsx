import { inBranch } from "../../api/branch";
import { call, query } from "../../api/call";
import { turn } from "../../api/sources";
import type { Page, Sink, Source } from "../../api/shapes";
import { listSinks } from "../../api/sinks";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Badge } from "../../parts/Badge";
import { Loading } from "../../parts/Loading";
import { Moment } from "../../parts/Moment";
import { plural } from "../../text/format";

/** The tables that the events of a source go into. */
export function SinksOfSource({ source }: { source: Source }) {
  const { sourceId } = source;
  const sinks = useLoad(`sinks ${sourceId}`, (signal) => listSinks(sourceId, signal));
  const deleted = useLoad(`deleted sinks ${sourceId}`, (signal) => call<{ sinks: Sink[]; page: Page }>(
    "GET", inBranch("sources", sourceId, "sinks", "deleted") + query({ limit: 100 }), { signal }));
  return (
    <>
      <p>A sink makes a row of each event and brings it into its table.</p>
      <Loading of={sinks}>
        {(all) => (
          <ul className="plain-list cards">
            {all.map((sink) => (
              <li key={sink.sinkId} className="card">
                <h3><a href={to(["sources", sourceId, "sinks", sink.sinkId])}>{sink.name}</a></h3>
                <p className="words">
                  into <code>{sink.table.tableId}</code>, {plural(sink.table.mapping.columns.length, "column")}{" "}
                  {sink.disabled && <Badge kind="warn">disabled</Badge>}
                </p>
                {sink.description && <p className="words quiet">{sink.description}</p>}
              </li>
            ))}
            {all.length === 0 && <li>There is no sink yet: events are taken, and become no rows.</li>}
          </ul>
        )}
      </Loading>
      <p><a className="button" href={to(["new", sourceId])}>New sink for this source</a></p>
      {deleted.value && deleted.value.sinks.length > 0 && (
        <section aria-labelledby="deleted-sinks">
          <h3 id="deleted-sinks">Deleted</h3>
          <ul className="plain-list">
            {deleted.value.sinks.map((sink) => (
              <li key={sink.sinkId} className="line">
                <span className="words">
                  {sink.name} into <code>{sink.table.tableId}</code>, deleted <Moment at={sink.deleted?.at} ago />
                </span>
                <Action run={async () => {
                  await turn({ sourceId, sinkId: sink.sinkId }, "undelete");
                  sinks.reload();
                  deleted.reload();
                }}>Bring back</Action>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
