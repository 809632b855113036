import type { Source } from "../../api/shapes";
import { listSources } from "../../api/sources";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Loading } from "../../parts/Loading";
import { Screen } from "../../parts/Screen";
import { rate } from "../../text/format";
import { KafkaState, known } from "./KafkaStatusPart";
import { NewKafkaSource } from "./NewKafkaSource";

const EVERY_MS = 5_000;

const COLUMNS: Columns<Source> = [
  {
    header: "Source",
    accessorKey: "name",
    cell: ({ row: { original } }) => <a href={to(["sources", original.sourceId])}>{original.name}</a>,
  },
  { header: "Topic", accessorFn: (source) => source.kafka?.topic ?? "" },
  { header: "State", accessorFn: (source) => source.kafka?.status?.state ?? "", cell: ({ row }) => <KafkaState of={row.original} /> },
  { header: "Behind (messages)", accessorFn: (source) => source.kafka?.status?.lag ?? null, cell: ({ row }) => known(row.original.kafka?.status?.lag) },
  { header: "Messages a second", accessorFn: (source) => source.kafka?.status?.messagesPerSecond ?? 0, cell: ({ getValue }) => rate(getValue()) },
  { header: "Why", accessorFn: (source) => source.kafka?.status?.reason ?? "", cell: ({ getValue }) => <span className="words">{getValue()}</span> },
];

/** The sources that read topics, and how far each is behind. */
export function KafkaScreen() {
  const sources = useLoad("kafka sources", kafkaSources, EVERY_MS);
  return (
    <Screen title="Kafka">
      <p>A source can read a topic by itself. Behind is how many messages are published and not read yet.</p>
      <Loading of={sources}>
        {(all) => <DataTable caption="Sources that read topics" columns={COLUMNS} rows={all} empty="No source reads a topic." />}
      </Loading>
      <NewKafkaSource />
    </Screen>
  );
}

async function kafkaSources(signal: AbortSignal): Promise<Source[]> {
  const found: Source[] = [];
  for (let afterId = ""; ; ) {
    const { sources, page } = await listSources(afterId, signal);
    found.push(...sources.filter(({ type }) => type === "kafka"));
    if (sources.length < page.limit || page.lastId === "") return found;
    afterId = page.lastId;
  }
}
