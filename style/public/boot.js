// Wakes the islands of a page: loads the WebAssembly when the browser is idle and calls, for each
// <leptos-island>, the function that its data-component names. A file of its own, so that the content
// security policy needs no inline script.
document.documentElement.classList.add("scripted");

const onHydrateCallbacks = [];

async function wake(node, module) {
  const tag = node.tagName;
  if (tag === "LEPTOS-ISLAND") {
    const hydrateIsland = module[node.dataset.component];
    if (hydrateIsland) {
      onHydrateCallbacks.at(-1)?.();
      await hydrateIsland(node);
    }
  }
  const children = tag === "LEPTOS-CHILDREN";
  if (children) onHydrateCallbacks.push(node.$$on_hydrate);
  for (const child of [...node.children]) await wake(child, module);
  if (children) onHydrateCallbacks.pop();
}

async function start() {
  // The page says where they are: their names change with their content.
  const { module: glue, wasm } = document.getElementById("boot").dataset;
  const module = await import(glue);
  await module.default({ module_or_path: wasm });
  module.hydrate();
  await wake(document.body, module);
  // Parts that come to the page later bring islands of their own.
  document.addEventListener("gantry:inserted", (event) => wake(event.target, module));
  document.documentElement.dataset.awake = "true";
}

// Menus are native <details>: a click elsewhere and Escape close them.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

// The summary of what is wrong takes focus, also where autofocus does not reach.
document.getElementById("errors")?.focus();

if (document.querySelector("leptos-island")) {
  (window.requestIdleCallback ?? setTimeout)(start);
}
