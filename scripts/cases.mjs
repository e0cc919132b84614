// `npm run cases`: writes cases.json, the table of cases and their tests, from the titles of the tests: C (Cowboy), Z
// (Zotonic), B (Chicago Boss), L (Bullet). `node scripts/cases.mjs [--check] [LETTER [FOLDER]]`: with --check nothing is written;
// without a letter it is all of them. Says what is wrong and exits 1 if a number of case-numbers.json has no test or two, a title
// is not of the form, a test is skipped, or (with --check) a table is not up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from '@swc/core'

const root = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = {
  C: 'test/handlers/cowboy',
  Z: 'test/handlers/zotonic',
  B: 'test/handlers/chicago-boss',
  L: 'test/handlers/bullet',
}
const TITLE =
  /^(?<letter>[A-Z])(?<number>\d+)\. Given (?<given>.+?), when (?<when>.+?), then (?<then>.+?)(?:; differs: (?<differs>.+))?$/
const isCheck = process.argv[2] === '--check'
const [only, elsewhere] = process.argv.slice(isCheck ? 3 : 2)
/** Ways of jest to leave a test out, or all others. */
const LEFT_OUT =
  /^(?:x(?:it|test|describe)|f(?:it|describe)|(?:it|test|describe)\.(?:concurrent\.)?(?:skip|only|todo|failing)(?:\..+)?)$/

/** 'test' of `test(...)`, 'test.skip' of `test.skip(...)`, also in brackets. */
function nameOf(node) {
  if (node.type === 'Identifier') return node.value
  if (node.type !== 'MemberExpression') return ''
  const { property } = node
  return `${nameOf(node.object)}.${property.value ?? property.expression?.value ?? ''}`
}

/** Everything in a tree that is called or named. */
function names(node, found = []) {
  if (Array.isArray(node)) for (const one of node) names(one, found)
  else if (typeof node === 'object' && node !== null) {
    if (node.type === 'Identifier' || node.type === 'MemberExpression') found.push(nameOf(node))
    for (const value of Object.values(node)) names(value, found)
  }
  return found
}

/** The titles of tests that run whatever happens: statements of the file itself, or of a describe in it. */
function titles(statements) {
  return statements.flatMap(({ type, expression }) => {
    if (type !== 'ExpressionStatement' || expression.type !== 'CallExpression') return []
    const [title, body] = expression.arguments.map((argument) => argument.expression)
    const name = nameOf(expression.callee)
    if (name === 'test') return [title.value]
    return name === 'describe' ? titles(body.body.stmts) : []
  })
}

/** The cases of a folder by number, and what is wrong with their files. */
function casesOf(letter, folder, faults) {
  const cases = new Map()
  const files = readdirSync(folder).filter((name) => /^cases-.*\.test\.ts$/.test(name))
  for (const file of files.toSorted()) {
    const { body } = parseSync(readFileSync(join(folder, file), 'utf8'), { syntax: 'typescript', target: 'es2022' })
    for (const name of new Set(names(body))) if (LEFT_OUT.test(name)) faults.push(`${file}: ${name} leaves tests out`)
    for (const title of titles(body)) {
      const { letter: first, number, ...parts } = TITLE.exec(title)?.groups ?? {}
      if (first !== letter)
        faults.push(`${file}: "${title}" is not "${letter}<number>. Given ..., when ..., then ...[; differs: ...]"`)
      else if (cases.has(Number(number))) faults.push(`${file}: ${letter}${number} has a second test`)
      else cases.set(Number(number), { ...parts, title, file })
    }
  }
  return cases
}

/** Checks a folder and, unless told otherwise, writes its table. Answers what is wrong. */
function handle(letter, folder) {
  const faults = []
  const cases = casesOf(letter, folder, faults)
  const numbers = JSON.parse(readFileSync(join(folder, 'case-numbers.json'), 'utf8'))
  for (const number of numbers) if (!cases.has(number)) faults.push(`${letter}${number} has no test`)
  for (const number of cases.keys()) if (!numbers.includes(number)) faults.push(`${letter}${number} is not in case-numbers.json`)
  if (faults.length > 0) return faults
  const sorted = [...cases].toSorted(([a], [b]) => a - b)
  const table = `${JSON.stringify(Object.fromEntries(sorted.map(([number, one]) => [`${letter}${number}`, one])), null, 2)}\n`
  const path = join(folder, 'cases.json')
  if (!isCheck) writeFileSync(path, table)
  else if (readFileSync(path, 'utf8') !== table) return [`${letter}: cases.json is not what the titles say: npm run cases`]
  return []
}

const letters = only === undefined ? Object.keys(FOLDERS) : [only]
const faults = letters.flatMap((letter) => handle(letter, elsewhere ?? join(root, FOLDERS[letter])))
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`)
  process.exitCode = 1
}
