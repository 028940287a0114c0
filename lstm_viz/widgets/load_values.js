// Unpacks the numbers of a trace (see _packing.py), once for all views of a page that read the same model.
const lstmVizValues = (() => {
  const TYPES = {
    "<f4": Float32Array, "<f8": Float64Array, "|u1": Uint8Array, "|i1": Int8Array, "<u2": Uint16Array, "<u4": Uint32Array,
  };
  const FUNCTIONS = {
    tanh: (z) => Math.tanh(z), sigmoid: (z) => 1 / (1 + Math.exp(-z)), linear: (z) => z, "1-": (v) => 1 - v,
  };
  // the k-th number of a part, which may be one row for all timesteps
  const at = (part, k) => part.values[part.stride ? k : k % part.width];

  // copied, because a typed array must begin at a multiple of its element's size
  const typed = (kind, {buffer, byteOffset, byteLength}) =>
    new TYPES[kind](buffer.slice(byteOffset, byteOffset + byteLength));

  function unpacked(how, get) {
    if (how.kind in TYPES) return typed(how.kind, how.data);
    let values;
    if (how.kind === "codes") {
      const {low, step, width} = how;
      const codes = typed("<u2", how.data);
      values = Float64Array.from(codes, Array.isArray(low)
        ? (code, k) => low[k % width] + step[k % width] * code
        : (code) => low + step * code);
    } else if (how.kind === "hundredths") {
      values = Float64Array.from(typed("|i1", how.data), (code) => code / 100);
    } else if (how.kind === "product") {
      const [first, second] = how.of.map(get);
      values = Float64Array.from(first.values, (value, k) => value * at(second, k));
    } else if (how.kind === "rest") {
      const [total, ...parts] = how.of.map(get);
      values = Float64Array.from(total.values, (value, k) =>
        parts.reduce((left, part) => left - at(part, k), value));
    } else if (how.kind === "matmul") {
      const [x, kernel, bias] = how.of.map(get);
      values = new Float64Array(x.values.length / x.width * kernel.width);
      for (let k = 0; k < x.values.length; k++) {
        const to = Math.floor(k / x.width) * kernel.width, from = k % x.width * kernel.width;
        for (let n = 0; n < kernel.width; n++) values[to + n] += x.values[k] * kernel.values[from + n];
      }
      if (bias) values = values.map((value, k) => value + at(bias, k));
    } else if (how.kind in FUNCTIONS) {
      values = Float64Array.from(get(how.of[0]).values, FUNCTIONS[how.kind]);
    } else if (how.kind === "shifted") {
      const {values: old, width} = get(how.of);
      values = new Float64Array(old.length);
      values.set(typed("<f8", how.data));
      values.set(old.subarray(0, old.length - width), width);
      return values;
    } else if (how.kind === "bits") {
      const bytes = typed("|u1", how.data);
      return Uint8Array.from({length: how.count}, (_, k) => (bytes[k >> 2] >> (2 * (k & 3))) & 3);
    } else {
      throw new Error(`these numbers came in a form that is not known here (${how.kind})`);
    }
    const exact = typed("<f8", how.exact);
    typed("<u4", how.changed).forEach((place, k) => { values[place] = exact[k]; });
    return values;
  }

  // name -> {values, width, stride}; a stride of 0 repeats the one row at every timestep
  function reader(quantities) {
    const known = {};
    return function get(name) {
      if (!(name in known)) {
        const how = quantities[name];
        if (!how) throw new Error(`the numbers of ${name} are missing`);
        const values = unpacked(how, get);
        known[name] = {values, width: how.width, stride: values.length > how.width ? how.width : 0};
      }
      return known[name];
    };
  }

  // Every view imports its own copy of this file, so what is unpacked is kept under a name of the page.
  const kept = (globalThis[Symbol.for("lstm_viz values")] ??= new WeakMap());

  // name -> numbers of the model named `reference`; where some are missing, `again` is called when more have come
  async function shared(model, reference, again) {
    if (!reference) return null;
    const buffers = await model.widget_manager.get_model(reference.replace(/^IPY_MODEL_/, ""));
    const quantities = buffers.get("quantities");
    let found = kept.get(buffers);
    if (found?.quantities !== quantities) kept.set(buffers, (found = {quantities, get: reader(quantities)}));
    const {get} = found;
    return (name) => {
      try {
        return get(name);
      } catch (error) {
        buffers.once("change:quantities", again);
        throw error;
      }
    };
  }

  return {reader, shared};
})();
