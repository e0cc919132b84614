// What the tests of docstrings share: what a door exports, the docstring of a declaration and what it must say, and its example, run as
// it stands: `// => value` is what a line answers.
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { compileFunction } from 'node:vm'
import { expect } from '@jest/globals'
import { transformSync } from '@swc/core'
import { type Receiver, spawn } from 'gensock'

/** Something that a door exports, and the file of `src` that declares it. */
export interface Export {
  readonly name: string
  readonly isType: boolean
  readonly file: string
}

/** What a door, a file of `src`, exports by name. */
export function exportsOf(door: string): Export[] {
  const lists = readFileSync(`src/${door}`, 'utf8').matchAll(/export (type )?\{([^}]*)\} from '([\w./-]+)\.js'/g)
  return [...lists].flatMap(([, types, names, path]) => {
    const file = `${posix.join(posix.dirname(door), path as string)}.ts`
    const given = (names as string).split(',').map((name) => name.trim())
    const isType = (name: string): boolean => types !== undefined || name.startsWith('type ')
    return given.filter((name) => name !== '').map((name) => ({ name: name.replace('type ', ''), isType: isType(name), file }))
  })
}

/** A docstring, and the first line of what it stands at. */
export interface Documented {
  readonly doc: string
  readonly line: string
}
/** The docstring right before a declaration, '' if there is none; undefined if the source has no such declaration. */
export function documented(source: string, declaration: RegExp): Documented | undefined {
  const found = declaration.exec(source)
  if (found === null) return undefined
  const before = source.slice(0, found.index).trimEnd()
  const doc = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : ''
  return { doc, line: source.slice(found.index, source.indexOf('{\n', found.index)) }
}

/** A field, method or call of an interface. */
export interface Field {
  readonly name: string
  readonly isOptional: boolean
  readonly doc: string
}
/** What stands in an exported interface: fields, methods, calls, symbols; nothing of any other type. */
export function fieldsOf({ name, file }: Export): Field[] {
  const source = readFileSync(`src/${file}`, 'utf8')
  const start = source.search(new RegExp(`^export interface ${name}\\b`, 'm'))
  if (start < 0) return []
  const body = source.slice(start, source.indexOf('\n}', start))
  return [...body.matchAll(/^ {2}(?:readonly )?(?:\[(\w+)\]|(\w+)(?=[?:(<])|[(<])(\??)/gm)].map((found) => {
    const before = body.slice(0, found.index).trimEnd()
    const doc = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : ''
    return { name: found[2] ?? found[1] ?? '', isOptional: found[3] === '?', doc }
  })
}

function parametersOf(fn: Function): string[] {
  const list = /\(([^)]*)\)/.exec(String(fn))?.[1] ?? ''
  return list
    .split(',')
    .map((name) => name.replace(/^\W*/, '').replace(/\W.*$/s, ''))
    .filter((name) => name !== '')
}

/** A function says what it does, what goes in and comes out, what it throws, where it is from, and shows how it is used. */
export function expectFunctionDocs({ doc, line }: Documented, fn: Function, { throws }: { readonly throws: boolean }): void {
  const expected = [
    ...parametersOf(fn).map((parameter) => `@param ${parameter} - `),
    ...(/: void\s*$/.test(line) ? [] : ['@returns ']),
    ...(throws ? ['@throws {'] : []),
    '@example\n',
    '@see ',
  ]
  expect(expected.filter((part) => !doc.includes(part))).toEqual([])
  if (throws) expect(doc).toMatch(/@throws[^@]*`GENSOCK_ERR_\w+`/)
  expect(doc).toMatch(/^\/\*\*\n \* [A-Z][^@]*\n \*\n \* @/)
}
/** A type says what it is for, and shows how it is written or where it is from. */
export function expectTypeDocs(doc: string): void {
  expect(doc).toMatch(/^\/\*\*(?: |\n \* )[A-Z`]/)
  expect([/@example\n/, /@see /].some((part) => part.test(doc))).toBe(true)
}

/** The examples of a file: the declaration that each stands at, and its lines. `kinds`: of which declarations, as in a regular expression. */
export function examplesOf(file: string, kinds = 'function|const'): (readonly [name: string, code: string])[] {
  const declared = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n(?:export )?(?:async )?(?:${kinds}) (\\w+)`, 'g')
  return [...readFileSync(`src/${file}`, 'utf8').matchAll(declared)].flatMap(([, doc, name]) => {
    const code = /@example\n([\s\S]*?)\n (?:\* @|$)/.exec(doc as string)?.[1]
    return code === undefined ? [] : [[name as string, code.replaceAll(/^ \* ?/gm, '')]]
  })
}

/** TypeScript of an example -> a function's body in JavaScript that checks each `// =>`. */
function bodyOf(code: string): string {
  const checked = code.replaceAll(/^(const (\w+) = )?(.*?) \/\/ => (.*)$/gm, (_line, declared, name, answered, value) =>
    declared === undefined
      ? `expect(${answered}).toEqual(${value})`
      : `${declared}${answered}\nexpect(${name}).toEqual(${value})`,
  )
  const source = `async function example() {\n${checked}\n}`
  const { code: script } = transformSync(source, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } })
  return `${script}\nreturn example()`
}

/** What an example takes for granted. */
export type Names = Readonly<Record<string, unknown>>

/**
 * Runs an example in a process of its own on the default node. Under jest its literals are of another realm than the library,
 * which takes its `/x/` for no RegExp and finds its `[1]` unlike its own.
 */
export function runExample(code: string, before: (self: Receiver<any>) => Names | Promise<Names>): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(async (self: Receiver<any>) => {
      try {
        const names: Names = { ...(await before(self)), self, expect }
        const run = compileFunction(bodyOf(code), Object.keys(names)) as (...values: unknown[]) => Promise<unknown>
        await self.run(() => run(...Object.values(names)))
        resolve()
      } catch (error) {
        reject(error as Error)
      }
    })
  })
}
