import { useState } from "react";
import { at } from "../../api/branch";
import type { Sink } from "../../api/shapes";
import { getSettings, updateSettings } from "../../api/sources";
import { deleteRejects, listRejects, retryRejects, type SinkPlace } from "../../api/sinks";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Loading } from "../../parts/Loading";
import { Notice } from "../../parts/Notice";
import { bytes, plural } from "../../text/format";
import { RejectEntry } from "./RejectEntry";

const EVERY_MS = 10_000;

/** Events that the mapping did not fit, with the reason; mend the mapping and send them through it. */
export function RejectsPart({ place, sink, showMapping, changed }: {
  place: SinkPlace;
  sink: Sink;
  showMapping: () => void;
  /** The sink has another version. */
  changed: () => void;
}) {
  const [after, setAfter] = useState<string[]>([]);
  const [result, setResult] = useState<string>();
  const page = useLoad(
    `rejects ${at(place)} ${after.at(-1) ?? ""}`, (signal) => listRejects(place, after.at(-1), signal), EVERY_MS);
  return (
    <>
      <KeepChoice place={place} sink={sink} changed={changed} />
      <Loading of={page}>
        {({ rejects, size, page: { totalCount, lastId, limit } }) => (
          <>
            <p>{plural(totalCount, "reject")}{totalCount > 0 && `, ${bytes(size)}`}.</p>
            {result && <Notice kind="info" live>{result}</Notice>}
            {totalCount > 0 && (
              <div className="buttons">
                <button type="button" onClick={showMapping}>Mend the mapping</button>
                <Action kind="main" run={async () => {
                  setResult((await retryRejects(place)).result ?? "Done.");
                  setAfter([]);
                  page.reload();
                }}>
                  Retry through the new mapping
                </Action>
                <Action
                  kind="danger"
                  run={async () => {
                    await deleteRejects(place);
                    setResult(undefined);
                    setAfter([]);
                    page.reload();
                  }}
                  ask={{
                    title: "Delete all rejects of this sink?",
                    text: <p>These events are in no table. Deleting them here deletes them for good.</p>,
                    yes: "Delete all",
                  }}
                >
                  Delete all
                </Action>
              </div>
            )}
            <ul className="plain-list">
              {rejects.map((reject) => (
                <li key={reject.rejectId}><RejectEntry of={reject} place={place} showMapping={showMapping} /></li>
              ))}
            </ul>
            <div className="buttons">
              {after.length > 0 && <button type="button" onClick={() => setAfter(after.slice(0, -1))}>Previous page</button>}
              {rejects.length === limit && (
                <button type="button" onClick={() => setAfter([...after, lastId])}>Next page</button>
              )}
            </div>
          </>
        )}
      </Loading>
    </>
  );
}

/** Whether events that do not fit are refused or kept. */
function KeepChoice({ place, sink, changed }: { place: SinkPlace; sink: Sink; changed: () => void }) {
  const key = `keeps ${at(place)} ${sink.version.number}`;
  const settings = useLoad(key, (signal) => getSettings(place, signal));
  const keeps = settings.value?.find((setting) => setting.key === "mapping.onError")?.value === "keep";
  const choose = async (value: string) => {
    await updateSettings(place, [{ key: "mapping.onError", value }]);
    changed();
  };
  if (!settings.value) return null;
  return (
    <p>
      {keeps
        ? "Events that do not fit the mapping are kept here, and their senders are told that they were accepted. "
        : "Events that do not fit the mapping are refused, and their senders are told why; none is kept here. "}
      {keeps
        ? <Action run={() => choose("reject")}>Refuse them instead</Action>
        : <Action run={() => choose("keep")}>Keep them instead</Action>}
    </p>
  );
}
