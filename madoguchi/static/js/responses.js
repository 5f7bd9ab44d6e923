// Canned responses: a dialog to choose from, and "/" with a shortcut in the text, then Tab or Enter.
import { composing, folded, Picker } from "./picker.js";

const WORD = /(?:^|\s)\/([\p{L}\p{N}_.-]{1,30})$/u;

export class Responses {
  constructor(composer) {
    this.composer = composer;
    this.url = composer.dataset.responsesUrl;
    this.picker = new Picker(composer.querySelector("[data-picker]"));
    composer.form.querySelector("[data-responses]").addEventListener("click", (event) => {
      event.preventDefault();
      this.open();
    });
    composer.querySelector("[data-picker]").addEventListener("close", () => composer.focus());
  }

  async list() {
    this.rows ??= fetch(this.url, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : { responses: [] }));
    return (await this.rows).responses;
  }

  async open() {
    this.rows = undefined;
    const rows = await this.list();
    this.picker.open(
      rows.map((row) => ({
        words: [row.name, row.shortcut, row.start, row.of].map(folded),
        node: () => [part("strong", row.name), part("kbd", row.shortcut && `/${row.shortcut}`), part("small", row.start)].filter((node) => node.textContent),
        choose: () => this.insert(row.id),
      })),
    );
  }

  async insert(id, range) {
    const answer = await fetch(`${this.url}/${id}`, { headers: { Accept: "application/json" } });
    if (answer.ok) this.composer.insert(await answer.json(), range);
  }

  // Called by the editor before a key: true where "/word" was taken up.
  key(event) {
    if (composing(event) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    if (event.key === "/") this.learn();
    if (event.key !== "Tab" && event.key !== "Enter") return false;
    const { editor } = this.composer;
    const { $from, empty } = editor.state.selection;
    if (!empty || !this.rows) return false;
    const before = $from.parent.textBetween(0, $from.parentOffset, undefined, "\n");
    const word = WORD.exec(before)?.[1];
    const row = word && this.known?.find((each) => folded(each.shortcut) === folded(word));
    if (!row) return false;
    event.preventDefault();
    this.insert(row.id, { from: $from.pos - word.length - 1, to: $from.pos });
    return true;
  }

  async learn() {
    this.known = await this.list();
  }
}

const part = (tag, text) => Object.assign(document.createElement(tag), { textContent: text ?? "" });
