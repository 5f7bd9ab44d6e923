// The command palette (Ctrl+K) and the help sheet (?). Commands come from the server once, when first opened: only what
// this agent may do, with words to find them by.
import { composing, folded, Picker } from "./picker.js";

let picker;
let commands;

const ticket = () => /\/tickets\/(\d+)\//.exec(location.pathname)?.[1] ?? "";
const part = (tag, text, kind = "") => Object.assign(document.createElement(tag), { textContent: text, className: kind });

const icon = (name) => {
  const svg = document.querySelector("svg.icon")?.cloneNode(true);
  const use = svg?.querySelector("use");
  if (!use) return part("span", "");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${name}`));
  return svg;
};

const post = (address, fields) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  form.hidden = true;
  const token = document.querySelector('input[name="csrfmiddlewaretoken"]').value;
  for (const [name, value] of Object.entries({ ...fields, csrfmiddlewaretoken: token })) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
};

const does = (command) => () => {
  if (command.press) document.querySelector(command.press)?.click();
  else if (command.post) post(command.post, command.fields);
  else if (command.help) help();
  else location.assign(command.href);
};

const row = (command) => ({
  group: command.group,
  words: [command.label, ...command.words].map(folded),
  node: () => [icon(command.icon), part("span", command.label, "cut"), ...(command.key ? [part("kbd", command.key, "push")] : [])],
  choose: does(command),
});

const typed = (texts) => (words) => {
  if (!words) return [];
  const number = /^#?(\d{1,18})$/.exec(words.normalize("NFKC"))?.[1];
  const found = [{ label: texts.search.replace("%(q)s", words), icon: "search", words: [], href: texts.search_at.replace("%25q", encodeURIComponent(words)) }];
  if (number) found.unshift({ label: texts.jump.replace("%(n)s", number), icon: "ticket", words: [], href: texts.jump_at.replace("/0/", `/${number}/`) });
  return found.map(row);
};

// What is typed while the commands are on their way is typed into the palette, and presses no shortcut.
let early = null;
addEventListener(
  "keydown",
  (event) => {
    if (early === null || composing(event) || event.ctrlKey || event.metaKey || event.key.length > 1) return;
    early += event.key;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

const open = async () => {
  if (early !== null || document.querySelector("dialog[data-palette][open]")) return;
  early = "";
  try {
    commands ??= await fetch(`/commands?ticket=${ticket()}`, { headers: { Accept: "application/json" } }).then((answer) => answer.json());
  } catch {
    return (early = null);
  }
  const words = early;
  early = null;
  if (!picker) {
    const { texts } = commands;
    const dialog = Object.assign(document.createElement("dialog"), { className: "dialog picker" });
    dialog.dataset.palette = "";
    dialog.setAttribute("aria-label", texts.title);
    const head = part("div", "", "picker__head");
    const search = Object.assign(document.createElement("input"), { className: "picker__search", type: "text", placeholder: texts.placeholder, autocomplete: "off" });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "true", "aria-autocomplete": "list", "aria-controls": "palette-list", "aria-label": texts.placeholder })) search.setAttribute(name, value);
    head.append(icon("search"), search);
    const list = Object.assign(document.createElement("ul"), { className: "picker__list", id: "palette-list" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", texts.title);
    const none = part("p", texts.none, "picker__none muted");
    dialog.append(head, list, none);
    document.body.append(dialog);
    picker = new Picker(dialog, { more: typed(texts) });
  }
  picker.open(commands.commands.filter((command) => !command.press || document.querySelector(command.press)).map(row), words);
};

let sheet;
const help = async () => {
  if (!sheet) {
    const answer = await fetch("/shortcuts");
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    sheet = Object.assign(document.createElement("dialog"), { className: "dialog dialog--wide help" });
    sheet.setAttribute("aria-labelledby", "shortcuts-title");
    sheet.append(document.adoptNode(page.querySelector("#shortcuts")));
    sheet.addEventListener("click", (event) => (event.target === sheet || event.target.closest("[data-close]")) && sheet.close());
    document.body.append(sheet);
  }
  if (!sheet.open) sheet.showModal();
};

document.addEventListener("desk:palette", open);
document.addEventListener("desk:help", help);
document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-opens]")?.dataset.opens;
  if (!asked) return;
  event.preventDefault();
  event.target.closest("details")?.removeAttribute("open");
  asked === "help" ? help() : open();
});
// After a change in place the ticket may allow something else.
document.addEventListener("htmx:after:swap", () => (commands = undefined));
