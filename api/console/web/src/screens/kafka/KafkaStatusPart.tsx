import type { KafkaPartition, Source } from "../../api/shapes";
import { Badge } from "../../parts/Badge";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Moment } from "../../parts/Moment";
import { Notice } from "../../parts/Notice";
import { count, plural, rate } from "../../text/format";

const COLUMNS: Columns<KafkaPartition> = [
  { header: "Partition", accessorKey: "partition" },
  { header: "Behind (messages)", accessorFn: ({ lag }) => lag ?? null, cell: ({ row }) => known(row.original.lag) },
  { header: "Next offset", accessorFn: ({ nextOffset }) => nextOffset ?? 0, cell: ({ getValue }) => count(getValue()) },
  { header: "Messages read", accessorFn: ({ messages }) => messages ?? 0, cell: ({ getValue }) => count(getValue()) },
  { header: "Lost", accessorFn: ({ lost }) => lost ?? 0, cell: ({ getValue }) => count(getValue()) },
];

/** How many messages a source or partition is behind; nothing where nobody has looked yet. */
export function known(lag: number | null | undefined): string {
  return lag === null || lag === undefined ? "" : count(lag);
}

/** What a source of Kafka does now, and how far it is behind. */
export function KafkaStatusPart({ source }: { source: Source }) {
  const status = source.kafka?.status;
  if (!status) return null;
  return (
    <section aria-labelledby={`reading-${source.sourceId}`}>
      <h2 id={`reading-${source.sourceId}`}>Reading</h2>
      <p>
        <KafkaState of={source} /> since <Moment at={status.since} />,{" "}
        {status.lag === null
          ? "how far it is behind is not known yet, "
          : <><strong>{count(status.lag)}</strong> {status.lag === 1 ? "message" : "messages"} behind, </>}
        {rate(status.messagesPerSecond)} messages a second.
      </p>
      {status.reason && <Notice kind={status.state === "failed" ? "bad" : "info"}><span className="words">{status.reason}</span></Notice>}
      {status.gaps.length > 0 && (
        <Notice kind="warn">Messages were passed over {plural(status.gaps.length, "time")}: the topic had them no more.</Notice>
      )}
      <DataTable
        caption={`Partitions of ${source.name}`}
        columns={COLUMNS}
        rows={status.partitions}
        empty="No partition is known yet."
      />
    </section>
  );
}

export function KafkaState({ of }: { of: Source }) {
  const state = of.kafka?.status?.state ?? "starting";
  const kind = state === "reading" ? "good" : state === "failed" ? "bad" : "warn";
  return <Badge kind={kind}>{state}</Badge>;
}
