// The ranking: rows come as changes. In a row the points of the named factors and of the rest make the score.
export default {
  template: `
    <table class="table rank-table" data-testid="ranking">
      <thead><tr>
        <th scope="col" class="num" :title="texts.interval_help">{{ texts.rank }}</th><th scope="col">{{ texts.venue }}</th>
        <th scope="col">{{ texts.grade }}</th><th scope="col" class="num">{{ texts.score }}</th>
        <th scope="col" class="num">{{ change }}</th>
        <th scope="col" class="wide">{{ texts.factors }}</th>
        <th scope="col" :title="texts.coverage_help">{{ texts.coverage }} <i class="material-icons hint" aria-hidden="true">info</i></th>
        <th scope="col" class="num rank-at">{{ texts.changed }}</th>
      </tr></thead>
      <tbody>
        <tr v-for="row in shown" :key="row.id" :data-testid="'rank-' + row.id" @click="open(row.id)">
          <td class="rank">{{ row.rank }}<small v-if="row.interval" :title="texts.interval_help">{{ row.interval }}</small></td>
          <td><span class="rank-venue">
            <a :href="address(row.id)"><b>{{ row.venue }}</b></a>
            <small>{{ row.district }} · {{ row.use }} <span v-if="row.key_unit" class="tag">{{ texts.key_unit }}</span></small>
          </span></td>
          <td class="rank-grade"><span class="grade" :class="'grade-' + row.grade" :title="row.grade_name">{{ row.grade }}</span>
            <small v-if="row.grade_before" :title="texts.grade_before">{{ row.grade_before }} → {{ row.grade }}</small>
            <i v-if="row.overridden" class="material-icons" :title="texts.overridden">edit</i></td>
          <td class="score" :class="'grade-' + row.grade"><span :data-testid="'score-' + row.id">{{ row.score }}</span>
            <span class="meter" aria-hidden="true"><i :style="{ width: row.score_share + '%' }"></i></span></td>
          <td class="num change" :class="row.change_way">{{ row.change }}</td>
          <td>
            <span v-for="hit in row.hits.slice(0, 2)" class="trigger"><i class="material-icons" aria-hidden="true">priority_high</i>{{ hit }}</span>
            <span v-if="row.hits.length > 2" class="trigger more-hits" :title="row.hits.slice(2).join('\\n')">+{{ row.hits.length - 2 }}</span>
            <span class="factor-list">
              <span v-for="part in row.factors" class="factor-name" :title="part.evidence">{{ part.name }}<b :class="{ less: part.less }">{{ part.points }}</b></span>
              <span class="sum" :title="texts.rest_help">{{ row.rest }}</span>
            </span>
          </td>
          <td><span class="confidence" :title="texts.coverage_help">
            <span>{{ row.coverage }} <span v-if="row.coverage_low" class="tag tag-warn">{{ texts.insufficient }}</span></span>
            <span class="meter" :class="{ 'is-low': row.coverage_low }"><i :style="{ width: row.coverage_share * 100 + '%' }"></i></span>
          </span></td>
          <td class="num rank-at"><small><fw-age :since="row.at_ms"></fw-age></small></td>
        </tr>
      </tbody>
    </table>`,
  props: { texts: Object, base: String, initial: Object },
  data() {
    return { rows: {}, order: [], query: "", change: "" };
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
      this.query = changes.query;
      this.change = changes.change;
    },
    address(id) {
      return `${this.base}${id}/risk${this.query}`;
    },
    open(id) {
      if (!getSelection().toString()) location.href = this.address(id);
    },
  },
};
