import { useState, type FormEvent } from "react";
import { go } from "../../app/address";
import { Field } from "../../parts/Field";
import { Screen } from "../../parts/Screen";
import { FindByKey } from "./FindByKey";
import { ReceiptPart } from "./ReceiptPart";

/** "Where is my event?" */
export function FindScreen({ receipt }: { receipt?: string }) {
  const [typed, setTyped] = useState(receipt ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim()) go(["find", typed.trim()]);
  };
  return (
    <Screen title="Where is my event?">
      <form onSubmit={submit}>
        <Field
          label="Receipt"
          hint={<>Every answer to an event has one: the header <code>Receipt</code>, and <code>receipt</code> in a verbose answer.</>}
        >
          {(wiring) => (
            <input {...wiring} spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />
          )}
        </Field>
        <button type="submit" className="main" disabled={typed.trim() === ""}>Find</button>
      </form>
      {receipt && <ReceiptPart key={receipt} receipt={receipt} />}
      <FindByKey />
    </Screen>
  );
}
