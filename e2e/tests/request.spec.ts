// The request form and the decision about what it asks for.
import { expect, test } from "@playwright/test";
import { accessible, approve, askForService, enter, hold, makeWorld, untilRunSays } from "./world";

test("nobody approves their own request", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "owner");
  // Owners are developers, too.
  await askForService(page, `mine-${world.mark}`);
  const bar = page.getByRole("region", { name: "Your decision" });
  await expect(bar.getByRole("listitem").filter({ hasText: "Approve, ask for changes, reject" })).toContainText("your own request");
  await expect(bar.getByText("your own request")).toBeVisible();
  await expect(page.getByText("Approve…")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Approve this plan" })).toHaveCount(0);
  expect(troubles).toEqual([]);
});

test("a rejection is read by the requester", async ({ browser }) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  const owner = await enter(browser, world, "owner");
  const request = await askForService(developer.page, `orders-${world.mark}`);
  await owner.page.goto(request);
  await owner.page.getByText("Reject…").click();
  await owner.page.getByLabel("Why not?").fill("Too big for staging");
  await owner.page.getByRole("button", { name: "Reject this request" }).click();
  await expect(owner.page.getByText("Rejected").first()).toBeVisible();
  await developer.page.goto(request);
  await expect(developer.page.getByText("Too big for staging").first()).toBeVisible();
  expect([...developer.troubles, ...owner.troubles]).toEqual([]);
});

