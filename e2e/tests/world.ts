// People of a test's own, browsers in which they have signed in, and the steps that many tests take.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, type Page, expect } from "@playwright/test";

const PASSWORD = "lift-that-container";

export type Role = "viewer" | "developer" | "owner";

export interface World {
  /** Part of every name of this test: stacks of one environment must differ. */
  mark: string;
  /** Name of the team as people read it. */
  team: string;
  email(who: Role | "platform" | "admin"): string;
}

/** A team with one person for each role, somebody of the platform team, and an administrator. */
export function makeWorld(): World {
  const mark = randomBytes(4).toString("hex");
  const team = `team-${mark}`;
  const email = (who: string) => `${who}-${mark}@example.com`;
  const person = (who: string, role: string | null, teams: object[]) => ({
    name: `${who[0].toUpperCase()}${who.slice(1)} ${mark}`,
    email: email(who),
    password: PASSWORD,
    role,
    teams,
  });
  const member = (role: Role) => person(role, null, [{ team, role }]);
  const seed = {
    teams: [{ name: team, title: `Team ${mark}` }],
    people: [member("viewer"), member("developer"), member("owner"), person("platform", "platform", []), person("admin", "admin", [])],
  };
  const folder = mkdtempSync(join(tmpdir(), "gantry-e2e-"));
  try {
    const file = join(folder, "seed.json");
    writeFileSync(file, JSON.stringify(seed));
    execFileSync(process.env.GANTRY_BIN as string, ["seed", file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { mark, team: `Team ${mark}`, email };
}

/** What went wrong in a page without anybody seeing it. */
export interface Watched {
  page: Page;
  troubles: string[];
}

/** What a page asks for by itself and what may be refused: a form that is checked, a list that is looked up. */
const MAY_BE_REFUSED = /\/(preview|draft|events|search\.json)(\?|$)/;

/** A browser window of its own. Errors in its console are collected; a page's own status is no error. */
export async function open(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  const documents = new Set<string>();
  page.on("request", (request) => {
    if (request.isNavigationRequest()) {
      documents.add(request.url());
    }
  });
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    const { url } = message.location();
    const isStatus = message.text().startsWith("Failed to load resource") && message.text().includes("status of 4");
    const expected = isStatus && (url === page.url() || documents.has(url) || MAY_BE_REFUSED.test(url));
    if (["error", "warning"].includes(message.type()) && !expected) {
      troubles.push(`${page.url()}: ${message.text()}`);
    }
  });
  return { page, troubles };
}

export async function signIn(page: Page, email: string, password = PASSWORD) {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A window in which somebody has signed in. */
export async function enter(
  browser: Browser,
  world: World,
  who: Role | "platform" | "admin",
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const watched = await open(browser, options);
  await signIn(watched.page, world.email(who));
  await expect(watched.page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(watched.page).toHaveURL("/");
  return watched;
}

/** Axe has nothing to say about the page as it is now. */
export async function accessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(" | ")}`)).toEqual([]);
}

/** Holds back what this page asks of an address until the answer's release is called. */
export async function hold(page: Page, address: RegExp): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  await page.route(address, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

/** Fills the form for a web service and posts it; returns the address of the request. */
export async function askForService(page: Page, name: string, image = "registry.example.com/shop/orders:1.0") {
  await page.goto("/catalogue");
  await page.getByRole("link", { name: /Web service/ }).first().click();
  await page.getByRole("link", { name: "Request a web service" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Image", { exact: true }).fill(image);
  await page.getByRole("button", { name: "Submit for approval" }).click();
  await expect(page).toHaveURL(/\/requests\/req-/);
  return new URL(page.url()).pathname;
}

/** Approves in the bar; returns the address of the run. */
export async function approve(page: Page, request: string) {
  await page.goto(request);
  await page.getByText("Approve…").click();
  await page.getByRole("button", { name: "Approve this plan" }).click();
  const run = page.getByRole("link", { name: "Open the run" });
  await expect(run).toBeVisible();
  return (await run.getAttribute("href")) as string;
}

/** Looks at a run again and again, as one does without scripts, until it says this. */
export async function untilRunSays(page: Page, run: string, sentence: RegExp) {
  await expect(async () => {
    await page.goto(run);
    await expect(page.getByText(sentence).first()).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 90_000, intervals: [300] });
}

export const DONE = /All \d+ steps are done/;
