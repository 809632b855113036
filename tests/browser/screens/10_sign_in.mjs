// Who has a token gets in, who has none is told so, and a page whose session is gone signs in again where it is.

import assert from "node:assert/strict";

export const title = "signing in, and again when the session is gone";

export async function walk(visit) {
  const page = await visit.open();
  const field = page.getByLabel("Token", { exact: true });
  await field.waitFor();
  await visit.accessible(page, "the sign-in");
  await visit.shot(page, "field");

  visit.expectErrors("401", "403");
  await field.fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").first().waitFor();
  await visit.accessible(page, "the refusal");

  await field.fill(visit.token);
  await page.keyboard.press("Enter");
  await field.waitFor({ state: "detached" });
  await page.getByRole("heading", { level: 1 }).first().waitFor();

  const cookies = await page.context().cookies();
  const session = cookies.find((cookie) => cookie.name === "millrace_session");
  assert.ok(session?.httpOnly && session.sameSite === "Strict", JSON.stringify(cookies));
  assert.ok(!(await page.evaluate(() => document.cookie)).includes("millrace_session"), "a script reads the cookie");
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.ok(!stored.includes(visit.token), "the token is kept in the browser");

  await page.reload();
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  assert.equal(await field.count(), 0, "a reload keeps the session");

  visit.expectErrors("ERR_CONNECTION_REFUSED", "Failed to fetch");
  await visit.stopService();
  await visit.startService();
  await field.waitFor({ timeout: 60_000 });
  await field.fill(visit.token);
  await page.keyboard.press("Enter");
  await field.waitFor({ state: "detached" });
}
