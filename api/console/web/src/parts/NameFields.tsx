import { useMayChange } from "../app/SessionContext";
import { Field } from "./Field";

export interface Names {
  name: string;
  description: string;
}

/** Far above what the service takes, which says what is too long. */
export const NAME_MAX = 1000;

export function NameFields({ value, set }: { value: Names; set: (value: Names) => void }) {
  const isOff = !useMayChange();
  return (
    <>
      <Field label="Name">
        {(wiring) => (
          <input
            {...wiring}
            maxLength={NAME_MAX}
            disabled={isOff}
            value={value.name}
            onChange={(event) => set({ ...value, name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Description">
        {(wiring) => (
          <textarea
            {...wiring}
            rows={2}
            maxLength={4096}
            disabled={isOff}
            value={value.description}
            onChange={(event) => set({ ...value, description: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
