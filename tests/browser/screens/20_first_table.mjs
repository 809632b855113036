// Somebody who has never seen Millrace gets the fields of a webhook into a table by the console alone. What is counted
// is what a person does; the sender is the curl line that the page shows.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export const title = "a first table with no prior knowledge";

const STEPS_MAX = 12;
const run = promisify(execFile);

export async function walk(visit) {
  const page = await visit.open();
  await visit.step("types the token", () => page.getByLabel("Token", { exact: true }).fill(visit.token));
  await visit.step("signs in", () => page.getByRole("button", { name: "Sign in" }).click());
  await page.getByRole("heading", { name: "Welcome: make your first table" }).waitFor();
  await visit.accessible(page, "the first screen of an empty installation");
  await visit.shot(page, "1-welcome");

  await visit.step("names the source", () => page.getByLabel("Name of the source").fill("Shop"));
  await visit.step("creates it", () => page.getByRole("button", { name: "Create the source" }).click());
  await page.getByText("Waiting for the first event").waitFor();
  await visit.accessible(page, "waiting for the first event");
  await visit.shot(page, "2-waiting");

  await visit.step("copies the curl line", () => page.getByRole("button", { name: "Copy curl code" }).click());
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(line, /^curl -sS 'http/);
  await visit.step("runs it in a terminal", () => run("sh", ["-c", line]));
  await page.getByText(/An event arrived at/).waitFor();

  for (const field of ["user.name", "action", "amount"]) {
    await visit.step(`clicks the field ${field}`, () => page.getByRole("button", { name: field }).click());
  }
  await page.getByText("this event becomes this row").waitFor();
  await visit.accessible(page, "choosing columns");
  await visit.shot(page, "3-columns");
  await visit.step("creates the table", () => page.getByRole("button", { name: "Create the table" }).click());
  await page.getByText("is there. Events that come from now on").waitFor();

  await visit.step("runs the line again", () => run("sh", ["-c", line]));
  await page.getByRole("cell", { name: "signup" }).waitFor({ timeout: 60_000 });
  await visit.accessible(page, "the first rows");
  await visit.shot(page, "4-rows");

  assert.ok(visit.steps <= STEPS_MAX, `${visit.steps} steps are more than ${STEPS_MAX}`);
  const { rows } = await visit.api("GET", "/v1/branches/default/tables/in.c-main.shop/rows");
  assert.equal(rows.length, 1);
  assert.equal(rows[0].user_name, "Ada");
  assert.equal(rows[0].amount, 12);

  await page.getByRole("cell", { name: "signup" }).click();
  const row = page.getByRole("dialog", { name: "Row" });
  await row.getByText("Ada", { exact: true }).waitFor();
  await visit.accessible(page, "a whole row");
  await page.keyboard.press("Escape");
  await row.waitFor({ state: "detached" });
}
