import type { Version } from "../api/shapes";
import { useDraft } from "../app/drafts";
import { NameFields, type Names } from "./NameFields";
import { SaveBar } from "./SaveBar";

type Named = Names & { version: Version };

const namesOf = ({ name, description }: Named): Names => ({ name, description });

/** Name and description of a source or sink. */
export function NamesPart({ of, draftKey, save, newest, changed }: {
  of: Named;
  draftKey: string;
  /** `ifMatch` is the version that was typed over. */
  save: (names: Names, ifMatch: string) => Promise<unknown>;
  /** As it is saved by now. */
  newest: () => Promise<Named>;
  changed: () => void;
}) {
  const draft = useDraft<Names>(draftKey, namesOf(of), of.version.number);
  return (
    <section aria-labelledby="names">
      <h2 id="names">Name</h2>
      <NameFields value={draft.value} set={draft.set} />
      <SaveBar
        draft={draft}
        changed={changed}
        save={save}
        newest={async () => {
          const saved = await newest();
          return { version: saved.version, value: namesOf(saved) };
        }}
      />
    </section>
  );
}
