// A load does not come into its table: the overview says so, its dialog says why and has the buttons that help.

import assert from "node:assert/strict";

export const title = "a load that fails: set aside, brought back, in the table";

const TABLE = "in.c-loaded.rows";

export async function walk(visit) {
  await visit.api("POST", "/v1/branches/default/tables", { tableId: TABLE, columns: [{ name: "id", dataType: "INTEGER" }] });
  assert.equal(await load(visit, "refused", "x\n", { strict_mode: "true" }), "Fail");
  await visit.sql(TABLE, "ALTER TABLE rows RENAME COLUMN id TO other");
  const late = load(visit, "stuck", "1\n", { timeout: "1" });

  const page = await visit.signedIn();
  const card = page.getByRole("listitem").filter({ hasText: TABLE });
  await card.getByRole("link", { name: /Loads/ }).or(card.getByRole("button", { name: "Try again now" })).waitFor({ timeout: 60_000 });
  await late;
  await page.getByRole("link", { name: "Loads", exact: true }).click();
  await page.getByRole("row", { name: /failing/ }).getByRole("button", { name: "loaded/stuck" }).click();
  const dialog = page.getByRole("dialog", { name: "Load", exact: true });
  await dialog.getByRole("button", { name: "Try again now" }).waitFor();
  await visit.accessible(page, "a load that fails");
  await visit.shot(page, "1-failing");

  // While it is being tried right now the service says so; a person presses again.
  const question = page.getByRole("dialog", { name: "Set this load aside?" });
  await visit.until("the load is set aside", async () => {
    if (await dialog.getByRole("button", { name: "Bring it back" }).count()) return true;
    if (!(await question.count())) await dialog.getByRole("button", { name: "Set aside" }).click();
    await question.getByText(TABLE).waitFor();
    await question.getByRole("button", { name: "Set aside" }).click();
    await question.waitFor({ state: "detached", timeout: 3_000 }).catch(() => {});
    return false;
  });
  await dialog.getByRole("button", { name: "Discard" }).click();
  const last = page.getByRole("dialog", { name: "Delete these rows for good?" });
  await last.getByText("1 row", { exact: true }).waitFor();
  await last.getByText(TABLE).waitFor();
  await visit.accessible(page, "the question before rows are deleted");
  await last.getByRole("button", { name: "Cancel" }).click();

  await visit.sql(TABLE, "ALTER TABLE rows RENAME COLUMN other TO id");
  await dialog.getByRole("button", { name: "Bring it back" }).click();
  await dialog.getByText("committed, in the table").waitFor({ timeout: 60_000 });
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "loaded/refused" }).click();
  await dialog.getByRole("list", { name: "Reasons" }).getByText("src value is x").waitFor();
  await visit.accessible(page, "why rows were left out");
}

// Returns the status that the answer of the Stream Load has.
async function load(visit, label, rows, headers) {
  const answer = await fetch(`${visit.ingestUrl}/api/loaded/rows/_stream_load`, {
    method: "PUT",
    headers: { Authorization: `Basic ${btoa(`root:${visit.token}`)}`, label, columns: "id", ...headers },
    body: rows,
  });
  return (await answer.json()).Status;
}
