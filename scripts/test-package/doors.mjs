// What each door of the package loads: packages of others as in the table, and no others; few files; functions and classes by the names
// that they have in src. Entered by test-package.mjs.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { report } from './report.mjs'
import { need } from './run.mjs'

/** Packages that a door loads. */
const LOADS = {
  gensock: [],
  'gensock/socket': ['cookie', 'ws', 'xstate'],
  'gensock/cowboy': [],
  'gensock/session': ['cookie', 'xstate'],
  'gensock/zotonic': ['cookie', 'xstate'],
  'gensock/bullet': [],
  'gensock/chicago-boss': ['cookie'],
  'gensock/protocol': [],
  'gensock/client': [],
  'gensock/testing': ['xstate'],
  'gensock/testing/jest': [],
  'gensock/xstate': ['xstate'],
}
/** It needs a package that neither project has: see protocol.mjs. */
const APART = 'gensock/msgpack'
/** Of the library itself, for any door: Node takes its time for each file. */
const MAX_FILES = 25

export async function checkDoors(nodes, { esm, commonjs }) {
  const { exports } = JSON.parse(readFileSync(`${esm}/node_modules/gensock/package.json`, 'utf8'))
  const doors = Object.entries(exports)
    .flatMap(([door, to]) => (typeof to === 'object' ? [door.replace('.', 'gensock')] : []))
    .filter((door) => door !== APART)
  const known = Object.keys(LOADS)
  report(
    `${doors.length} doors, all in the table of doors.mjs`,
    isDeepStrictEqual(doors, known),
    `${doors.join(', ')}\n${known.join(', ')}`,
  )
  for (const { name, binary } of nodes) {
    await check(`${name}: import`, binary, 'door.mjs', esm, doors)
    await check(`${name}: require`, binary, 'door.cjs', commonjs, doors)
  }
}

async function check(how, binary, program, project, doors) {
  const seen = await Promise.all(doors.map(async (door) => opened(door, await need(door, binary, [program, door], project))))
  const wrong = seen.filter(({ ok }) => !ok)
  const files = seen.map(({ door, files }) => `${door} ${files}`).join(', ')
  report(`${how}: each door loads what the table says; files: ${files}`, wrong.length === 0, JSON.stringify(wrong, undefined, 2))
}

function opened(door, printed) {
  const { files, packages, names } = JSON.parse(printed)
  const ok = isDeepStrictEqual(new Set(packages), new Set(LOADS[door])) && files <= MAX_FILES && names.length === 0
  return { door, files, packages, names, ok }
}
