import { getLoad } from "../../api/others";
import type { Load } from "../../api/shapes";
import { getLoadFile } from "../../api/sinks";
import { useLoad } from "../../app/useLoad";
import { Dialog } from "../../parts/Dialog";
import { FileActions } from "../../parts/FileActions";
import { Loading } from "../../parts/Loading";
import { plural } from "../../text/format";
import { remediesOf } from "../../text/remedies";
import { LoadState } from "./LoadState";

const EVERY_MS = 3_000;

/** One load: why rows of it are not in the table, and what can be done. */
export function LoadDialog({ loadId, changed, close }: {
  loadId: string;
  changed: () => void;
  close: () => void;
}) {
  const load = useLoad(`load ${loadId}`, (signal) => getLoad(loadId, signal), EVERY_MS);
  const after = () => {
    load.reload();
    changed();
  };
  return (
    <Dialog title="Load" close={close}>
      <Loading of={load}>
        {(value) => (
          <>
            <p className="words"><code>{value.label}</code> <LoadState of={value} /></p>
            <p>{sizeOf(value)}</p>
            {value.state === "committed" && !value.isImported && !value.discarded && (
              <Remedies of={value} changed={after} />
            )}
            {value.errorLog && <LeftOut log={value.errorLog} />}
            {value.info !== undefined && (
              <pre tabIndex={0} role="region" aria-label="What its door knows"><code>{JSON.stringify(value.info, null, 2)}</code></pre>
            )}
          </>
        )}
      </Loading>
    </Dialog>
  );
}

/** Of a load that was given up nothing is counted; the list of reasons says what there was. */
function sizeOf({ state, rows, filteredRows }: Load): string {
  if (state === "aborted") return "None of its rows is in the table.";
  return `${plural(rows, "row")}; ${plural(filteredRows, "row")} could not be mapped.`;
}

function Remedies({ of, changed }: { of: Load; changed: () => void }) {
  const { loadId, tableId, rows, begunAt } = of;
  const file = useLoad(`load file ${loadId}`, (signal) => getLoadFile(loadId, signal), EVERY_MS);
  if (!file.value) return null;
  const { fileId } = file.value;
  return (
    <FileActions
      place={{ loadId }}
      of={{ fileId, tableId, rows, since: begunAt }}
      actions={remediesOf(file.value)}
      changed={() => {
        file.reload();
        changed();
      }}
    />
  );
}

function LeftOut({ log }: { log: string }) {
  const reasons = log.split("\n").filter((line) => line.trim() !== "");
  return (
    <>
      <h3>Rows that were left out</h3>
      <ol className="words" aria-label="Reasons">
        {reasons.map((line, index) => <li key={index}>{line.replace(/^Reason: /, "")}</li>)}
      </ol>
    </>
  );
}
