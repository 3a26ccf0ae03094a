import { expect, test } from "@playwright/test";
import { ownPortal } from "./portal";
import { accessible, enter, makeWorld, open, signIn } from "./world";

test("a wrong password is told, and the address stays", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await open(browser);
  await signIn(page, world.email("developer"), "not-the-password");
  await expect(page.getByText("do not match")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue(world.email("developer"));
  await expect(page.getByLabel("Password")).toHaveValue("");
  await accessible(page);
  expect(troubles).toEqual([]);
});

test("a link from elsewhere is opened after signing in, and signing out closes the door", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await open(browser);
  await page.goto("/stacks?q=shop");
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel("E-mail").fill(world.email("developer"));
  await page.getByLabel("Password").fill("lift-that-container");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/stacks?q=shop");
  await page.locator(".account summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto("/stacks");
  await expect(page).toHaveURL(/\/sign-in/);
  expect(troubles).toEqual([]);
});

test("what one may not do has a page that says who may", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "developer");
  await page.goto("/audit");
  await expect(page.getByText("auditor role").first()).toBeVisible();
  expect(troubles).toEqual([]);
});

test("whoever starts Gantry makes the first account by the link that it prints", async ({ browser }) => {
  const portal = await ownPortal();
  try {
    const link = () => portal.said.match(/http\S+set-up\?token=\w+/)?.[0];
    await expect.poll(link).toBeTruthy();
    const { page, troubles } = await open(browser, { baseURL: portal.url });
    await page.goto(link() as string);
    await accessible(page);
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("E-mail").fill("ada@example.com");
    await page.getByLabel("Password", { exact: true }).fill("lift-that-container");
    await page.getByLabel("Password, once more").fill("lift-that-kontainer");
    await page.getByRole("button", { name: "Make the administrator" }).click();
    await expect(page.getByText("The two passwords differ.").first()).toBeVisible();
    await accessible(page);
    await expect(page.getByLabel("E-mail")).toHaveValue("ada@example.com");
    await page.getByLabel("Password", { exact: true }).fill("lift-that-container");
    await page.getByLabel("Password, once more").fill("lift-that-container");
    await page.getByRole("button", { name: "Make the administrator" }).click();
    await expect(page).toHaveURL(`${portal.url}/`);
    const other = await open(browser, { baseURL: portal.url });
    await other.page.goto(link() as string);
    await expect(other.page.getByText("Gantry is set up already").first()).toBeVisible();
    await accessible(other.page);
    expect([...troubles, ...other.troubles]).toEqual([]);
  } finally {
    await portal.remove();
  }
});
