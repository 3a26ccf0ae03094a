// What a run has left in AWS: listed with why each stands, and told to open pages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { addressOf, openGallery } from "./gallery";

const BALANCER =
  "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/orders-5f3a91c2/50dc6c495c0c9188";

test("what is left in AWS stands beside the choices, each with why, and its ARN to copy", async ({ browser }) => {
  const { page, troubles } = await openGallery(browser, {}, { awake: true });
  await page.goto(addressOf("run-left-over"));
  await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
  const left = page.getByRole("region", { name: /^Left in AWS/ });
  await expect(left.getByRole("listitem")).toHaveCount(2);
  const balancer = left.locator("[data-key=load-balancer]");
  await expect(balancer).toContainText("load-balancer-5f3a91c2");
  await expect(balancer).toContainText("Created");
  await expect(balancer).toContainText("Its undo was refused: Load balancer");
  const firewall = left.locator("[data-key=balancer-access]");
  await expect(firewall).toContainText("Its undo waits for the load balancer orders-5f3a91c2.");
  await expect(balancer.getByText(BALANCER, { exact: true })).toBeVisible();
  await expect(balancer.getByRole("button", { name: `Copy ${BALANCER}` })).toBeVisible();
  // Above the graph and right below what failed.
  const top = async (selector: string) => (await page.locator(selector).first().boundingBox())?.y as number;
  expect(await top(".failure")).toBeLessThan(await top(".left-row"));
  expect(await top(".left-row")).toBeLessThan(await top(".run-graph"));
  await expect(page.getByText("Dealt with by hand", { exact: true })).toHaveCount(0);
  expect(troubles).toEqual([]);
});

test("where nothing failed the choices stand right below what is left", async ({ browser }) => {
  const { page, troubles } = await openGallery(browser);
  await page.goto(addressOf("run-undo-stopped"));
  const left = page.getByRole("region", { name: /^Left in AWS/ });
  await expect(left.getByRole("listitem").filter({ hasText: "May have been created" })).toHaveCount(1);
  await expect(left.getByText("Its undo has not begun.")).toHaveCount(2);
  const top = async (selector: string) => (await page.locator(selector).first().boundingBox())?.y as number;
  expect(await top(".left-row")).toBeLessThan(await top(".choices"));
  expect(await top(".choices")).toBeLessThan(await top(".run-graph"));
  await expect(page.locator(".choices")).toHaveCount(1);
  expect(troubles).toEqual([]);
});

test("what was left as it is and what was dealt with by hand stays on the page of a run that has ended", async ({ browser }) => {
  const { page, troubles } = await openGallery(browser);
  await page.goto(addressOf("run-kept"));
  await expect(page.getByRole("region", { name: /^Left in AWS/ }).getByRole("listitem")).toHaveCount(2);
  await page.goto(addressOf("run-by-hand"));
  const byHand = page.getByRole("region", { name: /^Dealt with by hand/ });
  await expect(byHand.getByRole("listitem")).toHaveCount(1);
  await expect(byHand).toContainText("Grace Hopper dealt with it by hand. Its undo was refused:");
  await expect(page.getByRole("region", { name: /^Left in AWS/ })).toHaveCount(0);
  await page.goto(addressOf("run-done"));
  await expect(page.locator(".left-row")).toHaveCount(0);
  expect(troubles).toEqual([]);
});

test("an undo that comes to a stop while somebody looks shows them what it has left", async ({ browser }) => {
  const { page, troubles } = await openGallery(browser, {}, { awake: true });
  // The run as the other page shows it: the same steps, later.
  const gallery = readFileSync(join(process.env.GANTRY_GALLERY as string, "run-left-over.html"), "utf8");
  const props = await page.evaluate((html) => {
    const island = new DOMParser().parseFromString(html, "text/html").querySelector("leptos-island[data-component^=RunLive]");
    return island?.getAttribute("data-props") as string;
  }, gallery);
  const later = JSON.parse(props).run;
  // In this tab streams are known to be held back, so it asks.
  await page.addInitScript(() => sessionStorage.setItem("gantry.held-back", "1"));
  let stopped = false;
  await page.route(/\/events\?/, async (route) => {
    const messages = stopped ? [{ event: "run", topic: later.id, mark: "later", state: { ...later, mark: "later" } }] : [];
    await route.fulfill({ json: { id: "", messages } });
  });
  await page.goto(addressOf("run-undoing"));
  await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
  const bar = page.getByRole("progressbar", { name: "Steps taken back" });
  const undone = Number(await bar.getAttribute("value"));
  expect(undone).toBeGreaterThan(0);
  expect(undone).toBeLessThan(Number(await bar.getAttribute("max")));
  await expect(page.locator(".left-row")).toHaveCount(0);
  stopped = true;
  await expect(page.getByRole("region", { name: /^Left in AWS/ }).getByRole("listitem")).toHaveCount(2, { timeout: 20_000 });
  expect(Number(await bar.getAttribute("value"))).toBeGreaterThan(undone);
  expect(troubles).toEqual([]);
});
