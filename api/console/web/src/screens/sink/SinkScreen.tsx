import { getSource } from "../../api/sources";
import type { Sink, Source } from "../../api/shapes";
import { getSink } from "../../api/sinks";
import { go, to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Badge } from "../../parts/Badge";
import { Loading } from "../../parts/Loading";
import { Notice } from "../../parts/Notice";
import { Screen } from "../../parts/Screen";
import { SettingsPart } from "../../parts/SettingsPart";
import { Tabs } from "../../parts/Tabs";
import { VersionsPart } from "../../parts/VersionsPart";
import { becauseOf } from "../../text/disabled";
import { FilesPart } from "./FilesPart";
import { ManageSink } from "./ManageSink";
import { MappingPart } from "./MappingPart";
import { RejectsPart } from "./RejectsPart";
import { RowsPart } from "./RowsPart";

const EVERY_MS = 10_000; // others may change it too

export function SinkScreen({ sourceId, sinkId, show }: { sourceId: string; sinkId: string; show?: string }) {
  const both = useLoad(
    `sink ${sourceId} ${sinkId}`,
    (signal) => Promise.all([getSource(sourceId, signal), getSink({ sourceId, sinkId }, signal)]),
    EVERY_MS,
  );
  const [source, sink] = both.value ?? [];
  return (
    <Screen
      title={sink?.name ?? sinkId}
      above={
        <>
          <a href={to(["sources"])}>Sources</a> /{" "}
          <a className="words" href={to(["sources", sourceId], { show: "sinks" })}>{source?.name ?? sourceId}</a>
        </>
      }
      beside={sink && (sink.disabled ? <Badge kind="warn">disabled</Badge> : <Badge kind="good">enabled</Badge>)}
    >
      <Loading of={both}>
        {([ofSource, value]) => (
          <>
            <p className="words">Rows go into <code>{value.table.tableId}</code>{value.description && `. ${value.description}`}</p>
            {value.disabled && (
              <Notice kind="warn">This sink is disabled{becauseOf(value.disabled)}. It makes no rows; enable it under Manage.</Notice>
            )}
            <SinkTabs source={ofSource} sink={value} show={show} changed={both.reload} />
          </>
        )}
      </Loading>
    </Screen>
  );
}

function SinkTabs({ source, sink, show, changed }: {
  source: Source;
  sink: Sink;
  show?: string;
  changed: () => void;
}) {
  const place = { sourceId: sink.sourceId, sinkId: sink.sinkId };
  const open = (id: string) => go(["sources", sink.sourceId, "sinks", sink.sinkId], { show: id });
  return (
    <Tabs
      label="Parts of the sink"
      open={show}
      onOpen={open}
      tabs={[
        { id: "files", title: "On the way", content: () => <FilesPart place={place} tableId={sink.table.tableId} /> },
        { id: "rows", title: "Table", content: () => <RowsPart sink={sink} /> },
        { id: "mapping", title: "Mapping", content: () => <MappingPart source={source} sink={sink} changed={changed} /> },
        {
          id: "rejects",
          title: "Rejects",
          content: () => (
            <RejectsPart place={place} sink={sink} showMapping={() => open("mapping")} changed={changed} />
          ),
        },
        {
          id: "settings",
          title: "Conditions",
          content: () => (
            <SettingsPart
              place={place}
              version={sink.version}
              newestVersion={async () => (await getSink(place)).version}
              changed={changed}
            />
          ),
        },
        {
          id: "versions",
          title: "Versions",
          content: () => <VersionsPart place={place} current={sink.version.number} changed={changed} />,
        },
        { id: "manage", title: "Manage", content: () => <ManageSink sink={sink} changed={changed} /> },
      ]}
    />
  );
}
