// The table of error codes, the pages of docs/errors and the code say the same; each message leads to its page, and no peer reads one.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ERROR_CODES, type ErrorCode, GensockError, spawn } from 'gensock'
import { listen, route, type SocketHandler } from 'gensock/socket'
import { testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { pageProgram } from './docs/page-program.js'
import { MAKERS } from './error-makers.js'

const TABLE = join('base', 'errors.ts')
const CODE = /GENSOCK_ERR_[A-Z_]*[A-Z]/g
/** The library itself compiles its charts: no program can make this error. */
const INSIDE: readonly ErrorCode[] = ['GENSOCK_ERR_BAD_CHART']

const codes = Object.keys(ERROR_CODES) as ErrorCode[]
const index = readFileSync('docs/errors.md', 'utf8')
const pages = new Map(
  readdirSync('docs/errors').map((name) => [name.replace(/\.md$/, ''), readFileSync(join('docs/errors', name), 'utf8')] as const),
)
const pageOf = (code: string): string => pages.get(code) ?? ''
const sources = (readdirSync('src', { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join('src', name), 'utf8')] as const)
const taken = pageProgram('docs/errors/GENSOCK_ERR_LISTEN.md', 'taken.ts')

/** Code -> the files that make an error of it: as a text in the code, comments left out. */
const uses = new Map<string, string[]>()
for (const [name, text] of sources) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const own = name === TABLE ? code.slice(code.indexOf('export type ErrorCode')) : code
  for (const [found] of own.matchAll(CODE)) uses.set(found, [...(uses.get(found) ?? []), name])
}

describe('error codes', () => {
  test('each code of the table is made somewhere in src', () => {
    expect(codes.filter((code) => !uses.has(code))).toEqual([])
  })

  test('no code outside the table: not in src, its comments included, nor in the docs', () => {
    const texts = [...sources.map(([, text]) => text), index, ...pages.values()]
    const found = texts.flatMap((text) => [...text.matchAll(CODE)].map(([code]) => code as ErrorCode))
    expect([...new Set(found)].filter((code) => !codes.includes(code))).toEqual([])
  })

  test('a thrown code is never put together from parts', () => {
    for (const [name, text] of sources) expect(`${name} ${/['"`]GENSOCK_ERR_(?:\$|['"`])/.test(text)}`).toBe(`${name} false`)
  })
})

describe('the pages', () => {
  test('are one for each code and no other, as files named after it', () => {
    expect([...pages.keys()].toSorted()).toEqual(codes.toSorted())
  })

  test('are listed in docs/errors.md with their meaning, in the order of the table', () => {
    const rows = [...index.matchAll(/^\| \[(\w+)\]\((\S+)\) \| (.*) \|$/gm)].map(([, ...cells]) => cells)
    expect(rows).toEqual(codes.map((code) => [code, `errors/${code}.md`, ERROR_CODES[code]]))
  })

  test.each(Object.entries(ERROR_CODES))(
    '%s begins with the line of the table, gives cause and cure, and leads on',
    (code, meaning) => {
      const [title, first] = pageOf(code).split('\n\n')
      expect([title, first]).toEqual([`# ${code}`, `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`])
      expect(pageOf(code)).toMatch(/^\*\*Cause\.\*\* \S[^]*^\*\*Cure\.\*\* \S[^]*^See also: \[[^]*\.\n$/m)
    },
  )

  test.each(codes.filter((code) => !INSIDE.includes(code)))(
    '%s shows code that makes the error, and code that does not',
    (code) => {
      const [cause = '', cure = ''] = pageOf(code).split('**Cure.**')
      // What is printed is held by test/docs.test.ts, of a program below.
      expect(cause).toMatch(/^```ts(?: crashes| program)?\n/m)
      expect(cause).toMatch(
        code === 'GENSOCK_ERR_BAD_RETURN' ? /^ {2}console\.log\(.* => .*'bad_return_value'/m : `// => ${code}`,
      )
      expect(cure).toMatch(/^```ts\n/m)
    },
  )
})

test('the program of GENSOCK_ERR_LISTEN prints what its page says', async () => {
  const running = await taken()
  expect(await running.lines(/^GENSOCK_ERR/, 1)).toEqual(['GENSOCK_ERR_LISTEN eaddr'])
})

describe('the message of an error', () => {
  test.each(codes)('of %s leads to its page, which shows it as it comes out', async (code) => {
    const error = await MAKERS[code]()
    expect(error).toBeInstanceOf(GensockError)
    expect(error.code).toBe(code)
    const links = [...(error.message.split('\n')[0] as string).matchAll(/ \(see gensock\/([^)]*)\)/g)].map(([, path]) => path)
    expect(links).toEqual([`docs/errors/${code}.md`])
    expect(existsSync(links[0] as string)).toBe(true)
    expect(/```text\n([^]*?)\n```/.exec(pageOf(code))?.[1]).toBe(error.message)
  })

  test('names a path of the package, which has its docs', () => {
    const { name, files } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; files: string[] }
    expect(name).toBe('gensock')
    expect(files).toContain('docs')
  })

  test('is not for peers: a close has no reason, a refused request a text of its own', async () => {
    const node = testNode()
    const boom: SocketHandler<null> = { init: () => ['ok', null], handle: () => spawn(42 as never) as never }
    const authorize = (): never => spawn(42 as never) as never
    const routes = [route('/ws', boom), route('/closed', boom, { authorize })]
    const { port } = await listen({ port: 0, host: '127.0.0.1', routes, node })
    node.expectCrash('badarg')
    node.expectCrash(/authorize failed/)
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`)
    socket.on('open', () => socket.send('hello'))
    const end = await new Promise((resolve) => void socket.on('close', (code, reason) => resolve([code, String(reason)])))
    expect(end).toEqual([1011, ''])
    const refused = new WebSocket(`ws://127.0.0.1:${port}/closed`)
    const answer = await new Promise<string>((resolve) => {
      refused.on('unexpected-response', (_request, response) => {
        let body = `${response.statusCode} `
        response.on('data', (part: Buffer) => (body += String(part))).on('end', () => resolve(body))
      })
    })
    expect(answer).toBe('500 Internal Server Error\n')
    expect(node.crashes.map(({ text }) => text)).toEqual([
      expect.stringContaining('GENSOCK_ERR_BADARG.md'),
      expect.stringContaining('GENSOCK_ERR_BADARG.md'),
    ])
    await node.stop()
  })
})
