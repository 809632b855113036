import { Field } from "./Field";

/** Whether the service can make an id of the name. */
export function hasOwnId(name: string): boolean {
  return name.trim() === "" || /[A-Za-z0-9]/.test(name);
}

/** Asks for the id of what has a name in another script. */
export function IdField({ name, value, set }: { name: string; value: string; set: (value: string) => void }) {
  if (hasOwnId(name)) return null;
  return (
    <Field label="Id" hint="For addresses: Latin letters, digits and hyphens, as the name has none. It stays as it is.">
      {(wiring) => (
        <input {...wiring} spellCheck={false} autoCapitalize="off" value={value} onChange={(event) => set(event.target.value)} />
      )}
    </Field>
  );
}

/** The id to send, where one was asked for. */
export function givenId(name: string, id: string): string | undefined {
  return hasOwnId(name) || id.trim() === "" ? undefined : id.trim();
}
