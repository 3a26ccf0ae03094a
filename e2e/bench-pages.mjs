// What five pages cost somebody with an empty cache: bytes, requests, first contentful paint, and the largest contentful
// paint (when what the page is about is visible), at full speed and with the processor slowed down four times. Medians.
import { BASE, everyPage, launch, signedIn } from "./tour.mjs";

const PAGES = ["home", "request-form", "request-plan", "run-failed", "stacks"];
const RUNS = Number(process.argv[2] ?? 7);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function visit(browser, storageState, path, slowdown) {
  const context = await browser.newContext({ baseURL: BASE, storageState, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  let bytes = 0;
  let requests = 0;
  // The event stream stays open for as long as the page is: it is no part of loading it.
  const streams = new Set();
  devtools.on("Network.requestWillBeSent", ({ requestId, type }) => {
    if (type === "EventSource") streams.add(requestId);
    else requests += 1;
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (!streams.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(path, { waitUntil: "load" });
  await page.waitForTimeout(slowdown * 250);
  const paints = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const first = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN;
        new PerformanceObserver((list) => resolve({ first, visible: list.getEntries().at(-1).startTime })).observe({
          type: "largest-contentful-paint",
          buffered: true,
        });
      }),
  );
  await context.close();
  return { bytes, requests, ...paints };
}

const browser = await launch();
const pages = (await everyPage(browser)).filter(([name]) => PAGES.includes(name));
console.log(`${"page".padEnd(14)} ${"CPU".padStart(4)} ${"bytes".padStart(9)} ${"requests".padStart(9)} ${"first paint".padStart(12)} ${"visible".padStart(9)}`);
for (const [name, who, path] of pages) {
  const state = await signedIn(browser, who);
  for (const slowdown of [1, 4]) {
    const seen = [];
    for (let run = 0; run < RUNS; run += 1) seen.push(await visit(browser, state, path, slowdown));
    const of = (field) => Math.round(median(seen.map((one) => one[field])));
    console.log(
      `${name.padEnd(14)} ${`x${slowdown}`.padStart(4)} ${String(of("bytes")).padStart(9)} ${String(of("requests")).padStart(9)} ${`${of("first")} ms`.padStart(12)} ${`${of("visible")} ms`.padStart(9)}`,
    );
  }
}
await browser.close();
