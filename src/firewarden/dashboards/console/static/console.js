// What every page needs in the browser: ages that tick, the alarm sound, the theme and language cookies.
(() => {
  const YEAR_S = 31536000;
  const config = JSON.parse(document.getElementById("fw-config").textContent);
  // The browser's clock may be wrong; ages are counted on the server's.
  const skewMs = config.nowMs - Date.now();
  const now = () => Date.now() + skewMs;

  function age(ms) {
    const u = config.units;
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return `${s} ${u.s}`;
    if (s < 3600) return `${Math.floor(s / 60)} ${u.min} ${s % 60} ${u.s}`;
    if (s < 86400) return `${Math.floor(s / 3600)} ${u.h} ${Math.floor((s % 3600) / 60)} ${u.min}`;
    return `${Math.floor(s / 86400)} ${u.d} ${Math.floor((s % 86400) / 3600)} ${u.h}`;
  }

  class Age extends HTMLElement {
    static observedAttributes = ["since", "until"];
    connectedCallback() {
      this.tick();
    }
    attributeChangedCallback() {
      this.tick();
    }
    tick() {
      const since = Number(this.getAttribute("since"));
      if (!since) return;
      const text = age(Number(this.getAttribute("until") || now()) - since);
      if (this.textContent !== text) this.textContent = text;
    }
  }
  customElements.define("fw-age", Age);
  setInterval(() => document.querySelectorAll("fw-age").forEach((element) => element.tick()), 1000);

  const shanghai = new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Asia/Shanghai",
    dateStyle: "short",
    timeStyle: "medium",
  });
  const clock = () => shanghai.format(new Date(now()));

  const short = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit" });
  const axisTime = (ms) => (short.format(ms) === "00:00" ? day.format(ms) : short.format(ms));
  const axisDay = (ms) => day.format(ms);
  const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

  // What a chart says under the pointer: local time, then each series with its value.
  function tooltip(items) {
    const rows = items
      .filter((item) => item.value[1] !== null)
      .map((item) => `<div>${item.marker}${item.seriesIndex || items.length > 1 ? escape(item.seriesName) : ""} <b>${item.value[1]}</b></div>`);
    return `<div>${shanghai.format(items[0].value[0])}</div>${rows.join("")}`;
  }

  // One bar of a waterfall, from one height to another, with its number at the end.
  function floating(params, api) {
    const row = api.value(0);
    const [a, b] = [api.coord([api.value(1), row]), api.coord([api.value(2), row])];
    const height = Math.max(6, api.size([0, 1])[1] * 0.56);
    const left = Math.min(a[0], b[0]);
    const width = Math.max(2, Math.abs(b[0] - a[0]));
    const moved = api.value(2) - api.value(1);
    const label = (api.value(3) || moved < 0 ? "" : "+") + moved.toFixed(1);
    const ink = getComputedStyle(document.body).getPropertyValue("--text");
    return {
      type: "group",
      children: [
        { type: "rect", shape: { x: left, y: a[1] - height / 2, width, height, r: 2 }, style: { fill: api.visual("color") } },
        { type: "text", style: { text: label, x: left + width + 6, y: a[1], fill: ink, textVerticalAlign: "middle", font: "12px sans-serif" } },
      ],
    };
  }

  function cookie(name, value) {
    document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax`;
  }

  // The alarm: two falling tones, made here so that no file has to be fetched. It sounds when a fire arrives and again
  // while a fire is waiting for somebody to take it.
  const REPEAT_MS = 20000;
  const alarm = {
    muted: localStorage.getItem("fw-muted") === "1",
    waiting: new Set(),
    rings: 0,
    context: null,
    listeners: new Set(),
    blocked() {
      return !this.context || this.context.state !== "running";
    },
    unlock() {
      this.context ??= new AudioContext();
      this.context.resume().then(() => this.tell());
    },
    setMuted(muted) {
      this.muted = muted;
      localStorage.setItem("fw-muted", muted ? "1" : "0");
      if (!muted) this.unlock();
      this.tell();
    },
    // `ids`: fires that nobody has taken and that are not old news.
    watch(ids) {
      const fresh = ids.filter((id) => !this.waiting.has(id));
      this.waiting = new Set(ids);
      if (fresh.length) this.ring();
    },
    ring() {
      if (this.muted) return;
      this.rings += 1;
      this.tell();
      if (this.blocked()) return;
      const start = this.context.currentTime;
      for (let i = 0; i < 4; i += 1) this.tone(start + i * 0.55, i % 2 ? 660 : 880);
    },
    tone(at, hertz) {
      const oscillator = new OscillatorNode(this.context, { type: "triangle", frequency: hertz });
      const gain = new GainNode(this.context, { gain: 0 });
      gain.gain.linearRampToValueAtTime(0.35, at + 0.02);
      gain.gain.setValueAtTime(0.35, at + 0.4);
      gain.gain.linearRampToValueAtTime(0, at + 0.5);
      oscillator.connect(gain).connect(this.context.destination);
      oscillator.start(at);
      oscillator.stop(at + 0.52);
    },
    tell() {
      this.listeners.forEach((listener) => listener());
    },
  };
  setInterval(() => alarm.waiting.size && alarm.ring(), REPEAT_MS);
  // The loudspeaker's own button decides for itself: unlocked here, its click would find sound on and mute it.
  const unlock = (event) => alarm.blocked() && !event.target.closest?.("[data-sound]") && alarm.unlock();
  addEventListener("pointerdown", unlock);
  addEventListener("keydown", unlock);

  window.firewarden = { age, alarm, axisDay, axisTime, clock, cookie, floating, now, tooltip };
})();
