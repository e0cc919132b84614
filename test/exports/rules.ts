// What the docstring of an export must say, and what it does not.
import type { Export } from './doors.js'
import { wayToError } from './throws.js'

/** Columns that an editor shows of a docstring. */
const MAX_COLUMNS = 128

/** What is missing in the docstring of an export, [] if nothing is. */
export function faultsOf(one: Export): string[] {
  const { kind, doc } = one
  const own = kind === 'function' ? functionFaults(one) : otherFaults(one)
  return [...purposeFaults(doc), ...own, ...fieldFaults(one), ...longLines(doc)]
}

/** How it is used, and where it is from: OTP, an RFC, the system that it follows, or what of the library it belongs to. */
const SHOWN = ['@example\n', '@see ']
const without = (doc: string, parts: readonly string[]): string[] =>
  parts.filter((part) => !doc.includes(part)).map((part) => `no ${part.trim()}`)
const purposeFaults = (doc: string): string[] =>
  /^\/\*\*(?: |\n *\* )[A-Z`'][^@]{10}/.test(doc.replaceAll('{@link', '{link')) ? [] : ['no purpose']
/** A type, a class, a constant. The functions of an object are in the API reference if it is a namespace there. */
const otherFaults = ({ doc, members }: Export): string[] => without(doc, members.size > 0 ? [...SHOWN, '@namespace'] : SHOWN)
/** A function says what goes in and comes out, what it throws, where it is from, and shows how it is used. */
function functionFaults(one: Export): string[] {
  const { doc, parameters, isVoid } = one
  const [thrower] = wayToError(one.file, one.tree)
  const missing = without(doc, [
    ...new Set(parameters.filter((name) => name !== '').map((name) => `@param ${name} - `)),
    ...(isVoid ? [] : ['@returns ']),
    ...(thrower === undefined ? [] : ['@throws {']),
    ...SHOWN,
  ])
  const thrown = [...doc.matchAll(/@throws(?: \{(\w+)\})?([^@]*)/g)]
  const unnamed = thrown.filter(
    ([, type, text]) => type === undefined || (type !== 'TypeError' && !/`GENSOCK_ERR_\w+`/.test(text as string)),
  )
  const shapes = parameters.flatMap((name) => unitFaults(name, new RegExp(`@param ${name} - ([^@]*)`).exec(doc)?.[1] ?? ''))
  return [...missing, ...unnamed.map(() => 'an error without its code'), ...shapes]
}

/** A field says what it is; its unit; and what holds when it is not given. */
function fieldFaults({ fields }: Export): string[] {
  return fields.flatMap(({ name, isOptional, doc }) => {
    const faults = [
      ...(/^\/\*\*(?: |\n {3}\* )[A-Z`'0-9]/.test(doc) ? unitFaults(name, doc) : ['no purpose']),
      ...(isOptional && !/\b(?:Default|Without|Undefined)\b/.test(doc) ? ['not what holds without it'] : []),
      ...longLines(`  ${doc}`),
    ]
    return faults.map((fault) => `${name}: ${fault}`)
  })
}

/** Times are in ms, sizes in bytes, and both say so. */
function unitFaults(name: string, text: string): string[] {
  const units: readonly (readonly [names: RegExp, told: RegExp])[] = [
    [/Ms$|^expiresAt$/, /\b(?:ms|milliseconds)\b/i],
    [/^persist\w*S$/, /\bin s\b/],
    [/Bytes$/, /\bbytes\b/i],
  ]
  return units.filter(([names, told]) => names.test(name) && !told.test(text)).map(() => `${name}: no unit`)
}

const longLines = (doc: string): string[] =>
  doc
    .split('\n')
    .filter((line) => line.length > MAX_COLUMNS)
    .map((line) => `too long: ${line}`)
