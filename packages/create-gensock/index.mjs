#!/usr/bin/env node
// `npm create gensock my-app`: copies the template into a new folder and fills in the project's name and the version of gensock,
// which is that of this package. Runs nothing, unless `--install` says so.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const TEMPLATE = join(import.meta.dirname, 'template')
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'))
const USAGE = `npm create gensock my-app [-- options]

Makes the folder my-app with a project that runs on gensock ${version}.

  --install      runs npm install there
  -h, --help     shows this
  -v, --version  shows the version
`
const OPTIONS = {
  install: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
}
/** What npm takes as a package's name, and every system as a folder's. A package of the name gensock cannot depend on gensock. */
const NAME = /^(?!(?:node_modules|favicon\.ico|gensock)$)[a-z0-9](?:[a-z0-9._-]{0,212}[a-z0-9_-])?$/
/** Devices of Windows, also with an ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/
/** A repository that was made beforehand may stay. */
const HARMLESS = ['.git']

/** What the user has to hear, without a stack. */
class Refusal extends Error {}

async function main() {
  const { values, positionals } = given()
  if (values.help) return print(USAGE)
  if (values.version) return print(`${version}\n`)
  if (positionals.length > 1) throw new Refusal(`expected one folder, got ${positionals.length}: ${positionals.join(', ')}`)
  const folder = resolve(positionals[0] ?? (await askFolder()))
  requireName(basename(folder))
  requireEmpty(folder)
  writable(folder)
  make(folder)
  print(`Made ${basename(folder)} in ${folder}\n`)
  if (values.install) install(folder)
  return print(
    `\nNext:\n\n${commands(folder, values.install)
      .map((line) => `  ${line}\n`)
      .join('')}`,
  )
}

function given() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const known = Object.keys(OPTIONS).map((name) => `--${name}`)
    throw new Refusal(`${error.message.split('. ')[0]}; known are ${known.join(', ')}`)
  }
}

/** Asks where somebody can answer. */
function askFolder() {
  if (!process.stdin.isTTY) throw new Refusal('no folder given: npm create gensock my-app')
  const asker = createInterface({ input: process.stdin, output: process.stdout })
  return new Promise((resolve, reject) => {
    asker.once('close', () => reject(new Refusal('no folder given')))
    asker.question('Folder of the project: ', (answer) => {
      resolve(answer.trim())
      asker.close()
    })
  })
}

function requireName(name) {
  if (NAME.test(name) && !DEVICE.test(name)) return
  const allowed =
    'small letters, digits, ".", "_" and "-", the first a letter or a digit, the last no "."; not node_modules, favicon.ico, gensock or a device of Windows'
  throw new Refusal(`the folder's name is that of the package; expected ${allowed}, got ${JSON.stringify(name)}`)
}

function requireEmpty(folder) {
  const found = entries(folder).filter((name) => !HARMLESS.includes(name))
  if (found.length === 0) return
  const more = found.length > 5 ? ` and ${found.length - 5} more` : ''
  throw new Refusal(`${folder} is not empty: it has ${found.slice(0, 5).join(', ')}${more}`)
}

function entries(folder) {
  try {
    return readdirSync(folder).toSorted()
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw new Refusal(error.code === 'ENOTDIR' ? `${folder} is a file` : error.message)
  }
}

function writable(folder) {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw new Refusal(error.message)
  }
}

/**
 * Every file of the template; `my-app` becomes the name wherever it stands. npm packs no .gitignore, so it is called otherwise
 * there.
 */
function make(folder) {
  for (const entry of readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const from = join(entry.parentPath, entry.name)
    const path = relative(TEMPLATE, from)
    const to = join(folder, path === 'gitignore' ? '.gitignore' : path)
    const text = readFileSync(from, 'utf8').replaceAll('my-app', basename(folder))
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, path === 'package.json' ? withVersion(text) : text)
  }
}

function withVersion(text) {
  const project = JSON.parse(text)
  project.dependencies.gensock = `^${version}`
  return `${JSON.stringify(project, null, 2)}\n`
}

function install(folder) {
  const { status } = spawnSync('npm', ['install'], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) throw new Refusal(`the project is made, but npm install failed in ${folder}`)
}

function commands(folder, installed) {
  const path = relative('', folder)
  const lines = path === '' ? [] : [`cd ${/^[\w./-]+$/.test(path) ? path : JSON.stringify(path)}`]
  return [...lines, ...(installed ? [] : ['npm install']), 'npm test', 'npm start']
}

function print(text) {
  process.stdout.write(text)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  process.stderr.write(`create-gensock: ${error.message}\n`)
  process.exitCode = 1
}
