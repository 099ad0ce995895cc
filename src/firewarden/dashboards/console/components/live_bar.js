// The right end of the top bar: wall clock, connection, sound; and the banner that says when what is shown may be old.
const SILENCE_MS = 12000;

export default {
  template: `
    <div class="live">
      <span class="live-clock" data-testid="clock" :title="texts.clock_title">{{ clock }}</span>
      <span class="live-state" :class="{ 'is-lost': lost }" role="status" data-testid="live-state">
        <i class="live-dot" aria-hidden="true"></i>{{ lost ? texts.lost : texts.live }}
      </span>
      <button v-if="sound" type="button" class="icon-button" :class="{ 'is-off': muted || blocked }"
              data-testid="mute" data-sound :data-rings="rings" :aria-pressed="String(muted)"
              :aria-label="muted ? texts.unmute : texts.mute" :title="soundTitle" @click="toggle">
        <i class="material-icons" aria-hidden="true">{{ muted || blocked ? 'volume_off' : 'volume_up' }}</i>
      </button>
      <teleport to="body">
        <div v-if="lost" class="lost-banner" role="alert" data-testid="lost-banner">
          <i class="material-icons" aria-hidden="true">sync_problem</i>
          <strong>{{ texts.lost_title }}</strong><span>{{ texts.lost_body }}</span>
          <span>{{ texts.lost_since }} <fw-age :since="heardMs"></fw-age></span>
        </div>
      </teleport>
    </div>`,
  props: { texts: Object, sound: Boolean, initial: Array },
  data() {
    return { clock: "", heardMs: 0, stale: false, lost: false, muted: false, blocked: true, rings: 0 };
  },
  computed: {
    soundTitle() {
      if (this.muted) return this.texts.unmute;
      return this.blocked ? this.texts.sound_blocked : this.texts.mute;
    },
  },
  mounted() {
    this.heardMs = firewarden.now();
    this.title = document.title;
    this.readAlarm();
    this.ring(this.initial ?? []);
    firewarden.alarm.listeners.add(this.readAlarm);
    this.timer = setInterval(this.tick, 1000);
    this.tick();
  },
  unmounted() {
    clearInterval(this.timer);
    firewarden.alarm.listeners.delete(this.readAlarm);
  },
  methods: {
    // The server says every few seconds whether its own view of the database is current.
    beat(fresh) {
      this.stale = !fresh;
      if (fresh) this.heardMs = firewarden.now();
      this.tick();
    },
    // The fires that nobody has taken: they sound, and the tab of a hidden window says so.
    ring(ids) {
      if (!this.sound) return;
      firewarden.alarm.watch(ids);
      document.title = ids.length ? `● ${this.texts.fire}×${ids.length} · ${this.title}` : this.title;
    },
    tick() {
      this.clock = firewarden.clock();
      const cut = window.socket && !window.socket.connected;
      this.lost = this.stale || cut || firewarden.now() - this.heardMs > SILENCE_MS;
      document.body.classList.toggle("is-lost", this.lost);
    },
    readAlarm() {
      this.muted = firewarden.alarm.muted;
      this.blocked = firewarden.alarm.blocked();
      this.rings = firewarden.alarm.rings;
    },
    toggle() {
      if (!this.muted && this.blocked) firewarden.alarm.unlock();
      else firewarden.alarm.setMuted(!this.muted);
    },
  },
};
