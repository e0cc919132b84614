// The package of the peers, as far as it can be seen without installing it: CI does not.
import { readFileSync } from 'node:fs'
import { expect, jest, test } from '@jest/globals'
import { runBench } from './run-bench.js'

jest.setTimeout(40_000)

interface Package {
  readonly name: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly resolved?: string; readonly integrity?: string }>
  >
}
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
const root = read('package.json') as Package
const peers = read('bench/peers/package.json') as Package
const lock = read('bench/peers/package-lock.json') as Lock
const PROGRAM = ['peers/actors.mjs', 'bench/peers/actors.mjs'] as const

test('the package of the peers is private and names exact versions', () => {
  expect(peers.private).toBe(true)
  expect(Object.keys(peers.dependencies ?? {})).toEqual(['comedy', 'nact', 'socket.io', 'xstate'])
  for (const version of Object.values(peers.dependencies ?? {})) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})

test('the library names none of them but xstate, which its user brings', () => {
  const named = Object.keys({
    ...root.dependencies,
    ...root.devDependencies,
    ...root.peerDependencies,
    ...root.optionalDependencies,
  })
  expect(named.filter((name) => peers.dependencies?.[name] !== undefined)).toEqual(['xstate'])
  expect(Object.keys(root.dependencies ?? {})).not.toContain('xstate')
  expect(peers.dependencies?.xstate).toBe(root.devDependencies?.xstate)
})

test('their lockfile has the same versions, a checksum for each package, and no address of a registry', () => {
  const { '': self, ...packages } = lock.packages
  expect(self).toMatchObject({ dependencies: peers.dependencies })
  for (const [name, version] of Object.entries(peers.dependencies ?? {}))
    expect(packages[`node_modules/${name}`]?.version).toBe(version)
  for (const entry of Object.values(packages)) {
    expect(entry.integrity).toMatch(/^sha512-/)
    expect(entry.resolved).toBeUndefined()
  }
})

test.each([
  [
    '--only',
    'ping_pong,nonsense',
    /^peers: no program nonsense; there are spawn_exit, .*supervisor_restart\nusage: node actors\.mjs /,
  ],
  ['--peer', 'akka', /^peers: no peer akka; there are xstate, nact, comedy\nusage: /],
])('%s with an unknown name fails with the names that there are, before any peer is loaded', async (flag, name, says) => {
  const [file, made] = PROGRAM
  const { code, stdout, stderr } = await runBench(file, [flag, name], made).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(says)
})
