// What a figure shows at a timestep, in words made from its data: "t = 12, unit 3: forget gate falls to 0.04 from 0.98".
const MOST_SAID = 8; // quantities in one sentence, those that change most
// the label behind a symbol, or what there is
const plain = (name) => (name ?? "").replace(/^.*?<\/sub>\s+(?=\S)/, "").replace(/<[^>]*>/g, "").trim();

const spoken = (value) => (value !== 0 && Math.abs(value) < 0.005 ? value.toExponential(1) : formatNumber(value, 2));

function change(name, now, before) {
  if (!Number.isFinite(now)) return `${name} has no value`;
  const shown = spoken(now);
  if (before === undefined || !Number.isFinite(before)) return `${name} ${shown}`;
  const from = spoken(before);
  return from === shown ? `${name} stays ${shown}` : `${name} ${now > before ? "rises" : "falls"} to ${shown} from ${from}`;
}

// The row of a heatmap that changes most into this timestep.
const liveliest = (rows, t) => rows.reduce((best, row, k) =>
  (Math.abs(row[t] - row[t - 1]) > Math.abs(rows[best][t] - rows[best][t - 1]) ? k : best), 0);

// meta.cursor {title, x}: where the cursor of curves over something else than time stands
function sayNow(data, names, {timesteps, units, cursor} = {}, t, unit) {
  if (!(timesteps > 1)) return "";
  const said = [];
  for (const [k, {type, z, y}] of (data ?? []).entries()) {
    const rows = type === "heatmap" ? z : null;
    let [values, called] = [rows ? rows[unit] : y, plain(names[k])];
    if (rows && !units) { // no unit is chosen here, so the one that changes most is named
      const most = t > 0 && rows.length > 1 ? liveliest(rows, t) : 0;
      [values, called] = [rows[most], called && `${called} of unit ${most}`];
    }
    if (!called || !values || values.length !== timesteps) continue;
    const [now, before] = [Number(values[t]), t > 0 ? Number(values[t - 1]) : undefined];
    said.push({words: change(called, now, before), by: Math.abs(now - (before ?? now))});
  }
  if (said.length > MOST_SAID) said.sort((a, b) => b.by - a.by).length = MOST_SAID;
  const words = said.map((each) => each.words).join("; ");
  const where = cursor ? `${cursor.title} = ${cursor.x[t]}` : `t = ${t}`;
  return `${where}${units > 1 ? `, unit ${unit}` : ""}${words && `: ${words}`}`;
}
