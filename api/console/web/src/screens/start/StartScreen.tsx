import { getSource } from "../../api/sources";
import { to } from "../../app/address";
import { useLoad } from "../../app/useLoad";
import { Loading } from "../../parts/Loading";
import { Screen } from "../../parts/Screen";
import { ChooseSource } from "./ChooseSource";
import { FirstEvent } from "./FirstEvent";
import { FirstRows } from "./FirstRows";

/** From nothing to rows in a table, step by step. The address says how far it is, so a reload goes on. */
export function StartScreen({ isFirst, sourceId, sinkId }: {
  isFirst?: boolean;
  sourceId?: string;
  sinkId?: string;
}) {
  const step = sinkId ? 3 : sourceId ? 2 : 1;
  return (
    <Screen title={isFirst ? "Welcome: make your first table" : "New table"}>
      <ol className="progress" aria-label="Steps">
        {["Who sends", "An event and its columns", "The rows"].map((title, index) => (
          <li key={title} aria-current={index + 1 === step ? "step" : undefined}>{index + 1}. {title}</li>
        ))}
      </ol>
      {!sourceId && <ChooseSource isFirst={isFirst} />}
      {sourceId && <WithSource sourceId={sourceId} sinkId={sinkId} />}
    </Screen>
  );
}

function WithSource({ sourceId, sinkId }: { sourceId: string; sinkId?: string }) {
  const source = useLoad(`source ${sourceId}`, (signal) => getSource(sourceId, signal));
  return (
    <>
      <p className="quiet">Source <a href={to(["sources", sourceId])}>{source.value?.name ?? sourceId}</a></p>
      <Loading of={source}>
        {(value) => sinkId
          ? <FirstRows source={value} sinkId={sinkId} />
          : <FirstEvent source={value} changed={source.reload} />}
      </Loading>
    </>
  );
}
