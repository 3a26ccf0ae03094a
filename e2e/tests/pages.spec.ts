// Every page: nothing for axe to find in light and dark, nothing that scrolls sideways on a phone, a quiet console.
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type Page, expect, test } from "@playwright/test";
import { DONE, type World, approve, askForService, enter, makeWorld, open, untilRunSays } from "./world";

interface Place {
  name: string;
  path: string;
  who: "developer" | "owner" | "platform" | "admin" | "nobody";
}

let world: World;
let places: Place[];

// One world for all: these tests only look.
test.describe.configure({ mode: "default" });

test.beforeAll(async ({ browser }) => {
  // Two whole runs and what leads to them.
  test.setTimeout(600_000);
  world = makeWorld();
  const developer = await enter(browser, world, "developer");
  const owner = await enter(browser, world, "owner");
  const name = `shown-${world.mark}`;
  const done = await askForService(developer.page, name);
  const run = await approve(owner.page, done);
  await untilRunSays(developer.page, run, DONE);
  await developer.page.goto("/stacks");
  const stack = (await developer.page.getByRole("link", { name }).first().getAttribute("href")) as string;
  const waiting = await askForService(developer.page, `waits-${world.mark}`);
  const edited = await askForService(developer.page, `edited-${world.mark}`);
  await developer.page.goto(`${edited}/edit`);
  await developer.page.getByLabel("Image", { exact: true }).fill("registry.example.com/shop/orders:1.1");
  await developer.page.getByRole("button", { name: "Submit the edit" }).click();
  await owner.page.goto(edited);
  await owner.page.getByText("Ask for changes…").click();
  await owner.page.getByLabel("What should be different?").fill("Another image, please.");
  await owner.page.getByRole("button", { name: "Ask for these changes" }).click();
  await expect(owner.page.getByText("Changes wanted").first()).toBeVisible();
  await developer.page.goto(`${stack}/change`);
  await developer.page.getByRole("button", { name: "Save draft" }).click();
  await expect(developer.page.getByText("Restored your draft").first()).toBeVisible();
  const failing = await askForService(developer.page, `fails-${world.mark}`, "registry.example.com/nopull:1");
  const failed = await approve(owner.page, failing);
  await untilRunSays(developer.page, failed, /Choose how to go on/);
  const platform = await enter(browser, world, "platform");
  await platform.page.goto("/environments");
  const hrefOf = (page: Page, name: string) => page.getByRole("link", { name, exact: true }).getAttribute("href");
  const environment = (await hrefOf(platform.page, "dev")) as string;
  const admin = await enter(browser, world, "admin");
  await admin.page.goto(`/people?q=owner-${world.mark}`);
  const person = (await hrefOf(admin.page, `Owner ${world.mark}`)) as string;
  await admin.page.goto("/teams");
  const team = (await hrefOf(admin.page, world.team)) as string;
  await platform.page.context().close();
  await admin.page.context().close();
  await developer.page.context().close();
  await owner.page.context().close();
  const as = (who: Place["who"], paths: Record<string, string>) =>
    Object.entries(paths).map(([name, path]) => ({ name, path, who }));
  places = [
    ...as("nobody", {
      "sign-in": "/sign-in",
      "set up already": "/set-up?token=x",
      "dead link": "/join?token=x",
      "nowhere for a stranger": "/nowhere",
    }),
    ...as("developer", {
      home: "/",
      catalogue: "/catalogue",
      template: "/catalogue/web-service",
      form: "/catalogue/web-service/request",
      requests: "/requests?state=all",
      request: waiting,
      "request that was carried out": done,
      inputs: `${waiting}?tab=inputs`,
      cost: `${waiting}?tab=cost`,
      activity: `${done}?tab=activity`,
      "request to change": edited,
      "inputs of an edit": `${edited}?tab=inputs`,
      "decisions of an edit": `${edited}?tab=decisions`,
      "activity of an edit": `${edited}?tab=activity`,
      "edit form": `${edited}/edit`,
      "form filled by another request": `/catalogue/web-service/request?from=${waiting.split("/").at(-1)}`,
      run,
      "failed run": failed,
      stacks: "/stacks",
      stack,
      resources: `${stack}?tab=resources`,
      releases: `${stack}?tab=releases`,
      "requests of a stack": `${stack}?tab=requests`,
      change: `${stack}/change`,
      destroy: `${stack}/destroy`,
      account: "/account",
      "reference of the API": "/api/docs",
      "empty inbox": "/inbox",
      forbidden: "/audit",
      search: `/search?q=${name}`,
      "search without a result": "/search?q=nothing-is-called-this",
      nowhere: "/nowhere",
    }),
    ...as("owner", { inbox: "/inbox", "request to decide": waiting }),
    ...as("platform", {
      audit: "/audit",
      environments: "/environments",
      "new environment": "/environments/new",
      environment,
      "change of an environment": `${environment}/change`,
      templates: "/templates",
      "template revisions": "/templates/web-service",
    }),
    ...as("admin", {
      people: "/people",
      "nobody found": "/people?q=nobody-at-all",
      invite: "/people/invite",
      person,
      teams: "/teams",
      "new team": "/teams/new",
      team,
    }),
  ];
});

