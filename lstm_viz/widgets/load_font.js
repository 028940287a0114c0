// The font of all pictures, once per page. Resolves when text can be drawn with it; also when it cannot be had,
// because every picture leaves room for wider fonts.
async function loadFont(model) {
  const reference = model.get("_font");
  if (!reference || !model.widget_manager || typeof FontFace === "undefined") return;
  const name = Symbol.for("lstm_viz font");
  globalThis[name] ??= (async () => {
    const {buffer, byteOffset, byteLength} = (
      await model.widget_manager.get_model(reference.replace(/^IPY_MODEL_/, ""))
    ).get("source");
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    document.fonts.add(await new FontFace("lstm_viz Inter", bytes, {weight: "400 700"}).load());
  })().catch((error) => console.info("lstm_viz: its own font cannot be used on this page:", error));
  await globalThis[name];
}
