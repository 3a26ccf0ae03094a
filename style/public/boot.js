// Wakes the islands of a page: loads the WebAssembly when the browser is idle and calls, for each
// <leptos-island>, the function that its data-component names. A file of its own, so that the content
// security policy needs no inline script.
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

// A form is sent once: whoever clicks again while the answer is on its way does not ask for the same thing twice.
let sent = null;
const forget = () => {
  sent?.removeAttribute("aria-busy");
  sent = null;
};
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (sent) {
    event.preventDefault();
    return;
  }
  sent = event.submitter ?? event.target;
  sent.setAttribute("aria-busy", "true");
});
// Shown again from the browser's memory, or stopped: it may be sent again.
window.addEventListener("pageshow", forget);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") forget();
});

// A graph that is larger than its box is dragged with the mouse, as a map is; a finger and the arrow keys scroll anyway.
document.addEventListener("pointerdown", (down) => {
  const box = down.target.closest?.(".graph-scroll");
  if (!box || down.pointerType !== "mouse" || down.button !== 0) return;
  let { clientX: x, clientY: y } = down;
  const move = (event) => {
    if (!box.dataset.dragging && Math.hypot(event.clientX - x, event.clientY - y) < 5) return;
    box.dataset.dragging = "true";
    box.scrollBy(x - event.clientX, y - event.clientY);
    ({ clientX: x, clientY: y } = event);
  };
  const end = () => {
    document.removeEventListener("pointermove", move);
    setTimeout(() => delete box.dataset.dragging);
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end, { once: true });
});
// Steps are links: they are followed by a click, and not taken along.
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(".graph-scroll")) event.preventDefault();
});

// The summary of what is wrong takes focus, also where autofocus does not reach.
document.getElementById("errors")?.focus();

if (document.querySelector("leptos-island")) {
  (window.requestIdleCallback ?? setTimeout)(start);
}
