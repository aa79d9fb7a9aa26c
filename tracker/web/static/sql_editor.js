// The editor of SQL: Datasette's own, in a file, as no page here may have a script inside.
window.addEventListener("load", () => {
  const editorOf = document.querySelector("textarea#sql-editor");
  const format = document.querySelector("button#sql-format");
  const readOnly = document.querySelector("pre#sql-query");
  if (editorOf && window.CodeMirror) {
    const editor = CodeMirror.fromTextArea(editorOf, {
      lineNumbers: true,
      mode: "text/x-sql",
      lineWrapping: true,
    });
    editor.setOption("extraKeys", {
      "Shift-Enter": () => editorOf.form.submit(),
      Tab: false,
    });
    if (window.cmResize) cmResize(editor, { resizableWidth: false });
    if (format) {
      format.hidden = false;
      format.addEventListener("click", () => editor.setValue(sqlFormatter.format(editor.getValue())));
    }
  } else if (format && readOnly) {
    const formatted = sqlFormatter.format(readOnly.textContent);
    format.hidden = formatted === readOnly.textContent;
    format.addEventListener("click", () => { readOnly.textContent = formatted; });
  }
});
