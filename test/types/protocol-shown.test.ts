// What an editor shows of a contract's methods, as the compiler writes it into declarations; and a contract in a file of its own, of which
// users have the declarations only.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { typeErrorsIn } from '../compiler.js'

const FOLDER = resolve(`node_modules/.cache/protocol-shown-${process.pid}`)
const OUT = join(FOLDER, 'out')
const SHOWN = `
import { connect } from 'gensock/client'
import { type ProtocolSelf, toGroup } from 'gensock/protocol'
import { chat } from './contract.js'
declare const self: ProtocolSelf<typeof chat>
const client = connect('/chat', { protocol: chat })
export const pushSaid = self.push.said
export const pushCleared = self.push.cleared
export const emit = self.emit
export const selfCall = self.call.areYouThere
export const send = client.send.move
export const history = client.call.history
export const count = client.call.count
export const on = client.on.said
export const answer = client.answer.ping
export const answerOr = client.answer.areYouThere
export const toAll = toGroup(chat, 'all').full
`
let errors: string
/** What the compiler has written for a file. */
const declarations = (name: string): string => readFileSync(join(OUT, relative('.', FOLDER), name), 'utf8')
const typeOf = (name: string): string | undefined =>
  declarations('shown.d.ts')
    .replaceAll(/\s+/g, ' ')
    .split('export declare const ')
    .find((declared) => declared.startsWith(`${name}:`))
    ?.slice(name.length + 2)
    .replace(/; ?$/, '')

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  cpSync('test/types/protocol-contract.ts', join(FOLDER, 'contract.ts'))
  writeFileSync(join(FOLDER, 'shown.ts'), SHOWN)
  const options = { noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: OUT }
  errors = await typeErrorsIn(FOLDER, { options, include: '*.ts' })
}, 120_000)
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('a contract in a file of its own has declarations, which name nothing but the door and the schemas', () => {
  expect(errors).toBe('')
  const from = [...declarations('contract.d.ts').matchAll(/(?:from |import\()["']([^"']+)["']/g)].map(([, name]) => String(name))
  expect([...new Set(from)].toSorted()).toEqual(['arktype/internal/variants/object.ts', 'gensock/protocol', 'valibot', 'zod'])
})

test('both ends are typed by the declarations as by the source', async () => {
  const user = join(FOLDER, 'user')
  mkdirSync(user, { recursive: true })
  writeFileSync(join(user, 'contract.d.ts'), declarations('contract.d.ts'))
  cpSync('test/types/protocol.types.ts', join(user, 'both.ts'))
  const source = readFileSync(join(user, 'both.ts'), 'utf8').replace("'./protocol-contract.js'", "'./contract.js'")
  writeFileSync(join(user, 'both.ts'), source)
  expect(source).toContain("from './contract.js'")
  expect(await typeErrorsIn(user)).toBe('')
}, 120_000)

test('declarations name nothing that no door exports', () => {
  expect(declarations('shown.d.ts')).not.toMatch(/import\("\./)
})
test.each([
  ['pushSaid', '(message: { nick: string; line: string; loud?: boolean | undefined; }) => void'],
  ['pushCleared', '(message?: undefined) => void'],
  [
    'selfCall',
    '(request: { who: string; }, options?: import("gensock/protocol").ProtocolCallOptions | undefined) => Promise<"no" | "yes">',
  ],
  ['send', '(message: { x: number; y?: number | undefined; }) => boolean'],
  [
    'history',
    '(request: { last?: number | undefined; }, options?: import("gensock/protocol").ProtocolCallOptions | undefined) => Promise<string[]>',
  ],
  ['count', '(request?: undefined, options?: import("gensock/protocol").ProtocolCallOptions | undefined) => Promise<number>'],
  ['on', '(listener: (message: { nick: string; line: string; loud: boolean; }) => void) => () => void'],
  ['answer', '(answer: (request: undefined, fail: never) => number | Promise<number>) => () => void'],
  ['toAll', '(message: boolean) => void'],
])('%s is shown as a plain function', (name, shown) => {
  expect(typeOf(name)).toBe(shown)
})
