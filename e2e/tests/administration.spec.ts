// Inviting somebody, and an environment picked from its account; with scripts and without.
import { type Locator, expect, test } from "@playwright/test";
import { enter, makeWorld, open } from "./world";

const PASSWORD = "a crane lifts that";

/** Picks a value, whether it is offered on cards or in a list. */
async function pick(field: Locator, value: string) {
  const isList = (await field.first().evaluate((element) => element.tagName)) === "SELECT";
  if (isList) await field.selectOption(value);
  else await field.and(field.page().locator(`[value="${value}"]`)).check();
}

for (const javaScriptEnabled of [true, false]) {
  const scripts = javaScriptEnabled ? "with" : "without";

  test(`somebody is invited, comes in through the link and is kept out ${scripts} scripts`, async ({ browser }) => {
    const world = makeWorld();
    const { page, troubles } = await enter(browser, world, "admin", { javaScriptEnabled });
    const name = `Grace ${world.mark}`;
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "People" }).first().click();
    await page.getByRole("link", { name: "Invite somebody" }).click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("E-mail address").fill("not an address");
    // A list, or cards where there are few teams.
    const places = page.locator(`select[name="teams.0"]`);
    const place = `${world.team}, developer`;
    if (await places.count()) await places.selectOption({ label: place });
    else await page.getByRole("group", { name: "Team and role" }).getByLabel(place).check();
    await page.getByRole("button", { name: "Make the invitation" }).click();
    await expect(page.getByText("reads like you@example.com").first()).toBeVisible();
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
    await page.getByLabel("E-mail address").fill(`grace-${world.mark}@example.com`);
    await page.getByRole("button", { name: "Make the invitation" }).click();
    const link = (await page.locator("#link").textContent()) as string;

    const grace = await open(browser, { javaScriptEnabled });
    await grace.page.goto(new URL(link).pathname + new URL(link).search);
    await grace.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await grace.page.getByLabel("Password, once more").fill(PASSWORD);
    await grace.page.getByRole("button", { name: "Save and sign in" }).click();
    await expect(grace.page.getByText(`Welcome, ${name}.`)).toBeVisible();
    await grace.page.goto("/catalogue/web-service/request");
    await expect(grace.page.getByLabel("Name", { exact: true })).toBeVisible();

    await page.goto(`/people?q=${encodeURIComponent(name)}`);
    await page.getByRole("link", { name }).click();
    await page.getByRole("button", { name: `Disable ${name}` }).click();
    await expect(page.getByText("every session has ended")).toBeVisible();
    await grace.page.goto("/");
    await expect(grace.page).toHaveURL(/\/sign-in/);
    expect([...troubles, ...grace.troubles]).toEqual([]);
  });

  test(`an environment is picked from its account, checked and closed ${scripts} scripts`, async ({ browser }) => {
    const world = makeWorld();
    const network = JSON.parse(process.env.GANTRY_NETWORK as string);
    const { page, troubles } = await enter(browser, world, "platform", { javaScriptEnabled });
    // After the one that other tests ask in.
    const name = `z-${world.mark}`;
    await page.goto("/environments/new");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("AWS account").fill("12");
    await page.getByLabel("Region").fill(network.region);
    await page.getByRole("button", { name: "Look into the account" }).click();
    await expect(page.getByText("twelve digits").first()).toBeVisible();
    await page.getByLabel("AWS account").fill(network.account);
    await page.getByRole("button", { name: "Look into the account" }).click();
    await pick(page.locator(`[name="vpc_id"]`), network.vpc_id);
    await page.getByRole("button", { name: "Look into the account again" }).click();
    for (const subnet of network.subnet_ids) {
      await page.locator(`input[name="public_subnets"][value="${subnet}"]`).check();
      await page.locator(`input[name="private_subnets"][value="${subnet}"]`).check();
    }
    await page.getByLabel("Tasks get public addresses").check();
    await pick(page.locator(`[name="shared_listener"]`), network.shared_load_balancer.listener_arn);
    await page.getByRole("button", { name: "Add the environment" }).click();
    await expect(page).toHaveURL(/\/environments\/env-/);
    await page.getByRole("button", { name: "Check", exact: true }).click();
    await expect(page.getByText("It works: everything was found")).toBeVisible();

    await page.getByRole("link", { name: "Change", exact: true }).click();
    await page.getByLabel("Closed for new stacks").check();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("closed for new stacks")).toBeVisible();
    const developer = await enter(browser, world, "developer", { javaScriptEnabled });
    await developer.page.goto("/catalogue/web-service/request");
    await expect(developer.page.getByText(`${name}`).first()).toBeVisible();
    await expect(developer.page.locator(`[name="environment"]`).filter({ hasText: name })).toHaveCount(0);
    expect([...troubles, ...developer.troubles]).toEqual([]);
  });
}
