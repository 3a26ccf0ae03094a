// Anywhere from anywhere: the palette by keyboard, the page without scripts; and the inbox by keyboard.
import { type Page, expect, test } from "@playwright/test";
import { accessible, askForService, enter, hold, makeWorld } from "./world";

const awake = (page: Page) => expect(page.locator("html")).toHaveAttribute("data-awake", "true");

test("the palette finds, goes and acts by keyboard, and gives the focus back", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "developer");
  const name = `orders-${world.mark}`;
  const request = await askForService(page, name);
  await awake(page);
  await page.goto("/catalogue");
  await awake(page);
  const dialog = page.getByRole("dialog", { name: "Search everything" });
  const input = dialog.getByRole("combobox");
  const chosen = dialog.getByRole("option", { selected: true });

  await page.getByRole("searchbox").focus();
  await page.keyboard.press("Control+k");
  await expect(input).toBeFocused();
  // What was open of late, before anything is typed.
  await expect(dialog.getByRole("group", { name: "Lately" }).getByRole("option").first()).toContainText(name);
  await input.fill(name);
  await expect(dialog.getByRole("group", { name: "Stacks" }).getByRole("option")).toHaveCount(1);
  await expect(chosen).toContainText(name);
  await expect(input).toHaveAttribute("aria-activedescendant", (await chosen.getAttribute("id")) as string);
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("searchbox")).toBeFocused();

  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("/");
  await input.fill(name);
  await expect(dialog.getByRole("group", { name: "Requests" }).getByRole("option")).toHaveCount(1);
  await page.keyboard.press("ArrowDown");
  await expect(chosen).toContainText(`Create ${name}`);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(request);

  await awake(page);
  await page.getByRole("link", { name: "Search", exact: true }).click();
  await input.fill("nothing-is-called-this");
  await expect(dialog.getByText("Nothing is called that.").first()).toBeVisible();
  await input.fill("sign out");
  await expect(chosen).toContainText("Sign out");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/sign-in/);
  expect(await page.evaluate(() => localStorage.getItem("gantry.recent"))).toBeNull();
  expect(troubles).toEqual([]);
});

test("whoever waits for the palette or the inbox sees that something comes", async ({ browser }) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  for (const name of ["one", "two"]) await askForService(developer.page, `${name}-${world.mark}`);
  const { page, troubles } = await enter(browser, world, "owner");
  await page.goto("/inbox");
  await awake(page);
  const inbox = await hold(page, /\/inbox\?request=/);
  await page.keyboard.press("j");
  const preview = page.locator(".inbox-preview");
  await expect(preview).toHaveAttribute("aria-busy", "true");
  await expect(preview.getByRole("heading", { level: 2 })).toContainText(`one-${world.mark}`);
  inbox();
  await expect(preview.getByRole("heading", { level: 2 })).toContainText(`two-${world.mark}`);
  await expect(preview).not.toHaveAttribute("aria-busy");

  const found = await hold(page, /\/search\.json/);
  await page.keyboard.press("Control+k");
  const list = page.locator("#palette-list");
  await expect(list).toHaveAttribute("aria-busy", "true");
  await accessible(page);
  found();
  await expect(list.getByRole("option").first()).toBeVisible();
  await expect(list).not.toHaveAttribute("aria-busy");
  await page.getByRole("combobox").fill("api docs");
  await expect(list.getByRole("option", { name: "API docs" })).toBeVisible();
  await page.getByRole("combobox").fill("your acc");
  await expect(list.getByRole("option", { name: "Your account" })).toBeVisible();
  expect(troubles).toEqual([]);
});

test("search is a page without scripts, and shows nobody what is not theirs", async ({ browser }) => {
  const world = makeWorld();
  const options = { javaScriptEnabled: false };
  const { page } = await enter(browser, world, "developer", options);
  const name = `orders-${world.mark}`;
  await askForService(page, name);
  await page.getByRole("link", { name: "Search", exact: true }).click();
  await page.getByRole("searchbox").fill(name);
  await page.getByRole("searchbox").press("Enter");
  await expect(page.getByRole("link", { name, exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: `Create ${name} in dev` })).toBeVisible();
  const stranger = await enter(browser, makeWorld(), "owner", options);
  await stranger.page.goto(`/search?q=${name}`);
  await expect(stranger.page.getByText("Nothing is called")).toBeVisible();
  await page.goto("/search?q=sign");
  await page.getByRole("button", { name: "Sign out" }).last().click();
  await expect(page).toHaveURL(/\/sign-in/);
});

