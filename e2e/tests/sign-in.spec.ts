import { expect, test } from "@playwright/test";
import { enter, makeWorld, open, signIn } from "./world";

test("a wrong password is told, and the address stays", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await open(browser);
  await signIn(page, world.email("developer"), "not-the-password");
  await expect(page.getByText("do not match")).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue(world.email("developer"));
  await expect(page.getByLabel("Password")).toHaveValue("");
  expect(troubles).toEqual([]);
});

test("a link from elsewhere is opened after signing in, and signing out closes the door", async ({ browser }) => {
  const world = makeWorld();
  const { page } = await open(browser);
  await page.goto("/stacks?q=shop");
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel("E-mail").fill(world.email("developer"));
  await page.getByLabel("Password").fill("lift-that-container");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/stacks?q=shop");
  await page.locator(".account summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto("/stacks");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("what one may not do has a page that says who may", async ({ browser }) => {
  const world = makeWorld();
  const { page } = await enter(browser, world, "developer");
  await page.goto("/audit");
  await expect(page.getByText("auditor role").first()).toBeVisible();
});
