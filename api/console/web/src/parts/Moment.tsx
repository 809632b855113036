import { age, dateTime } from "../text/format";

/** A time as its age; the whole of it when the pointer rests on it. */
export function Moment({ at, ago }: { at?: string; ago?: boolean }) {
  if (!at) return <span className="quiet">never</span>;
  return (
    <time dateTime={at} title={at} className="moment">{ago ? `${age(at)} ago` : dateTime(at)}</time>
  );
}