test("whoever leaves half a sentence in the inbox is told why it stays", async ({ browser }) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  for (const name of ["one", "two"]) await askForService(developer.page, `${name}-${world.mark}`);
  const { page, troubles } = await enter(browser, world, "owner");
  await page.goto("/inbox");
  await awake(page);
  await page.keyboard.press("r");
  await page.getByLabel("Why not?").fill("Too big, ask for l");
  await page.getByRole("link", { name: new RegExp(`Create two-${world.mark}`) }).click();
  const note = page.getByText("What you typed has not been sent.");
  await expect(note).toBeVisible();
  await expect(page.getByRole("heading", { level: 2, name: `Create one-${world.mark} in dev` })).toBeVisible();
  await expect(page.locator("#reason")).toHaveValue("Too big, ask for l");
  await accessible(page);
  await page.keyboard.press("r");
  await page.getByLabel("Why not?").fill("");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await expect(page.getByRole("heading", { level: 2, name: `Create two-${world.mark} in dev` })).toBeVisible();
  await expect(note).toBeHidden();
  expect(troubles).toEqual([]);
});

for (const javaScriptEnabled of [true, false]) {
  test(`the inbox is worked through ${javaScriptEnabled ? "by keyboard" : "without scripts"}`, async ({ browser }) => {
    const world = makeWorld();
    const developer = await enter(browser, world, "developer");
    for (const name of ["one", "two", "three"]) await askForService(developer.page, `${name}-${world.mark}`);
    const { page, troubles } = await enter(browser, world, "owner", { javaScriptEnabled });
    await page.goto("/inbox");
    const shown = (name: string) =>
      expect(page.getByRole("heading", { level: 2, name: `Create ${name}-${world.mark} in dev` })).toBeVisible();
    await shown("one");
    if (javaScriptEnabled) {
      await awake(page);
      await page.keyboard.press("j");
      await shown("two");
      await expect(page).toHaveURL(/\?request=req-/);
      await page.keyboard.press("j");
      await shown("three");
      await page.keyboard.press("k");
      await shown("two");
      await page.keyboard.press("c");
      await expect(page.getByLabel("What should be different?")).toBeFocused();
      await page.keyboard.press("Escape");
      await page.keyboard.press("r");
      await page.getByLabel("Why not?").pressSequentially("Too big, ask for less");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
    } else {
      await page.getByRole("link", { name: new RegExp(`Create two-${world.mark}`) }).first().click();
      await shown("two");
      await page.getByText("Reject…").click();
      await page.getByLabel("Why not?").fill("Too big, ask for less");
      await page.getByRole("button", { name: "Reject this request" }).click();
    }
    await expect(page).toHaveURL("/inbox");
    await expect(page.getByText("You rejected it.")).toBeVisible();
    await shown("one");
    await expect(page.locator(".inbox-item")).toHaveCount(2);
    if (javaScriptEnabled) {
      await awake(page);
      await page.keyboard.press("a");
      await expect(page.getByRole("button", { name: "Approve this plan" })).toBeFocused();
      await page.keyboard.press("Enter");
    } else {
      await page.getByText("Approve…").click();
      await page.getByRole("button", { name: "Approve this plan" }).click();
    }
    await expect(page.getByText("You approved it.")).toBeVisible();
    await shown("three");
    if (javaScriptEnabled) {
      await awake(page);
      await page.keyboard.press("c");
    } else {
      await page.getByText("Ask for changes…").click();
    }
    await page.getByLabel("What should be different?").fill("Ask for less");
    await page.getByRole("button", { name: "Ask for these changes" }).click();
    await expect(page.getByText("You asked for changes.")).toBeVisible();
    await expect(page.getByText("Nothing waits for you")).toBeVisible();
    expect(troubles).toEqual([]);
  });
}
