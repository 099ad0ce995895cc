// The list of incidents: rows come as changes, the selection and the keyboard stay in the browser.
export default {
  template: `
    <div class="inc-list" role="listbox" tabindex="0" :aria-label="texts.list" data-testid="incident-list"
         :aria-activedescendant="selected ? 'inc-' + selected : null">
      <div v-for="row in shown" :key="row.id" :id="'inc-' + row.id" class="inc-row" role="option"
           :class="rowClass(row)" :aria-selected="String(row.id === selected)"
           :data-testid="'incident-' + row.id" :data-kind="row.kind" :data-state="row.state"
           @click="pick(row.id)" @dblclick="ask('close', row.id)">
        <span class="inc-kind" :class="'kind-' + row.group">
          <i class="material-icons" aria-hidden="true">{{ icons[row.group] }}</i><b>{{ texts.kinds[row.kind] }}</b>
        </span>
        <span class="inc-where">
          <span class="inc-venue"><b>{{ english && row.venue_en || row.venue }}</b><small>{{ row.district }}</small></span>
          <span class="inc-point">
            <template v-if="row.point">
              <span v-if="row.floor" class="inc-floor">{{ row.floor }}</span>
              <span>{{ row.point }}</span><code v-if="row.point !== row.address">{{ row.address }}</code>
            </template>
            <template v-else><span>{{ row.gateway }}</span></template>
          </span>
        </span>
        <span class="inc-flags">
          <span v-if="!row.registered" class="flag flag-warn" :title="texts.unregistered_title">{{ texts.unregistered }}</span>
          <span v-if="row.raises > 1" class="flag" :title="texts.raised_title">{{ texts.raised.replace('{n}', row.raises) }}</span>
          <span v-if="row.late" class="flag" :title="texts.late_title">{{ texts.late }}</span>
          <span v-if="row.recovered && row.state !== 'closed'" class="flag flag-good" :title="texts.recovered_title">{{ texts.recovered }}</span>
        </span>
        <span class="inc-age">
          <fw-age :since="row.opened_ms" :until="row.closed_ms"></fw-age><small>{{ row.opened_text }}</small>
        </span>
        <span class="inc-state">
          <template v-if="row.state === 'closed'">
            <b class="inc-class">{{ texts.classes[row.incident_class] }}</b>
            <small>{{ who(row.closed_by) }} · {{ row.closed_text }}</small>
          </template>
          <template v-else-if="row.state === 'taken'">
            <b class="inc-holder" :class="{ 'is-me': row.taken_by === me }">
              <i class="material-icons" aria-hidden="true">person</i>{{ row.taken_by === me ? texts.me : row.taken_by }}</b>
          </template>
          <template v-else-if="canAct">
            <button type="button" class="take" :data-testid="'take-' + row.id" @click.stop="ask('take', row.id)">{{ texts.take }}</button>
          </template>
          <b v-else class="inc-new">{{ texts.state_new }}</b>
        </span>
      </div>
      <div v-if="!order.length" class="empty" data-testid="incidents-empty">
        <i class="material-icons" aria-hidden="true">{{ filtered ? 'filter_alt_off' : 'verified_user' }}</i>
        <b>{{ filtered ? texts.empty_filtered : texts.empty }}</b>
      </div>
      <div v-if="more" class="more" data-testid="incidents-more">{{ texts.more.replace('{n}', more) }}</div>
    </div>`,
  props: { texts: Object, icons: Object, me: String, english: Boolean, canAct: Boolean, initial: Object },
  data() {
    return { rows: {}, order: [], more: 0, filtered: false, selected: null };
  },
  computed: {
    shown() {
      return this.order.map((id) => this.rows[id]);
    },
  },
  created() {
    this.apply(this.initial);
  },
  mounted() {
    document.addEventListener("keydown", this.onKey);
  },
  unmounted() {
    document.removeEventListener("keydown", this.onKey);
  },
  methods: {
    // `changes`: changed rows, the order of all rows shown, how many are not shown.
    apply(changes) {
      for (const row of changes.changed) this.rows[row.id] = row;
      const kept = new Set(changes.order);
      for (const id of Object.keys(this.rows)) if (!kept.has(Number(id))) delete this.rows[id];
      this.order = changes.order;
      this.more = changes.more;
      this.filtered = changes.filtered;
    },
    rowClass(row) {
      return [
        "is-" + row.state,
        "row-" + row.group,
        { "is-selected": row.id === this.selected, "is-fresh": row.state === "new" && row.priority === 1 && !row.late },
      ];
    },
    who(name) {
      return name === "system" ? this.texts.system : name === this.me ? this.texts.me : name;
    },
    pick(id) {
      this.selected = id;
      this.$emit("pick", id);
    },
    ask(what, id) {
      this.pick(id);
      if (this.canAct && this.rows[id].state !== "closed") this.$emit(what, id);
    },
    move(step) {
      if (!this.order.length) return;
      const at = this.order.indexOf(this.selected);
      const next = at < 0 ? 0 : Math.min(this.order.length - 1, Math.max(0, at + step));
      this.pick(this.order[next]);
      this.$nextTick(() => document.getElementById("inc-" + this.selected)?.scrollIntoView({ block: "nearest" }));
    },
    onKey(event) {
      const typing = ["INPUT", "TEXTAREA", "SELECT"].includes(document.activeElement?.tagName);
      if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".q-dialog")) return;
      const known = Object.hasOwn(this.rows, this.selected ?? "");
      if (event.key === "ArrowDown" || event.key === "j") this.move(1);
      else if (event.key === "ArrowUp" || event.key === "k") this.move(-1);
      else if (event.key === "/") document.getElementById("desk-search")?.focus();
      else if (known && event.key.toLowerCase() === "t") this.ask("take", this.selected);
      else if (known && event.key.toLowerCase() === "c") this.ask("close", this.selected);
      else return;
      event.preventDefault();
    },
  },
};
