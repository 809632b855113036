// Opens the console's overview in Chromium, for bench/load/console.
//
//     measure SECONDS   prints as JSON when its figures are seen, and what its calls take over that time
//     shown 0           keeps it open in front until standard input ends; prints "open"
//     hidden 0          the same in the background

import { createRequire } from "node:module";
import { join } from "node:path";

const env = process.env;
const { chromium } = createRequire(join(env.MILLRACE_PACKAGES, "package.json"))("playwright-core");
const [what, seconds] = [process.argv[2], Number(process.argv[3])];
const OPENINGS = 10;
const FIGURES = ".figures dd"; // of the overview; there when the first answer is drawn

const browser = await chromium.launch({
  executablePath: env.MILLRACE_CHROMIUM,
  args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-dev-shm-usage", "--disable-background-networking"],
});

async function profile() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addCookies([{ name: "millrace_session", value: env.MILLRACE_SESSION, url: env.MILLRACE_API }]);
  // When what people came for is drawn, on the page's own clock, which begins with the navigation.
  await context.addInitScript((figures) => {
    window.seenAt = undefined;
    const look = () => {
      if (window.seenAt !== undefined || !document.querySelector(figures)) return;
      requestAnimationFrame(() => { window.seenAt ??= performance.now(); });
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
    performance.setResourceTimingBufferSize(10_000);
  }, FIGURES);
  return context;
}

async function open(page) {
  await page.goto(`${env.MILLRACE_API}/console/`);
  await page.waitForFunction(() => window.seenAt !== undefined, undefined, { timeout: 60_000 });
  return Math.round(await page.evaluate(() => window.seenAt));
}

async function measure() {
  const result = { paint_ms: [], again_ms: [], calls: {}, bundle_bytes: 0 };
  for (let n = 0; n < OPENINGS; ++n) {
    const context = await profile();
    const page = await context.newPage();
    result.paint_ms.push(await open(page));
    const resources = await page.evaluate(() => performance.getEntriesByType("resource")
      .filter((one) => one.name.includes("/console/assets/")).map((one) => one.encodedBodySize));
    result.bundle_bytes = resources.reduce((sum, size) => sum + size, 0);
    result.again_ms.push(await open(page));
    if (n + 1 === OPENINGS) {
      await page.waitForTimeout(seconds * 1000);
      const calls = await page.evaluate(() => performance.getEntriesByType("resource")
        .filter((one) => one.name.includes("/v1/")).map((one) => [new URL(one.name).pathname, one.duration]));
      for (const [path, duration] of calls) (result.calls[path] ??= []).push(duration);
    }
    await context.close();
  }
  console.log(JSON.stringify(result));
}

async function stayOpen() {
  const page = await (await profile()).newPage();
  await open(page);
  if (what === "hidden") {
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
      Object.defineProperty(document, "hidden", { get: () => true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
  }
  console.log("open");
  for await (const _ of process.stdin) { /* until it ends */ }
}

try {
  await (what === "measure" ? measure() : stayOpen());
} finally {
  await browser.close();
}
