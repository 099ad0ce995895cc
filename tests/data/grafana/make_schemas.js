// Turns the types of @grafana/schema into one JSON Schema a version. Usage: node gen.js FOLDER VERSION…
// FOLDER holds the unpacked packages as pVERSION/package; ts-json-schema-generator is installed beside this file.
const fs = require('fs'), path = require('path');
const { createGenerator } = require('ts-json-schema-generator');
const KINDS = ['timeseries', 'stat', 'table', 'barchart', 'bargauge', 'gauge', 'piechart', 'statetimeline',
  'statushistory', 'heatmap', 'histogram', 'geomap', 'text', 'xychart'];
const [folder, ...versions] = process.argv.slice(2);
const files = (at) => fs.readdirSync(at, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? files(path.join(at, entry.name)) : [path.join(at, entry.name)]);
const text = (value) => JSON.stringify(value);

for (const version of versions) {
  const root = path.resolve(folder, `p${version}`, 'package', 'dist');
  const all = files(root).filter((file) => file.endsWith('.d.ts'));
  const index = all.find((file) => file.endsWith('common/common.gen.d.ts'));
  const tsconfig = path.resolve(folder, `tsconfig-${version}.json`);
  fs.writeFileSync(tsconfig, text({ compilerOptions: { strict: true, skipLibCheck: true, moduleResolution: 'node', types: [],
    module: 'esnext', target: 'es2020', baseUrl: '.', paths: { '@grafana/schema': [index] } }, files: all }));
  const open = !version.startsWith('11.'); // what 11 does not know is a mistake; what a later one does not know it passes over
  const schemaOf = (file, type) => createGenerator({ path: file, tsconfig, type, skipTypeCheck: true, jsDoc: 'none',
    additionalProperties: open, topRef: true, encodeRefs: false }).createSchema(type);
  const definitions = {};
  // Definitions of one name that say the same are one; others get the kind in front.
  const add = (kind, made) => {
    let names = Object.fromEntries(Object.keys(made.definitions).map((name) => [name, name]));
    const rename = (value) => JSON.parse(text(value), (key, each) =>
      key === '$ref' ? `#/definitions/${names[each.slice('#/definitions/'.length)]}` : each);
    for (let again = true; again;) {
      again = false;
      for (const [name, body] of Object.entries(made.definitions)) {
        const put = definitions[names[name]];
        if (put !== undefined && names[name] === name && text(put) !== text(rename(body))) {
          names = { ...names, [name]: `${kind}.${name}` };
          again = true;
        }
      }
    }
    for (const [name, body] of Object.entries(made.definitions)) definitions[names[name]] = rename(body);
    return { $ref: `#/definitions/${names[made.$ref.slice('#/definitions/'.length)]}` };
  };
  const dashboard = all.find((file) => /raw\/dashboard\/x\/(dashboard_)?types\.gen\.d\.ts$/.test(file));
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...add('dashboard', schemaOf(dashboard, 'Dashboard')),
    panels: {}, definitions };
  for (const kind of KINDS) {
    const file = all.find((name) => name.includes(`/raw/composable/${kind}/panelcfg/`));
    const source = fs.readFileSync(file, 'utf8');
    schema.panels[kind] = {};
    for (const [key, type] of [['options', 'Options'], ['custom', 'FieldConfig']]) {
      if (new RegExp(`export (interface|type) ${type}\\b`).test(source)) schema.panels[kind][key] = add(kind, schemaOf(file, type));
    }
  }
  const out = path.resolve(folder, `dashboard-${version.split('.')[0]}.json`);
  fs.writeFileSync(out, text(schema) + '\n');
  console.log(version, Object.keys(definitions).length, fs.statSync(out).size, text(schema.panels));
}
