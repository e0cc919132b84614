// What is a constant in src, as a constant in dist: esbuild writes `var` for each at the top of a file, and the bundlers of users do not
// put the value of a `var` where it is used. It makes the browser client 50 bytes smaller there. Entered by code.mjs.

const LET = /^let (\w+)/gm
const VAR = /^var (?=(\w+) = )/gm

/** Answers what writes `const` again in a file of code; `sources` are the texts of src. Lines stay where they are. */
export function keepConstants(sources) {
  const changing = new Set(sources.flatMap((source) => [...source.matchAll(LET)].map(([, name]) => name)))
  const mayChange = (name) => changing.has(name) || changing.has(name.replace(/\d+$/, ''))
  return (code) => code.replace(VAR, (all, name) => (mayChange(name) ? all : 'const '))
}
