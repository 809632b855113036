import { useState } from "react";
import { ApiFailure } from "../api/call";
import type { Version } from "../api/shapes";
import type { Draft } from "../app/drafts";
import { Action } from "./Action";
import { Compare } from "./Compare";
import { Moment } from "./Moment";
import { Notice } from "./Notice";

interface Newer<T> {
  version: Version;
  value: T;
}

/** Saves what was typed. Where somebody else saved in between, nothing is overwritten: both are shown,
 * and whoever typed decides. */
export function SaveBar<T>({ draft, save, newest, changed, isWrong }: {
  draft: Draft<T>;
  /** Sends the value; `ifMatch` is the version that it was typed over. */
  save: (value: T, ifMatch: string) => Promise<unknown>;
  /** What is saved by now, and by whom. */
  newest: () => Promise<Newer<T>>;
  changed: () => void;
  isWrong?: boolean;
}) {
  const [newer, setNewer] = useState<Newer<T>>();
  const [isSaved, setSaved] = useState(false);

  const send = async (base: number) => {
    setSaved(false);
    try {
      await save(draft.value, `"${base}"`);
    } catch (failure) {
      if (!(failure instanceof ApiFailure) || failure.status !== 412) throw failure;
      setNewer(await newest());
      return;
    }
    setNewer(undefined);
    draft.wasSaved();
    setSaved(true);
    changed();
  };

  if (!draft.isChanged) return isSaved ? <Notice kind="good" live>Saved.</Notice> : null;
  return (
    <div className="save-bar">
      {newer ? (
        <Notice kind="warn" live>
          <p className="words">
            {newer.version.by.tokenDesc || "Somebody"} saved version {newer.version.number},{" "}
            <Moment at={newer.version.at} ago />, while you were typing. Nothing of either is lost yet.
          </p>
          <Compare before={newer.value} after={draft.value} beforeTitle="Saved by now" afterTitle="What you typed" />
          <div className="buttons">
            <Action kind="main" run={() => {
              draft.rebase(newer.version.number);
              return send(newer.version.number);
            }}>Save mine over it</Action>
            <button type="button" onClick={() => {
              setNewer(undefined);
              draft.discard();
              changed();
            }}>Take theirs, drop mine</button>
          </div>
        </Notice>
      ) : (
        <div className="buttons">
          <strong>Not saved yet.</strong>
          <Action kind="main" disabled={isWrong} run={() => send(draft.base)}>Save</Action>
          <button type="button" onClick={draft.discard}>Drop the changes</button>
        </div>
      )}
    </div>
  );
}
