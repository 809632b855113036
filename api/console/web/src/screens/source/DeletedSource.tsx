import { listDeletedSources, turn } from "../../api/sources";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Moment } from "../../parts/Moment";
import { Notice } from "../../parts/Notice";

/** Of an address whose source was deleted: when, and the way back. */
export function DeletedSource({ sourceId, back }: { sourceId: string; back: () => void }) {
  const deleted = useLoad(`deleted source ${sourceId}`, listDeletedSources);
  const source = deleted.value?.sources.find((one) => one.sourceId === sourceId);
  if (!source) return null;
  return (
    <Notice kind="warn">
      <p className="words">The source “{source.name}” was deleted <Moment at={source.deleted?.at} ago />.</p>
      <Action kind="main" run={() => turn({ sourceId }, "undelete").then(back)}>Bring back</Action>
    </Notice>
  );
}
