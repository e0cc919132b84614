// A line more at the end of a file of code, where it moves nothing that a source map speaks of. Entered by names.mjs and commonjs.mjs.
const END = /(?:\/\/# sourceMappingURL=.*\n?)?$/

/** An empty line is none. */
export function withLine(code, line) {
  return line === '' ? code : code.replace(END, (end) => `${line}\n${end}`)
}
