// A request like a good pull request: changes are asked for, made, looked at, approved; and drafts that outlive the page.
import { type Page, expect, test } from "@playwright/test";
import { DONE, approve, askForService, enter, hold, makeWorld, signIn, untilRunSays } from "./world";

const FORM = "/catalogue/web-service/request";

for (const javaScriptEnabled of [true, false]) {
  test(`changes are asked for, made, seen, approved and run ${javaScriptEnabled ? "with" : "without"} scripts`, async ({ browser }) => {
    const world = makeWorld();
    const developer = await enter(browser, world, "developer", { javaScriptEnabled });
    const owner = await enter(browser, world, "owner", { javaScriptEnabled });
    const name = `orders-${world.mark}`;
    const request = await askForService(developer.page, name);

    await test.step("ask for changes", async () => {
      await owner.page.goto(request);
      await owner.page.getByText("Ask for changes…").click();
      await owner.page.getByLabel("What should be different?").fill("Two tasks are too many for staging.");
      await owner.page.getByRole("button", { name: "Ask for these changes" }).click();
      await expect(owner.page.getByText("Changes wanted").first()).toBeVisible();
      await expect(owner.page.getByRole("button", { name: "Approve this plan" })).toHaveCount(0);
    });

    await test.step("edit", async () => {
      await developer.page.goto(request);
      await expect(developer.page.getByText("Two tasks are too many for staging.").first()).toBeVisible();
      await developer.page.getByRole("link", { name: "Edit", exact: true }).click();
      await expect(developer.page.getByLabel("Name", { exact: true })).toHaveValue(name);
      await expect(developer.page.getByLabel("Image", { exact: true })).toHaveValue("registry.example.com/shop/orders:1.0");
      await developer.page.getByLabel("Tasks", { exact: true }).fill("1");
      await developer.page.getByRole("button", { name: "Submit the edit" }).click();
      await expect(developer.page).toHaveURL(request);
    });

    await test.step("look at the difference", async () => {
      await owner.page.goto(request);
      const note = owner.page.getByRole("region", { name: "What changed since your decision" });
      await expect(note.locator("del", { hasText: "2" }).first()).toBeVisible();
      await expect(note.locator("ins", { hasText: "1" }).first()).toBeVisible();
      await owner.page.getByRole("navigation", { name: "Parts of this request" }).getByRole("link", { name: /Inputs/ }).click();
      await expect(owner.page.getByRole("columnheader", { name: "Before the edit" })).toBeVisible();
      await owner.page.getByRole("navigation", { name: "Parts of this request" }).getByRole("link", { name: /Decisions/ }).click();
      await expect(owner.page.getByText("asked for changes").first()).toBeVisible();
      await owner.page.getByRole("navigation", { name: "Parts of this request" }).getByRole("link", { name: /Activity/ }).click();
      await expect(owner.page.getByText("edited the request to create").first()).toBeVisible();
    });

    await untilRunSays(developer.page, await approve(owner.page, request), DONE);
    expect([...developer.troubles, ...owner.troubles]).toEqual([]);
  });
}

async function type(page: Page, name: string) {
  await page.goto(FORM);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Container port").fill("70000");
  await page.locator('[name="inputs.secrets.name"]').first().fill("TOKEN");
  await page.locator('[name="inputs.secrets.value"]').first().fill("open-sesame");
}

async function expectRestored(page: Page, name: string) {
  await page.goto(FORM);
  await expect(page.getByText("Restored your draft").first()).toBeVisible();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
  await expect(page.getByLabel("Container port")).toHaveValue("70000");
  await expect(page.locator('[name="inputs.secrets.name"]').first()).toHaveValue("TOKEN");
  await expect(page.locator('[name="inputs.secrets.value"]').first()).toHaveValue("");
  expect(await page.content()).not.toContain("open-sesame");
}

