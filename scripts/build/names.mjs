// Names that esbuild changes, as they were: of two functions with one name in a file of dist one is called `start2`, and a class that
// speaks of itself is `class _Pid`. Users see these names in stack traces and in what they print. Entered by code.mjs. esbuild's own
// `keepNames` gives a name to every closure each time that it is made, which makes calls half as dear again.
import { withLine } from './last-line.mjs'

const DECLARED = /^(?:export )?(?:async )?(?:function\*?|(?:abstract )?class) (\w+)/gm
/** At the top of a file of dist; what is below keeps its name. */
const FUNCTION = /^(?:async )?function\*? (\w+)\(/gm
const CLASS = /^(?:var (\w+) = )?class (?:(?!extends\b)(\w+))?/gm

/** Answers what gives a file of code its names back; `sources` are the texts of src. */
export function keepNames(sources) {
  const declared = new Set(sources.flatMap((source) => [...source.matchAll(DECLARED)].map(([, name]) => name)))

  /** `[value, name]` of what is called `now`, unless that is its name in src. */
  const changed = (name, now) => {
    const own = declared.has(name) ? name : name.replace(/\d+$/, '')
    return own === now || !declared.has(own) ? [] : [`[${name}, '${own}']`]
  }
  return (code) => {
    const functions = [...code.matchAll(FUNCTION)].flatMap(([, name]) => changed(name, name))
    const classes = [...code.matchAll(CLASS)].flatMap(([, name, inner = name]) => changed(name ?? inner, inner))
    const names = [...classes, ...functions].join(', ')
    return withLine(code, names === '' ? '' : named(names))
  }
}

const named = (names) => `for (const [value, name] of [${names}]) Object.defineProperty(value, 'name', { value: name });`
