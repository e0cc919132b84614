// Every example of every door is what the compiler takes, each in a function of its own.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { parseSync } from '@swc/core'
import { typeErrorsIn } from '../compiler.js'
import { doors, type Export, exportsOf } from './doors.js'
import { exampleIn } from './examples.js'

const FOLDER = resolve(`node_modules/.cache/exports-${process.pid}`)
/** What examples are given and of which the types matter: from these files, which export it. */
const TYPED: Readonly<Record<string, readonly string[]>> = {
  'given-gensock': ['button', 'counter', 'room'],
  given: ['echo', 'light', 'node', 'streamHandler', 'z'],
}
/** The free function, and the Self of a callback. */
const SELF = "import { type Receiver as AnySelf, self as free } from 'gensock'\ndeclare const self: typeof free & AnySelf<any>\n"
/** What the same name is in some files only. */
const ALSO: readonly (readonly [files: RegExp, declared: string])[] = [
  [/gen-event/, 'const counter: any = undefined'],
  [/^machines/, 'const pid = undefined as unknown as MachinePid<typeof light>'],
  [/^client|^handlers.protocol|^wire/, `const { chat } = {} as typeof import('${resolve('test/exports/given.ts')}')`],
]

const all = doors()
const exported = new Map(all.map((door) => [door.name, exportsOf(door).filter(({ title }) => title !== 'self')]))
const seen = new Set<string>()

function namesIn(tree: unknown, found: Set<string>): Set<string> {
  if (typeof tree !== 'object' || tree === null) return found
  if ('type' in tree && tree.type === 'Identifier' && 'value' in tree) found.add(tree.value as string)
  // The name of a property is none.
  for (const [part, child] of Object.entries(tree)) if (part !== 'property' && part !== 'key') namesIn(child, found)
  return found
}

/** The examples of a door as one module. Names that no door exports and no engine knows were given: of any type and value. */
function moduleOf(door: string): string {
  const imports = new Map<string, string>(
    Object.entries(TYPED).flatMap(([file, names]) =>
      names.map((name) => [name, `import { ${name} } from '${resolve(`test/exports/${file}.ts`)}'`] as const),
    ),
  )
  const isType = ({ kind }: Export): boolean => kind === 'interface' || kind === 'type'
  // What is tested by `gensock/testing` may be a handler of a contract.
  const also = door === 'gensock/testing' ? ['gensock/protocol'] : []
  for (const from of new Set([door, 'gensock', 'gensock/socket', 'gensock/testing', ...also]))
    for (const one of exported.get(from) as Export[])
      if (!one.title.includes('.') && !imports.has(one.title))
        imports.set(one.title, `import ${isType(one) ? 'type ' : ''}{ ${one.title} } from '${from}'`)
  const used = new Set<string>()
  const functions = (exported.get(door) as Export[]).flatMap(({ title, file, doc }, index) => {
    const code = exampleIn(doc)
    if (code === undefined || seen.has(`${file}:${doc}`)) return []
    seen.add(`${file}:${doc}`)
    const also = ALSO.filter(([files]) => files.test(file)).map(([, declared]) => declared)
    const written = [`// ${title}`, `export async function example${index}() {`, ...also, '{', code, '}\n}'].join('\n')
    namesIn(parseSync(written, { syntax: 'typescript', target: 'es2022' }).body, used)
    return [written]
  })
  const given = [...used].filter(
    (name) => !imports.has(name) && (name === 'expect' || !(name in globalThis)) && !/^(?:self|example\d+)$/.test(name),
  )
  const declared = given.map((name) => `declare const ${name}: any\ntype ${name} = any`)
  return [SELF, ...imports.values(), ...declared, ...functions, ''].join('\n')
}

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('the compiler takes each example', async () => {
  mkdirSync(FOLDER, { recursive: true })
  for (const { name } of all) writeFileSync(join(FOLDER, `${name.replaceAll('/', '-')}.ts`), moduleOf(name))
  // What is given may be a function that is handed callbacks: their parameters have no type then.
  expect(await typeErrorsIn(FOLDER, { options: { noImplicitAny: false } })).toBe('')
}, 120_000)
