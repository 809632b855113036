import type { Failing } from "../../api/service";
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
};

/** What needs somebody: the sentence that says why, and the buttons that help. */
export function FailingList({ failing, count, changed }: {
  failing: Failing[];
  count: number;
  changed: () => void;
}) {
  if (failing.length === 0) return <Notice kind="good">Nothing fails. Rows come into their tables.</Notice>;
  return (
    <section aria-labelledby="failing" className="failing">
      <h2 id="failing">Needs attention ({count})</h2>
      <ul className="plain-list">
        {failing.map((one, index) => (
          <li key={one.fileId ?? index} className={`card card-${one.kind === "setAside" ? "warn" : "bad"}`}>
            <h3>{WORDS[one.kind]}: <Whose of={one} /></h3>
            <p className="words"><strong>{one.reason}</strong></p>
            <p className="words">{one.remedy}</p>
            <p className="quiet">
              {plural(one.waitingRows, "row")} {one.files !== undefined && one.files > 1 && `in ${one.files} files `}waiting, the oldest came <Moment at={one.since} ago />
              {one.attempts !== undefined && <>; tried {plural(one.attempts, "time")}</>}
              {one.nextTryAt && <>; next try <Moment at={one.nextTryAt} /></>}
            </p>
            {one.sourceId && one.sinkId && one.fileId && (
              <FileActions
                place={{ sourceId: one.sourceId, sinkId: one.sinkId }}
                fileId={one.fileId}
                actions={one.actions}
                changed={changed}
              />
            )}
          </li>
        ))}
      </ul>
      {count > failing.length && <p>The {failing.length} with most rows are shown.</p>}
    </section>
  );
}

function Whose({ of }: { of: Failing }) {
  if (!of.sourceId || !of.sinkId) return <code>{of.tableId}</code>;
  return (
    <a href={to(["sources", of.sourceId, "sinks", of.sinkId], { show: "files" })}>
      {of.sourceId} → {of.tableId}
    </a>
  );
}
