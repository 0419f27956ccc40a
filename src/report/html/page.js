// What the page gains where scripts run. Without them it lacks nothing but this.

// The names of regions, which the browser knows.
const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
for (const region of document.querySelectorAll("[data-region]")) {
  const code = region.textContent;
  const name = /^[A-Z]{2}$/.test(code) && names.of(code);
  if (name) region.textContent = `${name} (${code})`;
}

// A button that copies a command. Where there is no clipboard, a click on a command selects all of it.
if (navigator.clipboard) {
  for (const command of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    button.setAttribute("aria-live", "polite");
    command.append(button);
  }
}
