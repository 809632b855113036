import type { Failing } from "../../api/service";
import type { FilePlace } from "../../api/sinks";
import { to } from "../../app/address";
import { FileActions } from "../../parts/FileActions";
import { Moment } from "../../parts/Moment";
import { Notice } from "../../parts/Notice";
import { plural } from "../../text/format";

const WORDS: Record<Failing["kind"], string> = {
  import: "Rows do not come into the table",
  upload: "Rows cannot be uploaded to staging",
  setAside: "A file is set aside",
  unconfigured: "Rows wait for what is not configured",
  volume: "A disk takes no rows",
  source: "A source gets nothing",
};

/** What needs somebody: the sentence that says why, and the buttons that help. */
export function FailingList({ failing, count, isDiskWell, changed }: {
  failing: Failing[];
  count: number;
  /** No disk is full or has failed. */
  isDiskWell: boolean;
  changed: () => void;
}) {
  if (failing.length === 0) {
    return isDiskWell
      ? <Notice kind="good">Nothing fails. Rows come into their tables.</Notice>
      : <Notice kind="bad">A disk is full or has failed: see Disks below.</Notice>;
  }
  return (
    <section aria-labelledby="failing" className="failing">
      <h2 id="failing">Needs attention ({count})</h2>
      <ul className="plain-list">
        {failing.map((one, index) => (
          <li key={`${one.kind} ${one.fileId ?? index}`} className={`card card-${one.kind === "setAside" ? "warn" : "bad"}`}>
            <FailingCard of={one} changed={changed} />
          </li>
        ))}
      </ul>
      {count > failing.length && <p>The {failing.length} with most rows are shown.</p>}
    </section>
  );
}

function FailingCard({ of, changed }: { of: Failing; changed: () => void }) {
  const files = of.files ?? 0;
  return (
    <>
      <h3>{of.kind === "setAside" && files > 1 ? `${files} files are set aside` : WORDS[of.kind]}: <Whose of={of} /></h3>
      <p className="words"><strong>{of.reason}</strong></p>
      {of.remedy && <p className="words">{of.remedy}</p>}
      {of.waitingRows !== undefined && !keepsRecordsOut(of) && (
        <p className="quiet">
          {plural(of.waitingRows, "row")} {files > 1 && `in ${files} files `}waiting
          {of.since && <>, the oldest came <Moment at={of.since} ago /></>}
          {of.attempts !== undefined && <>; tried {plural(of.attempts, "time")}</>}
          {of.nextTryAt && <>; next try <Moment at={of.nextTryAt} /></>}
        </p>
      )}
      <Remedies of={of} changed={changed} />
    </>
  );
}

/** Rather than rows out of their tables. */
function keepsRecordsOut(of: Failing): boolean {
  return of.kind === "volume" || of.kind === "source";
}

function Whose({ of }: { of: Failing }) {
  if (of.kind === "volume") return <a href={to(["service"])}>{of.volume}</a>;
  if (of.kind === "source" && of.sourceId) return <a href={to(["sources", of.sourceId])}>{of.sourceId}</a>;
  if (!of.sourceId || !of.sinkId) return of.tableId ? <code>{of.tableId}</code> : null;
  return (
    <a href={to(["sources", of.sourceId, "sinks", of.sinkId], { show: "files" })}>
      {of.sourceId} → {of.tableId}
    </a>
  );
}

/** The buttons, where they are for one file alone; else the way to the files. */
function Remedies({ of, changed }: { of: Failing; changed: () => void }) {
  if (!of.fileId || !of.actions?.length) return null;
  const place = placeOf(of);
  if (!place) return <p><a className="button" href={to(["loads"])}>This is a load: see Loads</a></p>;
  if ((of.files ?? 0) > 1 && of.actions.includes("discard") && of.sourceId && of.sinkId) {
    return (
      <p>
        <a className="button" href={to(["sources", of.sourceId, "sinks", of.sinkId], { show: "files" })}>
          See the {of.files} files
        </a>
      </p>
    );
  }
  return (
    <FileActions
      place={place}
      of={{
        fileId: of.fileId,
        tableId: of.tableId,
        rows: of.kind === "setAside" ? of.waitingRows : undefined,
        since: of.files === 1 ? of.since : undefined,
      }}
      actions={of.actions}
      changed={changed}
    />
  );
}

function placeOf({ sourceId, sinkId, fileId }: Failing): FilePlace | undefined {
  return sourceId && sinkId && fileId ? { sourceId, sinkId, fileId } : undefined;
}