for (const javaScriptEnabled of [true, false]) {
  test(`a draft survives a reload and signing out ${javaScriptEnabled ? "with" : "without"} scripts`, async ({ browser }) => {
    const world = makeWorld();
    const { page, troubles } = await enter(browser, world, "developer", { javaScriptEnabled });
    const name = `orders-${world.mark}`;
    await type(page, name);
    if (javaScriptEnabled) await expect(page.getByText("Your draft is saved.")).toBeVisible();
    else await page.getByRole("button", { name: "Save draft" }).click();
    await expectRestored(page, name);

    await page.locator(".account summary").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await signIn(page, world.email("developer"));
    await expect(page).toHaveURL("/");
    await expectRestored(page, name);

    await page.goto("/requests");
    await expect(page.getByRole("link", { name: `Web service: ${name}` })).toBeVisible();
    await page.getByRole("button", { name: "Discard" }).click();
    await expect(page.getByText("Your drafts")).toHaveCount(0);
    await page.goto(FORM);
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue("");
    expect(troubles).toEqual([]);
  });
}

test("what was typed before the page was awake is a draft, too, and a draft is saved when all of it is", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "developer");
  const name = `orders-${world.mark}`;
  const awake = await hold(page, /\.wasm/);
  await type(page, name);
  await expect(page.locator("html")).not.toHaveAttribute("data-awake", "true");
  awake();
  const saved = page.getByText("Your draft is saved.");
  await expect(saved).toBeVisible();
  const keep = await hold(page, /\/draft$/);
  await page.getByLabel("Tasks", { exact: true }).fill("3");
  await expect(saved).toBeHidden();
  keep();
  await expect(saved).toBeVisible();
  await expectRestored(page, name);
  await expect(page.getByLabel("Tasks", { exact: true })).toHaveValue("3");
  expect(troubles).toEqual([]);
});

test("a link to the form brings its answers and no secret", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "developer", { permissions: ["clipboard-read", "clipboard-write"] });
  await type(page, `orders-${world.mark}`);
  await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
  await page.getByRole("button", { name: "Copy a link to this form" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain("inputs.port=70000");
  expect(link).not.toContain("sesame");
  expect(link).not.toContain("csrf");

  const owner = await enter(browser, world, "owner");
  await owner.page.goto(link);
  await expect(owner.page.getByLabel("Name", { exact: true })).toHaveValue(`orders-${world.mark}`);
  await expect(owner.page.getByLabel("Container port")).toHaveValue("70000");
  expect([...troubles, ...owner.troubles]).toEqual([]);
});

test("a new request starts from another", async ({ browser }) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  const request = await askForService(developer.page, `orders-${world.mark}`, "registry.example.com/shop/special:7");
  await developer.page.goto(request);
  await developer.page.getByRole("link", { name: "Start from this request" }).click();
  await expect(developer.page.getByLabel("Image", { exact: true })).toHaveValue("registry.example.com/shop/special:7");
  await expect(developer.page.getByLabel("Name", { exact: true })).toHaveValue("");
  expect(developer.troubles).toEqual([]);
});

test("a form whose button is pressed again while the answer is on its way is sent once", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "developer");
  await type(page, `orders-${world.mark}`);
  await page.getByLabel("Container port").fill("8080");
  const posts: string[] = [];
  page.on("request", (asked) => asked.method() === "POST" && asked.isNavigationRequest() && posts.push(asked.url()));
  const answer = await hold(page, /\/request$/);
  const submit = page.getByRole("button", { name: "Submit for approval" });
  // Inside of the page: from outside nobody presses anything while a page is being left.
  const busy = await submit.evaluate(async (button: HTMLButtonElement) => {
    const moment = () => new Promise((over) => setTimeout(over, 300));
    button.click();
    await moment();
    button.click();
    await moment();
    return button.getAttribute("aria-busy");
  });
  expect(busy).toBe("true");
  answer();
  // It has no image yet: the page comes back, and can be sent again.
  await expect(page.locator("#errors")).toBeFocused();
  expect(posts).toHaveLength(1);
  await page.getByLabel("Image", { exact: true }).fill("registry.example.com/shop/orders:1.0");
  await page.locator('[name="inputs.secrets.value"]').first().fill("open-sesame");
  await submit.click();
  await expect(page).toHaveURL(/\/requests\/req-/);
  expect(troubles).toEqual([]);
});
