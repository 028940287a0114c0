// A number as every diagram, equation and text writes it; the same as format_number of live_markup.py.
function formatNumber(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Math.abs(value) >= 1000) return value.toExponential(1).replace("e+", "e");
  let text = value.toFixed(digits);
  // toFixed rounds an exact half away from 0, Python to the even digit
  const halves = value * 2 ** (digits + 1);
  if (Number.isInteger(halves) && halves % 2 !== 0 && Number(text.at(-1)) % 2 === 1) {
    text = (value * (1 - 2 ** -50)).toFixed(digits);
  }
  return text.startsWith("-") && Number(text) === 0 ? text.slice(1) : text;
}
