// Pages that turn by themselves, and what holds when the line to the portal does not.
import { type Page, expect, test } from "@playwright/test";
import { bufferingProxy, dyingProxy, ownPortal, smallHouse } from "./portal";
import { DONE, approve, askForService, enter, makeWorld, open, signIn } from "./world";

/** Marks the page: a mark is gone once somebody has loaded it anew. */
async function mark(page: Page) {
  await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
  await page.evaluate(() => document.documentElement.setAttribute("data-same", "yes"));
}

async function expectNotReloaded(page: Page) {
  await expect(page.locator("html")).toHaveAttribute("data-same", "yes");
}

test("lists, the inbox count, the request's page and home turn by themselves, and two people see the same", async ({
  browser,
}) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  const owner = await enter(browser, world, "owner");
  const viewer = await enter(browser, world, "viewer");
  const name = `orders-${world.mark}`;
  await owner.page.goto("/requests");
  await mark(owner.page);
  await viewer.page.goto("/");
  await mark(viewer.page);

  // Its container takes seconds to start: time to see it running.
  const request = await askForService(developer.page, name, "registry.example.com/shop/orders-slow:1.0");
  await mark(developer.page);
  await expect(owner.page.getByRole("link", { name: `Create ${name} in dev` })).toBeVisible();
  await expect(owner.page.locator(".inbox-count")).toHaveAttribute("data-count", "1");
  await expectNotReloaded(owner.page);

  const approver = await enter(browser, world, "owner");
  const run = await approve(approver.page, request);
  await expect(viewer.page.getByRole("heading", { name: "Running now" })).toBeVisible();
  await expect(owner.page.locator(".inbox-count")).toHaveAttribute("data-count", "0");
  // The requester's page shows the decision and the way to the run.
  await expect(developer.page.getByRole("link", { name: "Open the run" })).toBeVisible();

  await developer.page.goto(run);
  await approver.page.goto(run);
  for (const { page } of [developer, approver]) {
    await mark(page);
    await expect(page.locator('.node[data-status="running"]').first()).toBeVisible();
  }
  for (const { page } of [developer, approver]) {
    await expect(page.getByText(DONE).first()).toBeVisible({ timeout: 90_000 });
    await expect(page.locator(".node")).not.toHaveCount(0);
    await expect(page.locator('.node:not([data-status="succeeded"])')).toHaveCount(0);
    await expectNotReloaded(page);
  }
  const facts = (page: Page) => page.locator(".step").evaluateAll((steps) => steps.map((step) => step.getAttribute("data-status")));
  expect(await facts(developer.page)).toEqual(await facts(approver.page));
  await expect(viewer.page.getByRole("heading", { name: "Running now" })).toHaveCount(0);
  await expect(viewer.page.locator(".status-word", { hasText: "Live" })).toBeVisible();
  await expectNotReloaded(viewer.page);
  expect([...developer.troubles, ...owner.troubles, ...viewer.troubles, ...approver.troubles]).toEqual([]);
});

test("what somebody types and looks at stays while the page turns", async ({ browser }) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  const owner = await enter(browser, world, "owner");
  const request = await askForService(developer.page, `orders-${world.mark}`);
  await owner.page.goto(`${request}?tab=activity`);
  await mark(owner.page);
  const box = owner.page.getByLabel("Comment", { exact: true });
  await box.fill("Half a sent");
  await developer.page.goto(`${request}?tab=activity`);
  await developer.page.getByLabel("Comment", { exact: true }).fill("Please look today");
  await developer.page.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(owner.page.getByText("Please look today")).toBeVisible();
  await expect(box).toBeFocused();
  await expect(box).toHaveValue("Half a sent");
  await expectNotReloaded(owner.page);
  expect(owner.troubles).toEqual([]);
});

test("what could not be fetched when it was told of is fetched later", async ({ browser }) => {
  const world = makeWorld();
  const owner = await enter(browser, world, "owner");
  await owner.page.goto("/requests");
  await mark(owner.page);
  let refused = 0;
  await owner.page.route("**/requests", (route) => {
    if (route.request().headers()["x-gantry-refresh"] && refused < 2) {
      refused += 1;
      return route.abort();
    }
    return route.continue();
  });
  const developer = await enter(browser, world, "developer");
  const name = `orders-${world.mark}`;
  await askForService(developer.page, name);
  await expect(owner.page.getByRole("link", { name: `Create ${name} in dev` })).toBeVisible();
  await expect(owner.page.getByText("Reconnecting…")).toBeHidden();
  await expectNotReloaded(owner.page);
  expect(refused).toBe(2);
});

