// The draft of a composer: kept a second after the last key and on leaving, followed by other tabs of this browser.
// What was saved elsewhere meanwhile is never overwritten: the writer chooses (`data-conflict`).
const PAUSE_MS = 1000;
const RETRY_MS = 10_000;
const KEPT = ["to", "cc", "bcc", "from"];
const LONGEST_BEACON = 60_000;

export class Drafts {
  constructor(composer) {
    this.composer = composer;
    this.form = composer.form;
    this.url = composer.dataset.draftUrl;
    this.kept = JSON.parse(composer.dataset.drafts);
    this.dirty = composer.hasAttribute("data-refused");
    this.label = this.form.querySelector("[data-saved]");
    this.trash = this.form.querySelector("[data-discard]");
    this.conflict = this.form.querySelector("[data-conflict]");
    this.channel = new BroadcastChannel(`madoguchi-drafts-${composer.dataset.agent}`);
    this.channel.addEventListener("message", ({ data }) => this.heard(data));
    this.form.addEventListener("input", (event) => event.target.name !== "response" && this.changed());
    this.trash.addEventListener("click", (event) => {
      event.preventDefault();
      this.discard();
    });
    this.conflict.querySelector("[data-keep]").addEventListener("click", () => this.keep());
    this.conflict.querySelector("[data-take]").addEventListener("click", () => this.take());
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.leave());
    this.say({ opened: true, drafts: this.kept, seen: this.form.elements.seen.value });
    if (this.dirty) this.changed();
  }

  get mode() {
    return this.form.dataset.mode;
  }

  get version() {
    return this.kept[this.mode]?.version ?? 0;
  }

  stop() {
    clearTimeout(this.timer);
    this.dirty = false;
    this.stopped = true;
  }

  changed() {
    if (this.quiet || this.stopped) return;
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  leave() {
    if (this.dirty && !this.stopped) this.save({ leaving: true });
  }

  fields() {
    const { body, html } = this.composer.content();
    const found = { body, html, upload: [...this.form.querySelectorAll('[name="upload"]:checked')].map((box) => box.value) };
    const own = this.form.querySelector(`fieldset[data-for="${this.mode}"]`);
    for (const name of KEPT) {
      const field = own?.querySelector(`[name="${name}"]`) ?? (name === "from" ? this.form.elements.from : null);
      if (field && field.value !== field.defaultValue) found[name] = field.value;
      else if (field?.value && this.kept[this.mode]?.fields[name] === field.value) found[name] = field.value;
    }
    if (this.mode === "note" && this.form.querySelector('[name="public"][value="1"]:checked')) found.public = "1";
    return found;
  }

  async save({ leaving = false } = {}) {
    if (this.saving && !leaving) return (this.again = true);
    if (this.stopped || !this.conflict.hidden) return;
    const { mode, version } = this;
    const fields = this.fields();
    if (!fields.body.trim() && !fields.html && !fields.upload.length) return version ? this.discard({ quietly: true }) : (this.dirty = false);
    this.dirty = false;
    this.saving = true;
    const sent = new URLSearchParams({ csrfmiddlewaretoken: this.form.elements.csrfmiddlewaretoken.value, mode, version, seen: Math.max(this.own ?? 0, this.form.elements.seen.value) });
    for (const [name, value] of Object.entries(fields)) for (const each of [value].flat()) sent.append(name, each);
    const keepalive = leaving && sent.toString().length < LONGEST_BEACON;
    let answer = null;
    try {
      answer = await fetch(this.url, { method: "POST", body: sent, headers: { Accept: "application/json" }, keepalive });
      const told = await answer.json();
      if (this.stopped) return;
      if (answer.ok) {
        this.kept[mode] = { fields, version: told.version, clock: told.clock };
        this.show(told.clock);
        this.say({ mode, fields, version: told.version, clock: told.clock });
      } else if (answer.status === 409) this.ask(told, mode);
      else this.lost(told.text);
    } catch {
      this.dirty = true;
      this.lost();
      if (!leaving) this.timer = setTimeout(() => this.save(), RETRY_MS);
    } finally {
      this.saving = false;
      if (this.again) {
        this.again = false;
        this.changed();
      }
    }
  }

  async discard({ quietly = false } = {}) {
    clearTimeout(this.timer);
    const { mode } = this;
    this.dirty = false;
    const sent = new URLSearchParams({ csrfmiddlewaretoken: this.form.elements.csrfmiddlewaretoken.value, mode, _method: "DELETE" });
    try {
      await fetch(this.url, { method: "POST", body: sent, headers: { Accept: "application/json" } });
    } catch {
      return this.lost();
    }
    delete this.kept[mode];
    this.say({ mode, gone: true });
    if (!quietly) this.put({});
    this.label.replaceChildren(quietly ? "" : this.label.dataset.discarded);
    this.trash.hidden = true;
  }

  // Another mode is written now: what it has as a draft comes, else the text goes along.
  async turned(before) {
    const there = this.kept[this.mode];
    if (there) {
      if (this.dirty) {
        const after = this.mode;
        this.form.dataset.mode = before;
        const saved = this.save();
        this.form.dataset.mode = after;
        await saved;
      }
      this.put(there.fields);
      this.show(there.clock);
    } else {
      if (this.kept[before]) this.drop(before);
      this.label.replaceChildren();
      this.trash.hidden = true;
      if (this.composer.content().body.trim()) this.changed();
    }
  }

  drop(mode) {
    delete this.kept[mode];
    const sent = new URLSearchParams({ csrfmiddlewaretoken: this.form.elements.csrfmiddlewaretoken.value, mode, _method: "DELETE" });
    fetch(this.url, { method: "POST", body: sent, headers: { Accept: "application/json" } });
    this.say({ mode, gone: true });
  }

  say(word) {
    this.channel.postMessage({ ticket: this.composer.dataset.ticket, ...word });
  }

  heard(word) {
    if (word.ticket !== this.composer.dataset.ticket || this.stopped) return;
    const all = word.opened ? ["reply", "note", "forward", "family"].map((mode) => ({ mode, ...(word.drafts[mode] ?? { gone: true }) })) : [word];
    for (const { mode, fields, version, clock, gone } of all) {
      if (this.dirty && mode === this.mode) continue;
      const known = this.kept[mode]?.version ?? 0;
      if (gone && !known) continue;
      if (!gone && word.opened && version <= known) continue;
      gone ? delete this.kept[mode] : (this.kept[mode] = { fields, version, clock });
      if (mode !== this.mode || this.saving) continue;
      this.put(fields ?? {});
      gone ? this.label.replaceChildren() : this.show(clock);
      this.trash.hidden = Boolean(gone);
    }
  }

  put(fields) {
    this.quiet = true;
    this.composer.put(fields);
    this.quiet = false;
    this.dirty = false;
  }

  show(clock) {
    const mark = this.composer.querySelector('[data-saved] .icon')?.cloneNode(true);
    const words = document.createElement("span");
    words.textContent = this.label.dataset.said.replace("%(time)s", clock);
    this.label.replaceChildren(...(mark ? [mark] : []), words);
    this.label.classList.remove("composer__saved--lost");
    this.trash.hidden = false;
  }

  lost(text) {
    this.label.replaceChildren(text ?? this.label.dataset.lost);
    this.label.classList.add("composer__saved--lost");
  }

  ask(told, mode) {
    if (mode !== this.mode) return;
    if (told.version && told.fields.body === this.composer.content().body) {
      this.kept[mode] = told;
      return this.show(told.clock);
    }
    this.theirs = told;
    this.dirty = true;
    const gone = !told.version;
    this.conflict.querySelector("[data-gone]").hidden = !gone;
    this.conflict.querySelector("[data-changed]").hidden = gone;
    this.conflict.querySelector("[data-theirs]").hidden = gone;
    this.conflict.querySelector("[data-clock]").textContent = told.clock;
    this.conflict.querySelector("[data-theirs]").textContent = told.fields.body ?? "";
    this.conflict.hidden = false;
  }

  keep() {
    this.kept[this.mode] = { ...this.theirs };
    if (!this.theirs.version) {
      delete this.kept[this.mode];
      this.own = this.theirs.newest;
    }
    this.conflict.hidden = true;
    this.save();
    this.composer.focus();
  }

  take() {
    const { theirs, mode } = this;
    this.conflict.hidden = true;
    theirs.version ? (this.kept[mode] = theirs) : delete this.kept[mode];
    this.put(theirs.fields);
    theirs.version ? this.show(theirs.clock) : this.label.replaceChildren();
    this.composer.focus();
  }
}
