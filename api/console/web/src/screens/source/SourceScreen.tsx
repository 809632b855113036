import { ApiFailure } from "../../api/call";
import { getSource } from "../../api/sources";
import type { Source } from "../../api/shapes";
import { go, to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Badge } from "../../parts/Badge";
import { Loading } from "../../parts/Loading";
import { Notice } from "../../parts/Notice";
import { Screen } from "../../parts/Screen";
import { SendPart } from "../../parts/SendPart";
import { SettingsPart } from "../../parts/SettingsPart";
import { Tabs } from "../../parts/Tabs";
import { VersionsPart } from "../../parts/VersionsPart";
import { becauseOf } from "../../text/disabled";
import { KafkaStatusPart } from "../kafka/KafkaStatusPart";
import { DeletedSource } from "./DeletedSource";
import { LiveRequests } from "./LiveRequests";
import { ManageSource } from "./ManageSource";
import { SourceRate } from "./SourceRate";
import { SinksOfSource } from "./SinksOfSource";

const EVERY_MS = 10_000; // the status of Kafka changes by itself, and so may others change the source

export function SourceScreen({ sourceId, show }: { sourceId: string; show?: string }) {
  const source = useLoad(`source ${sourceId}`, (signal) => getSource(sourceId, signal), EVERY_MS);
  return (
    <Screen
      title={source.value?.name ?? sourceId}
      above={<a href={to(["sources"])}>Sources</a>}
      beside={source.value && <SourceState of={source.value} />}
    >
      {source.failure instanceof ApiFailure && source.failure.status === 404 && (
        <DeletedSource sourceId={sourceId} back={source.reload} />
      )}
      <Loading of={source}>
        {(value) => (
          <>
            {value.description && <p className="words">{value.description}</p>}
            {value.disabled && (
              <Notice kind="warn">
                This source is disabled{becauseOf(value.disabled)}. It takes no events; enable it under Manage.
              </Notice>
            )}
            <SourceTabs source={value} show={show} changed={source.reload} />
          </>
        )}
      </Loading>
    </Screen>
  );
}

function SourceTabs({ source, show, changed }: { source: Source; show?: string; changed: () => void }) {
  const place = { sourceId: source.sourceId };
  return (
    <Tabs
      label="Parts of the source"
      open={show}
      onOpen={(id) => go(["sources", source.sourceId], { show: id })}
      tabs={[
        {
          id: "events",
          title: "Events",
          content: () => (
            <>
              {source.kafka && <KafkaStatusPart source={source} />}
              <section aria-labelledby="send">
                <h2 id="send">Send events</h2>
                <SendPart source={source} />
              </section>
              <SourceRate sourceId={source.sourceId} />
              <LiveRequests sourceId={source.sourceId} />
            </>
          ),
        },
        { id: "sinks", title: "Sinks", content: () => <SinksOfSource source={source} /> },
        {
          id: "settings",
          title: "Settings",
          content: () => (
            <SettingsPart
              place={place}
              version={source.version}
              newestVersion={async () => (await getSource(source.sourceId)).version}
              changed={changed}
            />
          ),
        },
        {
          id: "versions",
          title: "Versions",
          content: () => <VersionsPart place={place} current={source.version.number} changed={changed} />,
        },
        { id: "manage", title: "Manage", content: () => <ManageSource source={source} changed={changed} /> },
      ]}
    />
  );
}

function SourceState({ of }: { of: Source }) {
  return (
    <span className="badges">
      {of.disabled ? <Badge kind="warn">disabled</Badge> : <Badge kind="good">enabled</Badge>}
      {of.http && (
        of.http.verification === "signature"
          ? <Badge kind="good">signatures are checked</Badge>
          : <Badge kind="plain">whoever knows the URL can send</Badge>
      )}
    </span>
  );
}