test("behind a proxy that holds streams back pages still turn", async ({ browser, baseURL }) => {
  const world = makeWorld();
  const proxy = await bufferingProxy(baseURL as string);
  try {
    const owner = await enter(browser, world, "owner");
    // The session's cookie is for the host, whatever the port.
    await owner.page.goto(`${proxy.url}/requests`);
    await mark(owner.page);
    const developer = await enter(browser, world, "developer");
    const name = `orders-${world.mark}`;
    await askForService(developer.page, name);
    await expect(owner.page.getByRole("link", { name: `Create ${name} in dev` })).toBeVisible();
    await expect(owner.page.locator(".inbox-count")).toHaveAttribute("data-count", "1");
    await expectNotReloaded(owner.page);
    await expect(owner.page.getByText("Reconnecting…")).toBeHidden();
    // In this tab it is known now: the next page does not try again.
    const streams: string[] = [];
    owner.page.on("request", (asked) => asked.url().includes("/events?once=0") && streams.push(asked.url()));
    await owner.page.goto(`${proxy.url}/stacks`);
    await expect(owner.page.getByRole("link", { name, exact: true })).toBeVisible();
    await mark(owner.page);
    expect(streams).toEqual([]);
  } finally {
    proxy.close();
  }
});

test("without a network a page says so at once, and is up to date again as soon as there is one", async ({ browser }) => {
  const world = makeWorld();
  const owner = await enter(browser, world, "owner");
  await owner.page.goto("/requests");
  await mark(owner.page);
  const developer = await enter(browser, world, "developer");
  const note = owner.page.getByRole("status").filter({ hasText: "You are offline. What you see may be old." });
  await owner.page.context().setOffline(true);
  await expect(note).toBeVisible({ timeout: 10_000 });
  const name = `orders-${world.mark}`;
  await askForService(developer.page, name);
  await owner.page.context().setOffline(false);
  await expect(owner.page.getByRole("link", { name: `Create ${name} in dev` })).toBeVisible();
  await expect(owner.page.locator(".inbox-count")).toHaveAttribute("data-count", "1");
  await expect(note).toBeHidden();
  await expectNotReloaded(owner.page);
});

test("a line that died without a word is noticed, as after the sleep of a laptop", async ({ browser, baseURL }) => {
  const world = makeWorld();
  const proxy = await dyingProxy(baseURL as string);
  try {
    const owner = await enter(browser, world, "owner");
    await owner.page.clock.install();
    const count = owner.page.locator(".inbox-count");
    await owner.page.goto(`${proxy.url}/requests`);
    await mark(owner.page);
    const developer = await enter(browser, world, "developer");
    await askForService(developer.page, `one-${world.mark}`);
    await expect(count).toHaveAttribute("data-count", "1");
    // While its time stands still the page cannot notice, however long the other person takes.
    await owner.page.clock.pauseAt(Date.now() + 1_000);
    proxy.die();
    await askForService(developer.page, `two-${world.mark}`);
    await expect(count).toHaveAttribute("data-count", "1");
    await owner.page.clock.fastForward("00:30");
    await owner.page.clock.resume();
    await expect(count).toHaveAttribute("data-count", "2");
    await expect(owner.page.getByRole("link", { name: `Create two-${world.mark} in dev` })).toBeVisible();
    await expectNotReloaded(owner.page);
    // And the new line is a stream again.
    await askForService(developer.page, `three-${world.mark}`);
    await expect(count).toHaveAttribute("data-count", "3");
    await expect(owner.page.locator(".live-note")).toBeHidden();
    expect(owner.troubles).toEqual([]);
  } finally {
    proxy.close();
  }
});

test("whoever signs out in one window is told so in the others", async ({ browser }) => {
  const world = makeWorld();
  const { page } = await enter(browser, world, "owner");
  await page.goto("/requests");
  await mark(page);
  const other = await page.context().newPage();
  await other.goto("/search?q=sign");
  await other.getByRole("main").getByRole("button", { name: "Sign out" }).click();
  await expect(other).toHaveURL(/\/sign-in/);
  await expect(page.getByRole("status").filter({ hasText: "Your session has ended." })).toBeVisible();
  await page.getByRole("link", { name: "Sign in again" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
});

test("a portal that restarts is waited for, and what was missed is shown", async ({ browser }) => {
  const portal = await ownPortal(smallHouse());
  try {
    const owner = await open(browser, { baseURL: portal.url });
    await signIn(owner.page, "owner@example.com");
    await expect(owner.page.getByRole("heading", { name: "Welcome, Owner" })).toBeVisible();
    await owner.page.goto("/requests");
    await mark(owner.page);
    await expect(owner.page.locator(".live-note")).toBeHidden();

    await portal.end();
    await expect(owner.page.getByRole("status").filter({ hasText: "Reconnecting…" })).toBeVisible();
    await portal.start();
    const developer = await open(browser, { baseURL: portal.url });
    await signIn(developer.page, "dev@example.com");
    await expect(developer.page.getByRole("heading", { name: "Welcome, Dev" })).toBeVisible();
    await askForService(developer.page, "orders");

    await expect(owner.page.getByRole("link", { name: "Create orders in dev" })).toBeVisible();
    await expect(owner.page.locator(".inbox-count")).toHaveAttribute("data-count", "1");
    await expect(owner.page.getByText("Reconnecting…")).toBeHidden();
    await expectNotReloaded(owner.page);
    await owner.page.context().close();
    await developer.page.context().close();
  } finally {
    await portal.remove();
  }
});
