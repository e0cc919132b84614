// A file of dist/esm as CommonJS, line for line, so that its source map holds for both. Entered by code.mjs. esbuild's own conversion
// reads every import through two getters, which makes a message between two processes five times as dear; here imports are constants.
// They may be: no file of src exports a `let`, and files of dist import each other in no circle.
import { withLine } from './last-line.mjs'

const IMPORT = /^import \{([^}]*)\} from ("[^"]+");$/gm
const IMPORT_ALONE = /^import ("[^"]+");$/gm
/** Of a file that a user names. */
const IMPORT_CALL = /\bimport\(/g
const LOADED = 'async function __import(file) { return require(file); }'
const EXPORT = /^export \{\n([^}]*)\};$/gm
const NAME = /^ {2}(\w+)(?: as (\w+))?,?$/gm
/** Compilers look for it. */
const MARK = "Object.defineProperty(exports, '__esModule', { value: true });"
const LEFT = /^(?:import|export)\b.*|\bimport\.meta.*/m

/** Throws for a `let` that a file of src exports: who imported it as a constant would not see it change. */
export function checkExports(sources) {
  for (const source of sources) {
    const [found] = /^export (?:let|var)\b.*/m.exec(source) ?? []
    if (found !== undefined) throw new Error(`an export may not change: ${found}`)
  }
}

/** Throws when there is something that it cannot say in CommonJS. */
export function asCommonJs(path, code) {
  const text = code
    .replace(IMPORT, (_all, names, from) => `const {${names.replaceAll(' as ', ': ')}} = require(${from});`)
    .replace(IMPORT_ALONE, 'require($1);')
    .replace(EXPORT, (_all, names) => `${MARK}\n${names.replace(NAME, assigned)}`)
    .replace(IMPORT_CALL, '__import(')
  const [left] = LEFT.exec(text) ?? []
  if (left !== undefined) throw new Error(`${path} has no form in CommonJS: ${left}`)
  return withLine(`'use strict'; ${text}`, text.includes('__import(') ? LOADED : '')
}

const assigned = (_all, name, as = name) => `exports.${as} = ${name};`
