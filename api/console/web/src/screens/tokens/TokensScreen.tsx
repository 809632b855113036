import { useState } from "react";
import { createToken, deleteToken, listTokens } from "../../api/others";
import type { Token, TokenRole } from "../../api/shapes";
import { useLoad } from "../../app/useLoad";
import { Action } from "../../parts/Action";
import { Code } from "../../parts/Code";
import { DataTable, type Columns } from "../../parts/DataTable";
import { Field } from "../../parts/Field";
import { Loading } from "../../parts/Loading";
import { Moment } from "../../parts/Moment";
import { NAME_MAX } from "../../parts/NameFields";
import { Notice } from "../../parts/Notice";
import { Screen } from "../../parts/Screen";

const ROLES: Record<TokenRole, string> = {
  admin: "may do everything",
  readonly: "sees everything, changes nothing",
  load: "may load into tables of its buckets",
};

/** Who may call, and what. */
export function TokensScreen() {
  const tokens = useLoad("tokens", listTokens);
  const [made, setMade] = useState<Token>();
  const columns: Columns<Token> = [
    { header: "Description", accessorKey: "description", cell: ({ getValue }) => <span className="words">{getValue()}</span> },
    { header: "Role", accessorFn: ({ role, buckets }) => `${ROLES[role]}${buckets ? ` (${buckets.join(", ")})` : ""}` },
    { header: "Made", accessorFn: ({ created }) => created.at, cell: ({ getValue }) => <Moment at={getValue()} ago /> },
    { header: "By", accessorFn: ({ created }) => created.by.tokenDesc },
    {
      id: "delete",
      header: "Delete",
      enableSorting: false,
      cell: ({ row: { original } }) => (
        <Action
          kind="danger"
          run={async () => {
            await deleteToken(original.id);
            if (made?.id === original.id) setMade(undefined);
            tokens.reload();
          }}
          ask={{
            title: `Delete the token “${original.description}”?`,
            text: <p>Whoever uses it is refused from the next request on.</p>,
            yes: "Delete",
          }}
        >
          Delete
        </Action>
      ),
    },
  ];
  return (
    <Screen title="Tokens">
      <p>
        A token says who calls. The administrator’s token of the installation is not in this list and cannot be deleted
        here.
      </p>
      <Loading of={tokens}>
        {(all) => <DataTable caption="Tokens" columns={columns} rows={all} empty="There is no other token." />}
      </Loading>
      <NewToken
        token={made}
        made={(token) => {
          setMade(token);
          tokens.reload();
        }}
      />
    </Screen>
  );
}

function NewToken({ token, made }: {
  /** The one that was made last, to be copied. */
  token: Token | undefined;
  made: (token: Token) => void;
}) {
  const [description, setDescription] = useState("");
  const [role, setRole] = useState<TokenRole>("readonly");
  const [buckets, setBuckets] = useState("");
  const list = buckets.split(",").map((bucket) => bucket.trim()).filter((bucket) => bucket !== "");

  const create = async () => {
    made(await createToken({
      description: description.trim(), role, ...(role === "load" && { buckets: list }),
    }));
    setDescription("");
  };

  return (
    <section aria-labelledby="new-token">
      <h2 id="new-token">New token</h2>
      <Field label="Description" hint="Who or what uses it.">
        {(wiring) => (
          <input {...wiring} maxLength={NAME_MAX} value={description} onChange={(event) => setDescription(event.target.value)} />
        )}
      </Field>
      <Field label="Role">
        {(wiring) => (
          <select {...wiring} value={role} onChange={(event) => setRole(event.target.value as TokenRole)}>
            {Object.entries(ROLES).map(([value, title]) => <option key={value} value={value}>{title}</option>)}
          </select>
        )}
      </Field>
      {role === "load" && (
        <Field label="Buckets" hint="Such as in.c-main; several separated by commas.">
          {(wiring) => <input {...wiring} value={buckets} onChange={(event) => setBuckets(event.target.value)} />}
        </Field>
      )}
      <Action kind="main" disabled={description.trim() === "" || (role === "load" && list.length === 0)} run={create}>
        Create the token
      </Action>
      {token?.token && (
        <Notice kind="good" live>
          <p>Copy it now: it is shown this once.</p>
          <Code text={token.token} what="token" />
        </Notice>
      )}
    </section>
  );
}