/** A tenth of what browsers call good: an icon may move by a pixel when the font comes late. */
const STILL = 0.01;

/** How far what is painted has jumped since the page was opened, without anybody having touched it. */
const jumped = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<{ score: number; seen: string[] }>((done) => {
        let score = 0;
        const seen: string[] = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node }[] })[]) {
            if (entry.hadRecentInput) continue;
            const names = entry.sources.map(({ node }) => (node instanceof Element ? `${node.tagName.toLowerCase()}.${node.className}` : node?.nodeName));
            score += entry.value;
            seen.push(`${entry.value.toFixed(4)} ${names.join(", ")}`);
          }
        }).observe({ type: "layout-shift", buffered: true });
        // What was noted is told before two frames are over.
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done({ score, seen }))));
      }),
  );

async function eachPlace(browser: Browser, options: object, look: (page: Page, place: Place) => Promise<void>) {
  const troubles: string[] = [];
  for (const who of ["nobody", "developer", "owner", "platform", "admin"] as const) {
    const watched = who === "nobody" ? await open(browser, options) : await enter(browser, world, who, options);
    for (const place of places.filter((one) => one.who === who)) {
      await test.step(place.name, async () => {
        await watched.page.goto(place.path);
        await expect(watched.page.getByRole("heading", { level: 1 }).first()).toBeAttached();
        await look(watched.page, place);
      });
    }
    troubles.push(...watched.troubles);
    await watched.page.context().close();
  }
  expect(troubles).toEqual([]);
}

const LOOKS = [
  ["in light", { colorScheme: "light" }],
  ["in dark", { colorScheme: "dark" }],
  ["on a phone", { viewport: { width: 360, height: 740 } }],
] as const;

for (const [look, options] of LOOKS) {
  test(`axe finds nothing ${look}`, async ({ browser }) => {
    // So long for each page, however many there are.
    test.setTimeout(15_000 * places.length);
    const found: string[] = [];
    await eachPlace(browser, options, async (page, place) => {
      const results = await new AxeBuilder({ page }).analyze();
      for (const violation of results.violations) {
        found.push(`${place.name}: ${violation.id}: ${violation.nodes.map((node) => node.target).join(" | ")}`);
      }
    });
    expect(found).toEqual([]);
  });
}

for (const [name, viewport] of [["a phone", { width: 360, height: 740 }], ["a desk", { width: 1440, height: 900 }]] as const) {
  test(`nothing jumps while a page loads and wakes on ${name}`, async ({ browser }) => {
    test.setTimeout(15_000 * places.length);
    const jumps: string[] = [];
    await eachPlace(browser, { viewport }, async (page, place) => {
      if (await page.locator("leptos-island").count()) {
        await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
      }
      const { score, seen } = await jumped(page);
      if (score > STILL) jumps.push(`${place.name}: ${seen.join("; ")}`);
    });
    expect(jumps).toEqual([]);
  });
}

test("on paper a request and the history are whole, and nothing is left that could be pressed", async ({ browser }) => {
  const waiting = places.find((place) => place.name === "request")!.path;
  for (const [who, path] of [["developer", waiting], ["platform", "/audit"]] as const) {
    const { page } = await enter(browser, world, who);
    await page.goto(path);
    await page.emulateMedia({ media: "print" });
    for (const gone of [".rail", ".top-bar", ".tabs", ".decision-bar", ".filters", ".pager"]) {
      for (const one of await page.locator(gone).all()) await expect(one, `${gone} of ${path}`).toBeHidden();
    }
    expect(await page.locator("main button:visible, main input:visible, main textarea:visible").count(), path).toBe(0);
    const when = page.locator("main .when").first();
    const exact = await when.getAttribute("title");
    const printed = await when.evaluate((element) => getComputedStyle(element, "::after").content);
    expect(printed).toBe(`"${exact}"`);
    const { width, page: paper } = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, page: window.innerWidth }));
    expect(width, path).toBeLessThanOrEqual(paper);
    if (who === "developer") {
      // Behind tabs on the screen, one below the other here.
      for (const part of ["Plan", "Inputs", "Cost", "Decisions", "Activity"]) {
        await expect(page.getByRole("heading", { name: part, exact: true }).first(), part).toBeVisible();
      }
      await expect(page.getByText("registry.example.com/shop/orders:1.0").first()).toBeVisible();
    }
    await page.context().close();
  }
});

test("nothing scrolls sideways at 360 px", async ({ browser }) => {
  test.setTimeout(15_000 * places.length);
  const wide: string[] = [];
  await eachPlace(browser, { viewport: { width: 360, height: 740 } }, async (page, place) => {
    const { width, out } = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      out: [...document.querySelectorAll("main *, header *, nav *")]
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth && !element.closest(".table-scroll, .tabs, [tabindex]"))
        .map((element) => `${element.tagName.toLowerCase()}.${element.className}`),
    }));
    if (width > 360) wide.push(`${place.name}: ${width} px: ${out.slice(0, 5).join(", ")}`);
  });
  expect(wide).toEqual([]);
});