for (const javaScriptEnabled of [true, false]) {
  test(`whoever withdraws knows what becomes of it ${javaScriptEnabled ? "with" : "without"} scripts`, async ({ browser }) => {
    const world = makeWorld();
    const { page, troubles } = await enter(browser, world, "developer", { javaScriptEnabled });
    await askForService(page, `orders-${world.mark}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByText("Withdraw…").click();
    await expect(page.getByText(`the name orders-${world.mark} and everything else`)).toBeVisible();
    if (javaScriptEnabled) await accessible(page);
    await page.getByLabel("Why?").fill("x".repeat(2001));
    await page.getByRole("button", { name: "Withdraw this request" }).click();
    await expect(page.getByText("2,000 characters or fewer")).toBeVisible();
    await expect(page.getByLabel("Why?")).toHaveValue("x".repeat(2001));
    await page.getByLabel("Why?").fill("We buy one instead");
    await page.getByRole("button", { name: "Withdraw this request" }).click();
    await expect(page.getByText("It was withdrawn.")).toBeVisible();
    await expect(page.getByText("Withdraw…")).toHaveCount(0);
    await page.getByRole("navigation", { name: "Parts of this request" }).getByRole("link", { name: /Activity/ }).click();
    await expect(page.getByText("We buy one instead").first()).toBeVisible();
    expect(troubles).toEqual([]);
  });
}

test("who approves can say something with it", async ({ browser }) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  const owner = await enter(browser, world, "owner");
  const request = await askForService(developer.page, `orders-${world.mark}`);
  await owner.page.goto(request);
  await owner.page.getByText("Approve…").click();
  await expect(owner.page.getByText(`Create orders-${world.mark} in dev: `)).toBeVisible();
  await owner.page.getByLabel("Comment").fill("Keep an eye on it");
  await accessible(owner.page);
  await owner.page.getByRole("button", { name: "Approve this plan" }).click();
  await owner.page.goto(`${request}?tab=decisions`);
  await expect(owner.page.getByRole("cell", { name: "Keep an eye on it" })).toBeVisible();
  expect([...developer.troubles, ...owner.troubles]).toEqual([]);
});

test("the summary beside the form shows that it is being worked out", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "developer");
  const release = await hold(page, /\/preview$/);
  await page.goto("/catalogue/web-service/request");
  const summary = page.locator(".preview");
  await expect(summary).toHaveAttribute("aria-busy", "true");
  const line = () => summary.evaluate((part) => getComputedStyle(part, "::after").opacity);
  await expect.poll(line).toBe("1");
  release();
  await expect(summary).toHaveAttribute("aria-busy", "false");
  expect(await summary.evaluate((part) => getComputedStyle(part, "::after").content)).toBe("none");
  expect(troubles).toEqual([]);
});

for (const javaScriptEnabled of [true, false]) {
  test(`people talk about a request ${javaScriptEnabled ? "with" : "without"} scripts`, async ({ browser }) => {
    const world = makeWorld();
    const developer = await enter(browser, world, "developer", { javaScriptEnabled });
    const owner = await enter(browser, world, "owner", { javaScriptEnabled });
    const request = await askForService(developer.page, `orders-${world.mark}`);
    await owner.page.goto(`${request}?tab=activity`);
    await owner.page.getByLabel("Comment", { exact: true }).fill("x".repeat(4001));
    await owner.page.getByRole("button", { name: "Comment", exact: true }).click();
    await expect(owner.page.getByText("A comment has 1 to 4,000 characters.")).toBeVisible();
    await expect(owner.page.getByLabel("Comment", { exact: true })).toHaveValue("x".repeat(4001));
    await owner.page.getByLabel("Comment", { exact: true }).fill("Is one task enough?");
    await owner.page.getByRole("button", { name: "Comment", exact: true }).click();
    await expect(owner.page.getByRole("listitem").filter({ hasText: "Is one task enough?" })).toBeVisible();
    await developer.page.goto(`${request}?tab=activity`);
    await expect(developer.page.getByText("Is one task enough?")).toBeVisible();
    expect([...developer.troubles, ...owner.troubles]).toEqual([]);
  });
}

for (const javaScriptEnabled of [true, false]) {
  test(`an invalid form keeps what was typed ${javaScriptEnabled ? "with" : "without"} scripts`, async ({ browser }) => {
    const world = makeWorld();
    const { page, troubles } = await enter(browser, world, "developer", { javaScriptEnabled });
    await page.goto("/catalogue/web-service/request");
    await page.getByLabel("Name", { exact: true }).fill(`orders-${world.mark}`);
    await page.getByLabel("Image", { exact: true }).fill("registry.example.com/shop/orders:1.0");
    await page.getByLabel("Container port").fill("70000");
    await page.locator('[name="inputs.config.name"]').first().fill("LEVEL");
    await page.locator('[name="inputs.config.value"]').first().fill("debug");
    await page.locator('[name="inputs.secrets.name"]').first().fill("TOKEN");
    await page.locator('[name="inputs.secrets.value"]').first().fill("open-sesame");
    await page.getByRole("button", { name: "Submit for approval" }).click();

    await expect(page.locator("#errors")).toBeVisible();
    await expect(page.getByLabel("Container port")).toHaveValue("70000");
    await expect(page.getByLabel("Container port")).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByLabel("Image", { exact: true })).toHaveValue("registry.example.com/shop/orders:1.0");
    await expect(page.locator('[name="inputs.config.value"]').first()).toHaveValue("debug");
    await expect(page.locator('[name="inputs.secrets.name"]').first()).toHaveValue("TOKEN");
    expect(await page.content()).not.toContain("open-sesame");
    if (javaScriptEnabled) await accessible(page);

    await page.getByLabel("Container port").fill("8080");
    await page.getByRole("button", { name: "Submit for approval" }).click();
    await expect(page).toHaveURL(/\/requests\/req-/);
    await page.goto(`${page.url()}?tab=inputs`);
    await expect(page.getByText("TOKEN").first()).toBeVisible();
    expect(troubles).toEqual([]);
  });
}

test("cost and plan appear beside the form while one types", async ({ browser }) => {
  const world = makeWorld();
  const { page, troubles } = await enter(browser, world, "developer");
  await page.goto("/catalogue/web-service/request");
  await expect(page.locator("html")).toHaveAttribute("data-awake", "true");
  const summary = page.getByLabel("What this comes to");
  await expect(summary.getByText("Known once the required fields")).toBeVisible();
  await page.getByLabel("Name", { exact: true }).fill(`orders-${world.mark}`);
  await page.getByLabel("Image", { exact: true }).fill("registry.example.com/shop/orders:1.0");
  await expect(summary.getByText(/^\$\d+\.\d\d/).first()).toBeVisible();
  await page.getByLabel("Container port").fill("0");
  await page.getByLabel("Container port").blur();
  await expect(page.locator('[data-error-for="inputs.port"]')).not.toBeEmpty();
  expect(troubles).toEqual([]);
});

test("an image that cannot be pulled fails the run, which says why and is undone", async ({ browser }) => {
  const world = makeWorld();
  const developer = await enter(browser, world, "developer");
  const owner = await enter(browser, world, "owner");
  const request = await askForService(developer.page, `broken-${world.mark}`, "registry.example.com/nopull/orders:1.0");
  const run = await approve(owner.page, request);
  await developer.page.goto(run);
  const undo = developer.page.getByRole("button", { name: "Undo", exact: true });
  await expect(undo).toBeVisible({ timeout: 90_000 });
  await expect(developer.page.getByText("CannotPullContainerError").first()).toBeVisible();

  // Somebody else takes it in hand, while the developer says what they know.
  const hands = developer.page.getByRole("region", { name: "Who sees to it" });
  await hands.getByText("Hand to someone…").click();
  const note = hands.getByLabel("What should they know?");
  await note.fill("Is the tag right?");
  await owner.page.goto(run);
  const theirs = owner.page.getByRole("region", { name: "Who sees to it" });
  await theirs.getByText("Hand to someone…").click();
  await accessible(owner.page);
  await theirs.getByLabel("Who is to see to it?").selectOption({ label: `Owner ${world.mark}` });
  await theirs.getByRole("button", { name: "Hand over" }).click();
  await expect(theirs.getByText(`Owner ${world.mark} took it in hand`)).toBeVisible();
  await expect(hands.getByText(`Owner ${world.mark} took it in hand`)).toBeVisible();
  await expect(note).toHaveValue("Is the tag right?");
  await hands.getByLabel("Who is to see to it?").selectOption({ label: `Developer ${world.mark}` });
  await hands.getByRole("button", { name: "Hand over" }).click();
  await expect(hands.getByText("Is the tag right?")).toBeVisible();
  for (const at of ["/", "/inbox"]) {
    await developer.page.goto(at);
    await expect(developer.page.getByText(`Create broken-${world.mark} in dev`).first()).toBeVisible();
    await expect(developer.page.getByText("You took it in hand: Is the tag right?")).toBeVisible();
    await accessible(developer.page);
  }
  await developer.page.goto(run);
  await hands.getByRole("button", { name: "Take it out of their hands" }).click();
  await expect(hands.getByText("Nobody in particular was asked to.")).toBeVisible();

  await undo.click();
  await expect(developer.page.getByText("Everything that this run had done was taken back").first()).toBeVisible({ timeout: 90_000 });
  await untilRunSays(developer.page, run, /was taken back/);
  await accessible(developer.page);
  expect([...developer.troubles, ...owner.troubles]).toEqual([]);
});
