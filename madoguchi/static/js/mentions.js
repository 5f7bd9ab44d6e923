// "@" in a comment offers who may see the ticket; arrows choose, Enter or Tab takes, Escape closes.
// Nothing happens while an input method composes: what it made is looked at when it is done.
import { composing, folded, ranked } from "./picker.js";

const WORD = /(?<![A-Za-z0-9._%+-])[@＠]([^\s@＠、。，．,;:!?！？()（）]{0,24})$/u;
const MOST = 30;
let lists = 0;

export class Mentions {
  // mentionsUrl tells whom, mentionsLabel names the list; isOn() says whether people can be mentioned now.
  constructor({ mentionsUrl, mentionsLabel, isOn }) {
    Object.assign(this, { mentionsUrl, mentionsLabel, isOn, at: 0 });
  }

  watch(editor) {
    this.editor = editor;
    editor.on("update", () => this.look());
    editor.on("selectionUpdate", () => this.look());
    editor.on("blur", () => this.close());
    editor.on("destroy", () => this.list?.remove());
    editor.view.dom.addEventListener("compositionend", () => setTimeout(() => this.look()));
    addEventListener("scroll", (event) => this.open && !this.list.contains(event.target) && this.close(), true);
  }

  get open() {
    return Boolean(this.list && !this.list.hidden);
  }

  async look() {
    if (this.editor.view.composing) return;
    const { $from, empty } = this.editor.state.selection;
    const found = empty && this.isOn() && WORD.exec($from.parent.textBetween(0, $from.parentOffset, undefined, "\n"));
    const from = found && $from.pos - found[1].length - 1;
    if (!found || this.left === from) {
      if (!found) this.left = null;
      return this.close();
    }
    this.range = { from, to: $from.pos };
    const rows = await this.people();
    if (this.range?.from === from && this.range.to === $from.pos) this.show(ranked(rows, found[1]).slice(0, MOST));
  }

  async people() {
    this.rows ??= fetch(this.mentionsUrl, { headers: { Accept: "application/json" }, redirect: "error" })
      .then((answer) => (answer.ok ? answer.json() : { agents: [] }))
      .then(({ agents }) => agents.map((one) => ({ one, words: [one.name, one.name.replaceAll(" ", ""), one.mail].map(folded) })))
      .catch(() => ((this.rows = undefined), []));
    return this.rows;
  }

  show(rows) {
    if (!rows.length) return this.hide();
    this.shown = rows;
    this.at = 0;
    this.list ??= this.make();
    this.list.replaceChildren(...rows.map(({ one }, n) => this.option(one, n)));
    this.list.hidden = false;
    this.place();
    this.mark();
  }

  make() {
    const list = Object.assign(document.createElement("ul"), { className: "menu mentions", id: `mentions-${(lists += 1)}` });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", this.mentionsLabel);
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest('[role="option"]');
      if (option) this.choose(Number(option.dataset.n));
    });
    document.body.append(list);
    return list;
  }

  option(one, n) {
    const option = Object.assign(document.createElement("li"), { className: "mentions__one", id: `${this.list.id}-${n}` });
    option.setAttribute("role", "option");
    option.dataset.n = n;
    const face = Object.assign(document.createElement("span"), { className: "avatar avatar--s", textContent: one.name[0] });
    face.setAttribute("aria-hidden", "true");
    if (one.id % 7) face.dataset.hue = one.id % 7;
    option.append(face, Object.assign(document.createElement("span"), { textContent: one.name }), Object.assign(document.createElement("small"), { textContent: one.department }));
    return option;
  }

  // Below the "@", above it where there is no room.
  place() {
    const { left, top, bottom } = this.editor.view.coordsAtPos(this.range.from);
    const { offsetWidth, offsetHeight } = this.list;
    this.list.style.left = `${Math.max(8, Math.min(left, innerWidth - offsetWidth - 8))}px`;
    this.list.style.top = `${bottom + offsetHeight + 8 > innerHeight ? Math.max(8, top - offsetHeight - 4) : bottom + 4}px`;
  }

  mark() {
    const dom = this.editor.view.dom;
    for (const option of this.list.children) option.setAttribute("aria-selected", String(Number(option.dataset.n) === this.at));
    const chosen = this.list.children[this.at];
    for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-controls": this.list.id, "aria-activedescendant": chosen.id })) dom.setAttribute(name, value);
    chosen.scrollIntoView({ block: "nearest" });
  }

  hide() {
    if (!this.open) return;
    this.list.hidden = true;
    for (const name of ["aria-autocomplete", "aria-controls", "aria-activedescendant"]) this.editor.view.dom.removeAttribute(name);
  }

  close() {
    this.range = null;
    this.hide();
  }

  // Called by the editor before a key: true where it was for the list.
  key(event) {
    if (!this.open || composing(event) || event.ctrlKey || event.metaKey || event.altKey) return false;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      this.at = (this.at + steps[event.key] + this.shown.length) % this.shown.length;
      this.mark();
    } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.choose(this.at);
    else if (event.key === "Escape") {
      this.left = this.range.from;
      this.close();
      event.stopPropagation();
    } else return false;
    event.preventDefault();
    return true;
  }

  choose(n) {
    const { range, shown } = this;
    this.close();
    this.editor.chain().focus().insertContentAt(range, { type: "text", text: `@${shown[n].one.name} ` }).run();
  }
}
