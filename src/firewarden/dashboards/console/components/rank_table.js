// The ranking: rows come as changes; a bar shows what the score is made of.
const LOW_CONFIDENCE = 0.6;

export default {
  template: `
    <table class="table rank-table" data-testid="ranking">
      <thead><tr>
        <th scope="col" class="num">{{ texts.rank }}</th><th scope="col">{{ texts.venue }}</th>
        <th scope="col">{{ texts.grade }}</th><th scope="col" class="num">{{ texts.score }}</th>
        <th scope="col" class="wide">{{ texts.factors }}</th>
        <th scope="col" :title="texts.confidence_help">{{ texts.confidence }} <i class="material-icons hint" aria-hidden="true">info</i></th>
        <th scope="col" class="num">{{ texts.changed }}</th>
      </tr></thead>
      <tbody>
        <tr v-for="row in shown" :key="row.id" :data-testid="'rank-' + row.id" @click="open(row.id)">
          <td class="rank">{{ row.rank }}</td>
          <td><span class="rank-venue">
            <a :href="base + row.id"><b>{{ row.venue }}</b></a>
            <small>{{ row.district }} · {{ row.use }} <span v-if="row.key_unit" class="tag">{{ texts.key_unit }}</span></small>
          </span></td>
          <td><span class="grade" :class="'grade-' + row.grade" :title="row.grade_name">{{ row.grade }}</span></td>
          <td class="score" :data-testid="'score-' + row.id">{{ row.score }}</td>
          <td :class="'grade-' + row.grade">
            <span class="factor-bar" aria-hidden="true"><i v-for="part in row.factors" :style="{ width: part.width + '%' }"></i></span>
            <span class="factor-list">
              <span v-for="trigger in row.triggers" class="trigger"><i class="material-icons" aria-hidden="true">priority_high</i>{{ trigger }}</span>
              <span v-for="part in row.factors.slice(0, named)" class="factor-name" :title="part.evidence">{{ part.name }}<b>{{ part.points }}</b></span>
              <span v-if="row.rest" class="sum" :title="row.factors.slice(named).map(p => p.name + ' ' + p.points).join('\\n')">{{ row.rest }}</span>
            </span>
          </td>
          <td><span class="confidence" :title="texts.confidence_help">{{ row.confidence }}
            <span class="meter" :class="{ 'is-low': row.confidence_share < ${LOW_CONFIDENCE} }"><i :style="{ width: row.confidence_share * 100 + '%' }"></i></span>
          </span></td>
          <td class="num"><small><fw-age :since="row.at_ms"></fw-age></small></td>
        </tr>
      </tbody>
    </table>`,
  props: { texts: Object, base: String, named: Number, initial: Object },
  data() {
    return { rows: {}, order: [] };
  },
  computed: {
    shown() {
      return this.order.map((id) => this.rows[id]);
    },
  },
  created() {
    this.apply(this.initial);
  },
  methods: {
    apply(changes) {
      for (const row of changes.changed) this.rows[row.id] = row;
      const kept = new Set(changes.order);
      for (const id of Object.keys(this.rows)) if (!kept.has(Number(id))) delete this.rows[id];
      this.order = changes.order;
    },
    open(id) {
      if (!getSelection().toString()) location.href = this.base + id;
    },
  },
};
