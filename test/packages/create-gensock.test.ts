// `npm create gensock` without npm: the program alone, in temporary folders. That what it makes can be installed, checked and run
// is shown by scripts/test-package/starter.mjs, from packed tarballs.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const ROOT = process.cwd()
const PACKAGE = join(ROOT, 'packages/create-gensock')
const TEMPLATE = join(PACKAGE, 'template')

type Manifest = Record<'name' | 'version' | 'license', string> & { engines: object; files: string[]; dependencies?: object }
const manifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
const gensock = manifest(ROOT)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-gensock-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function create(args: readonly string[], cwd = folder, env: Record<string, string> = {}) {
  const options = { cwd, encoding: 'utf8', input: '', env: { ...process.env, ...env } } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(PACKAGE, 'index.mjs'), ...args], options)
  return { status, stdout, stderr }
}
const filesOf = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .toSorted()

describe('the package', () => {
  test('has the version, the licence and the engines of gensock, and no dependencies', () => {
    const { version, license, engines, dependencies } = manifest(PACKAGE)
    expect({ version, license, engines, dependencies }).toEqual({
      version: gensock.version,
      license: gensock.license,
      engines: gensock.engines,
      dependencies: undefined,
    })
    expect(readFileSync(join(PACKAGE, 'LICENSE'), 'utf8')).toBe(readFileSync(join(ROOT, 'LICENSE'), 'utf8'))
  })

  test('its template asks for the Node that gensock asks for', () => {
    expect(manifest(TEMPLATE).engines).toEqual(gensock.engines)
  })
})

describe('a project', () => {
  test('has each file of the template, the folder as its name and the version of gensock', () => {
    const { status, stdout } = create(['apps/my-shop'])
    const made = join(folder, 'apps/my-shop')
    expect(status).toBe(0)
    expect(stdout).toMatch(/Next:\n\n {2}cd apps\/my-shop\n {2}npm install\n {2}npm test\n {2}npm start\n$/)
    expect(filesOf(made)).toEqual(
      filesOf(TEMPLATE)
        .map((name) => (name === 'gitignore' ? '.gitignore' : name))
        .toSorted(),
    )
    expect(manifest(made)).toMatchObject({ name: 'my-shop', dependencies: { gensock: `^${gensock.version}` } })
    for (const name of filesOf(made)) expect(readFileSync(join(made, name), 'utf8')).not.toContain('my-app')
    expect(readFileSync(join(made, 'README.md'), 'utf8')).toMatch(/^# my-shop\n/)
  })

  test('is made in the folder where one stands, also beside .git', () => {
    const here = join(folder, 'here')
    mkdirSync(join(here, '.git'), { recursive: true })
    const { status, stdout } = create(['.'], here)
    expect([status, manifest(here).name]).toEqual([0, 'here'])
    expect(stdout).not.toContain('cd ')
  })

  test.each([
    ['0', 0, ''],
    ['1', 1, 'npm install failed in'],
  ])('--install runs npm install there; when that ends with %s, the program ends with %i', (code, expected, said) => {
    const bin = join(folder, `bin-${code}`)
    mkdirSync(bin)
    writeFileSync(join(bin, 'npm'), `#!/bin/sh\necho "$(basename "$PWD"): npm $*"\nexit ${code}\n`)
    chmodSync(join(bin, 'npm'), 0o755)
    const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`
    const { status, stdout, stderr } = create([`installed-${code}`, '--install'], folder, { PATH: path })
    expect(stdout).toContain(`installed-${code}: npm install\n`)
    expect(stdout.includes('Next:')).toBe(expected === 0)
    expect([status, stderr.includes(said)]).toEqual([expected, true])
  })
})

describe('what is refused with 1, in one line', () => {
  test('a folder that is not empty: what is in it', () => {
    mkdirSync(join(folder, 'full'))
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) writeFileSync(join(folder, 'full', name), name)
    const { status, stderr } = create(['full'])
    expect([status, stderr]).toEqual([1, expect.stringMatching(/full is not empty: it has a, b, c, d, e and 2 more\n$/)])
    expect(filesOf(join(folder, 'full'))).toHaveLength(7)
  })

  test('a file', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(create(['file'])).toEqual({ status: 1, stdout: '', stderr: expect.stringMatching(/file is a file\n$/) })
  })

  test('a folder that cannot be made: why', () => {
    symlinkSync(join(folder, 'nowhere', 'at-all'), join(folder, 'link'))
    const { status, stdout, stderr } = create(['link'])
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^create-gensock: ENOENT: .*link'\n$/)])
  })

  test.each(['My App', '.hidden', 'a'.repeat(215), 'favicon.ico', 'gensock', 'con', 'lpt1.txt', 'dot.'])(
    'the name %s',
    (name) => {
      const { status, stderr } = create([name])
      expect([status, stderr]).toEqual([1, expect.stringContaining('expected small letters, digits')])
      expect(stderr).toContain(`got ${JSON.stringify(name)}\n`)
      expect(existsSync(join(folder, name))).toBe(false)
    },
  )

  test.each([
    ['an option that is not known', ['x', '--instal'], "Unknown option '--instal'; known are --install, --help, --version"],
    ['a value for an option that takes none', ['x', '--install=yes'], "Option '--install' does not take an argument"],
    ['two folders', ['one', 'two'], 'expected one folder, got 2: one, two'],
    ['no folder where nobody can answer', [], 'no folder given: npm create gensock my-app'],
  ])('%s', (_what, args, why) => {
    const { status, stdout, stderr } = create(args)
    expect({ status, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 1, stdout: '', lines: 1 })
    expect(stderr).toContain(`create-gensock: ${why}`)
  })
})

test('a name of 214 characters is the longest', () => {
  const name = 'a'.repeat(214)
  expect(create([name]).status).toBe(0)
  expect(manifest(join(folder, name)).name).toBe(name)
})

test('--help shows the options, --version the version', () => {
  expect(create(['--help']).stdout).toContain('--install')
  expect(create(['-v'])).toEqual({ status: 0, stdout: `${gensock.version}\n`, stderr: '' })
})
