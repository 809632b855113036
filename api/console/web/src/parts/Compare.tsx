import { useMemo } from "react";
import { differences } from "../text/difference";

/** What differs, in two columns of words. */
export function Compare({ before, after, beforeTitle, afterTitle }: {
  before: unknown;
  after: unknown;
  beforeTitle: string;
  afterTitle: string;
}) {
  const found = useMemo(() => differences(before, after), [before, after]);
  if (found.length === 0) return <p>They are the same.</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Differences">
      <table className="compare">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">{beforeTitle}</th>
            <th scope="col">{afterTitle}</th>
          </tr>
        </thead>
        <tbody>
          {found.map(({ what, before: was, after: is }) => (
            <tr key={what}>
              <th scope="row" className="words">{what}</th>
              <td className="words">{was === undefined ? <span className="quiet">not there</span> : <del>{was}</del>}</td>
              <td className="words">{is === undefined ? <span className="quiet">not there</span> : <ins>{is}</ins>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
