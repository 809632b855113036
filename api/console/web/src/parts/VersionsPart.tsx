import { useState } from "react";
import type { Place } from "../api/branch";
import { sentenceOf } from "../api/call";
import type { Version } from "../api/shapes";
import { getDefinition, listVersions, rollback } from "../api/sources";
import { useLoad } from "../app/useLoad";
import { Action } from "./Action";
import { Compare } from "./Compare";
import { Loading } from "./Loading";
import { Moment } from "./Moment";

const SHOWN = 20;

/** Who changed what and when; the difference to now, and the way back. */
export function VersionsPart({ place, current, changed }: { place: Place; current: number; changed: () => void }) {
  const [isAll, setAll] = useState(false);
  const key = `versions ${place.sourceId} ${place.sinkId ?? ""} ${current}`;
  const versions = useLoad(key, (signal) => listVersions(place, signal));
  return (
    <>
      <p>Every change makes a version. Going back to one makes a new version with what the old one said.</p>
      <Loading of={versions}>
        {(all) => {
          const newestFirst = [...all].reverse();
          const shown = isAll ? newestFirst : newestFirst.slice(0, SHOWN);
          return (
            <>
              <ol className="plain-list versions" aria-label="Versions">
                {shown.map((version) => (
                  <VersionEntry key={version.number} of={version} place={place} current={current} changed={changed} />
                ))}
              </ol>
              {shown.length < all.length && (
                <button type="button" onClick={() => setAll(true)}>Show all {all.length}</button>
              )}
            </>
          );
        }}
      </Loading>
    </>
  );
}

function VersionEntry({ of, place, current, changed }: {
  of: Version;
  place: Place;
  current: number;
  changed: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const isCurrent = of.number === current;
  return (
    <li>
      <div className="line">
        <span className="words">
          <strong>Version {of.number}</strong>{isCurrent && " (now)"}: {of.description}{" "}
          <span className="quiet"><Moment at={of.at} />, by {of.by.tokenDesc || "the service"}</span>
        </span>
        {!isCurrent && (
          <span className="buttons">
            <button
              type="button"
              aria-expanded={isOpen}
              aria-label={`Compare with now: version ${of.number}`}
              onClick={() => setOpen(!isOpen)}
            >
              Compare with now
            </button>
            <Action
              run={async () => {
                await rollback(place, of.number);
                changed();
              }}
              ask={{
                title: `Go back to version ${of.number}?`,
                text: <VersionDifference place={place} number={of.number} current={current} />,
                yes: "Go back",
              }}
            >
              Go back
            </Action>
          </span>
        )}
      </div>
      {isOpen && <VersionDifference place={place} number={of.number} current={current} />}
    </li>
  );
}

function VersionDifference({ place, number, current }: { place: Place; number: number; current: number }) {
  const key = `difference ${place.sourceId} ${place.sinkId ?? ""} ${number} ${current}`;
  const both = useLoad(key, (signal) =>
    Promise.all([getDefinition(place, current, signal), getDefinition(place, number, signal)]));
  if (both.failure) return <p className="quiet">The difference cannot be shown: {sentenceOf(both.failure)}</p>;
  return (
    <Loading of={both}>
      {([now, then]) => <Compare before={now} after={then} beforeTitle="Now" afterTitle={`Version ${number}`} />}
    </Loading>
  );
}
