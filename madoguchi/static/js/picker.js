// A dialog with a search field over a list (ARIA combobox): arrows move, Enter chooses, Escape closes.
// Safe with an input method: keys that belong to it are left alone.
export const composing = (event) => event.isComposing || event.keyCode === 229;

// Half and full width, upper and lower case, hiragana and katakana are one.
export const folded = (text) => text.normalize("NFKC").toLowerCase().replace(/[\u30a1-\u30f6]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));

// How well a word fits: at the start, at the start of a word, inside, or letter by letter; 0 where it does not.
export const fit = (word, text) => {
  const at = text.indexOf(word);
  if (at === 0) return 4;
  if (at > 0) return /[\s/・（(]/.test(text[at - 1]) ? 3 : 2;
  if (word.length < 2 || !/^[\x21-\x7e]+$/.test(word)) return 0;
  let from = 0;
  for (const letter of word) {
    from = text.indexOf(letter, from) + 1;
    if (!from) return 0;
  }
  return 1;
};

export const ranked = (rows, typed) => {
  const words = folded(typed).trim().split(/\s+/).filter(Boolean);
  if (!words.length) return rows;
  const scored = rows.map((row, index) => {
    const fits = words.map((word) => Math.max(...row.words.map((text, n) => fit(word, text) * (n ? 1 : 1.5))));
    return { row, index, score: fits.every(Boolean) ? fits.reduce((a, b) => a + b, 0) : 0 };
  });
  return scored.filter((each) => each.score).sort((a, b) => b.score - a.score || a.index - b.index).map((each) => each.row);
};

export class Picker {
  // rows: {words: [folded texts], node: () => content, choose: () => …}; group: a heading above the first of its rows
  constructor(dialog, { more } = {}) {
    this.dialog = dialog;
    this.more = more;
    this.search = dialog.querySelector('[role="combobox"]');
    this.list = dialog.querySelector('[role="listbox"]');
    this.none = dialog.querySelector(".picker__none");
    this.search.addEventListener("input", () => this.draw());
    this.search.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option) this.choose(Number(option.dataset.n));
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }

  open(rows, words = "") {
    this.rows = rows;
    this.search.value = words;
    if (!this.dialog.open) this.dialog.showModal();
    this.search.focus();
    this.draw();
  }

  draw() {
    this.shown = [...ranked(this.rows, this.search.value), ...(this.more?.(this.search.value.trim()) ?? [])].slice(0, 60);
    this.at = 0;
    let group = null;
    this.list.replaceChildren(
      ...this.shown.flatMap((row, n) => {
        const option = document.createElement("li");
        option.id = `${this.list.id}-${n}`;
        option.setAttribute("role", "option");
        option.className = "picker__row";
        option.dataset.n = n;
        option.append(...row.node());
        if (!row.group || row.group === group || this.search.value.trim()) return [option];
        group = row.group;
        const head = document.createElement("li");
        head.setAttribute("role", "presentation");
        head.className = "picker__group";
        head.textContent = group;
        return [head, option];
      }),
    );
    this.none.hidden = this.shown.length > 0;
    this.mark();
  }

  mark() {
    for (const option of this.list.querySelectorAll('[role="option"]')) option.setAttribute("aria-selected", String(Number(option.dataset.n) === this.at));
    const there = this.list.querySelector('[aria-selected="true"]');
    there ? this.search.setAttribute("aria-activedescendant", there.id) : this.search.removeAttribute("aria-activedescendant");
    there?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (composing(event)) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && this.shown.length) {
      this.at = (this.at + steps[event.key] + this.shown.length) % this.shown.length;
      this.mark();
    } else if (event.key === "Enter") this.choose(this.at);
    else return;
    event.preventDefault();
  }

  choose(n) {
    const row = this.shown[n];
    if (!row) return;
    this.dialog.close();
    row.choose();
  }
}
