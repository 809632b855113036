import { flush, getLedger, listFiles, type SinkPlace } from "../../api/sinks";
import type { Ledger, StoredFile } from "../../api/shapes";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Loading } from "../../parts/Loading";
import { count, plural } from "../../text/format";
import { isFailing } from "../../text/remedies";
import { FileCard } from "./FileCard";

const EVERY_MS = 3_000;

interface Lane {
  id: string;
  title: string;
  what: string;
  holds: (file: StoredFile) => boolean;
}

const LANES: Lane[] = [
  { id: "local", title: "Being written", what: "New rows go in here", holds: ({ state }) => state === "writing" },
  {
    id: "staging", title: "On its way", what: "Closed; uploaded to staging and imported from there",
    holds: ({ state }) => state === "closing" || state === "importing",
  },
  { id: "target", title: "In the table", what: "Imported in the last hour", holds: ({ state }) => state === "imported" },
];

/** Files of rows on their way into the table, from the left to the right. */
export function FilesPart({ place, tableId }: { place: SinkPlace; tableId: string }) {
  const key = `files ${place.sourceId} ${place.sinkId}`;
  const both = useLoad(key, (signal) => Promise.all([getLedger(place, signal), listFiles(place, signal)]), EVERY_MS);
  return (
    <>
      <p>
        Rows are collected in files; a file moves from this disk to staging and from there into the table.{" "}
        <Action run={() => flush(place).then(both.reload)}>Bring everything in now</Action>
      </p>
      <Loading of={both}>
        {([ledger, files]) => (
          <>
            <Accounts of={ledger} />
            <div className="lanes">
              {LANES.map((lane) => (
                <LanePart key={lane.id} of={lane} files={files} place={place} tableId={tableId} changed={both.reload} />
              ))}
            </div>
            <Beside files={files} place={place} tableId={tableId} changed={both.reload} />
          </>
        )}
      </Loading>
    </>
  );
}

/** Where every accepted record is. */
function Accounts({ of }: { of: Ledger }) {
  const places: { name: string; rows: number; isBad?: boolean }[] = [
    { name: "on this disk", rows: of.local },
    { name: "in staging", rows: of.staging },
    { name: "in the table", rows: of.target },
    { name: "set aside", rows: of.setAside, isBad: true },
    { name: "kept as rejects", rows: of.keptRejects, isBad: true },
    { name: "discarded", rows: of.discarded },
    { name: "lost to a damaged disk", rows: of.lost, isBad: true },
  ];
  return (
    <p>
      Of <strong>{count(of.accepted)}</strong> accepted records:{" "}
      {places.filter(({ rows }, index) => rows > 0 || index < 3).map(({ name, rows, isBad }, index) => (
        <span key={name} className={isBad ? "bad" : undefined}>{index > 0 && ", "}{count(rows)} {name}</span>
      ))}
      . Since the start of the service {plural(of.sinceStart.refused, "record was", "records were")} refused,{" "}
      {plural(of.sinceStart.duplicate, "record")} had come before.
    </p>
  );
}

interface Files {
  files: StoredFile[];
  place: SinkPlace;
  tableId: string;
  changed: () => void;
}

function LanePart({ of, files, ...rest }: Files & { of: Lane }) {
  const here = files.filter(of.holds);
  return (
    <section className={`lane stage-${of.id}`} aria-labelledby={`lane-${of.id}`}>
      <h3 id={`lane-${of.id}`}>{of.title} ({here.length})</h3>
      <p className="quiet">{of.what}</p>
      <ul className="plain-list">
        {here.map((file) => <li key={file.fileId}><FileCard of={file} isBehind={isBehind(file, files)} {...rest} /></li>)}
      </ul>
      {here.length === 0 && <p className="quiet">No file</p>}
    </section>
  );
}

/** Ids of files grow with time. */
function isBehind(file: StoredFile, files: StoredFile[]): boolean {
  return files.some((other) => isFailing(other) && other.fileId < file.fileId);
}

/** Files that left the way. */
function Beside({ files, ...rest }: Files) {
  const here = files.filter(({ state }) => state === "setAside" || state === "discarded");
  if (here.length === 0) return null;
  return (
    <section aria-labelledby="beside">
      <h3 id="beside">Beside the way</h3>
      <ul className="plain-list cards">
        {here.map((file) => <li key={file.fileId}><FileCard of={file} isBehind={false} {...rest} /></li>)}
      </ul>
    </section>
  );
}
