// Every code block of the documentation: TypeScript is type-checked and run as it stands, the rest is held to what can be known of it.
// How a block is written: CONTRIBUTING.md.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Block, blocksOf, pages } from './docs/blocks.js'
import { Modules } from './docs/run.js'
import { nginxProgram, testWith } from './programs.js'

/** Pages whose TypeScript another test runs: it needs more than a module of its own. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'docs/testing.md': 'test/testing/kit.test.ts' }
const LANGUAGES = ['ts', 'json', 'sh', 'nginx', 'html', 'text', 'console']
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>> }

const texts = new Map(pages().map((page) => [page, readFileSync(page, 'utf8')]))
const blocks = [...texts].flatMap(([page, text]) => blocksOf(page, text))
const typed = blocks.filter(({ language }) => language === 'ts')
const written = typed.filter(({ page }) => ELSEWHERE[page] === undefined)
const titled = (list: readonly Block[]): (readonly [string, Block])[] =>
  list.map((block) => [`${block.page}:${block.line}`, block] as const)

describe('TypeScript', () => {
  let modules: Modules
  beforeAll(async () => {
    modules = new Modules(written, typed)
    await modules.build()
  }, 60_000)
  afterAll(() => modules.remove())

  test('every block is what the compiler takes', async () => {
    expect(await modules.typeErrors()).toBe('')
  }, 60_000)

  test.each(titled(written.filter(({ flags }) => !flags.includes('program'))))(
    '%s runs, and does what it says',
    async (_title, block) => {
      const { failure, stderr, prints } = await modules.run(block)
      expect({ failure, stderr: block.flags.includes('crashes') ? '' : stderr, 'not printed': prints }).toEqual({
        failure: undefined,
        stderr: '',
        'not printed': [],
      })
      if (block.flags.includes('crashes')) expect(stderr).not.toBe('')
    },
    20_000,
  )
})

describe('everything else', () => {
  test('each block names a language that is held to something', () => {
    expect(blocks.filter(({ language }) => !LANGUAGES.includes(language)).map(({ page, line }) => `${page}:${line}`)).toEqual([])
    expect(blocks.filter(({ flags }) => flags.some((flag) => !['crashes', 'program'].includes(flag)))).toEqual([])
  })

  test('a page that another test runs is read by that test', () => {
    for (const [page, file] of Object.entries(ELSEWHERE)) expect(readFileSync(file, 'utf8')).toContain(`'${page}'`)
  })

  test('a program is named by a first line, and a test runs it by that name', () => {
    const tests = (readdirSync('test', { recursive: true }) as string[]).filter((name) => name.endsWith('.test.ts'))
    const sources = tests.map((name) => readFileSync(join('test', name), 'utf8'))
    const programs = typed.filter(({ flags }) => flags.includes('program'))
    const isRun = ({ page, file }: Block): boolean =>
      sources.some((source) => source.includes(`'${page}'`) && source.includes(`'${file}'`))
    expect(programs.filter((block) => !isRun(block)).map(({ page, line }) => `${page}:${line}`)).toEqual([])
    expect(programs.length).toBeGreaterThan(2)
  })

  test('JSON can be parsed', () => {
    for (const { code } of blocks.filter(({ language }) => language === 'json')) expect(() => JSON.parse(code)).not.toThrow()
  })

  test('what is typed into a shell exists: scripts of package.json, files of this repository', () => {
    const typed = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code)
    const named = typed.flatMap((code) => [...code.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name as string))
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])
    const files = typed.flatMap((code) =>
      [...code.matchAll(/\b(?:examples|scripts|bench|test|tools)\/[\w./-]+/g)].map(([file]) => file),
    )
    expect(files.filter((file) => !existsSync(file))).toEqual([])
  })

  const nginx = nginxProgram()
  testWith('nginx of the documentation', nginx)(
    'nginx takes its settings, in a server of http unless they say where they stand',
    () => {
      for (const { code, page, line } of blocks.filter(({ language }) => language === 'nginx'))
        expect(`${page}:${line} ${complaintOf(nginx.path, code)}`).toBe(`${page}:${line} `)
    },
  )

  test('each link to a file of this repository leads to one, and each anchor to a heading', () => {
    expect([...texts].flatMap(([page, text]) => deadLinks(page, text))).toEqual([])
  })
})

/** What `nginx -t` says of settings, '' if it takes them. */
function complaintOf(nginx: string, code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gensock-nginx-'))
  try {
    const isServer = /^(?:server|upstream|map)\b/m.test(code)
    const http = isServer ? code : `server {\n listen unix:${folder}/socket;\n${code}\n}`
    const logs = `pid ${folder}/pid;\nerror_log stderr;\n`
    writeFileSync(join(folder, 'nginx.conf'), `${logs}events {}\nhttp {\naccess_log off;\n${http}\n}\n`)
    const { status, stderr } = spawnSync(nginx, ['-t', '-q', '-p', folder, '-c', 'nginx.conf'], { encoding: 'utf8' })
    return status === 0 ? '' : stderr
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function deadLinks(page: string, text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    const [path = '', anchor] = (link as string).split('#')
    if (/^[a-z]+:/.test(path)) return []
    const file = path === '' ? page : posix.join(posix.dirname(page), path)
    if (!existsSync(file)) return [`${page}: ${link}`]
    return anchor === undefined || anchorsOf(file).includes(anchor) ? [] : [`${page}: ${link}`]
  })
}
/** As the usual renderers make them of headings. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )
}
