// The soak finds what it is for: a server with a leak of several kinds runs for a moment, and each of them is named; what
// does not leak is not.
import { beforeAll, expect, test } from '@jest/globals'
import { build } from './programs.js'
import { type Soak, soak } from './run.js'
import { leftOvers, verdict } from './verdict.js'

/** Texts of the server's program, as esbuild writes it. */
const LEAKS = [
  // A process is not ended with the socket that it belongs to.
  { from: /terminate: \(_reason, state, (self\d*)\) => \1\.exit\(state, "shutdown"\)/, to: 'terminate: () => void 0' },
  // The library does not drop the timers of a process that ends.
  { from: /dropAll\(target\d*\) \{/, to: '$& return;' },
  // A listener of each socket is never taken away.
  { from: /pg\.join\(room, self\d*\.pid\);/, to: '$& process.on("SIGUSR2", () => room);' },
  // A handle of each socket is never closed.
  { from: /websocketInfo: \(late, n\) =>/, to: 'websocketInit: (n) => (setInterval(() => n, 1e6), [[], n]),\n  $&' },
]

let done: Soak
let lines: string[]
beforeAll(async () => {
  done = await soak({ seconds: 1.5, seed: 1, warms: false, workers: 30, restSeconds: 4, changes: LEAKS })
  lines = verdict(done.marks, done.load, done.errors)
}, 60_000)

test.each([
  ['a process that is not ended', /^processes: \d+ at the start, \d+ at the end$/],
  ['timers of processes that have ended', /^timers: 16 at the start, \d+ at the end$/],
  ['a listener that is not removed', /^listeners process SIGUSR2: 0 at the start, \d+ at the end$/],
  ['a handle that is not closed', /^handles Timeout: 1 at the start, \d+ at the end$/],
  ['what Node warns of', /^stderr: .*MaxListenersExceededWarning/],
])('%s is named', (_what, line) => {
  expect(lines).toContainEqual(expect.stringMatching(line))
})

test('nothing else is: neither sockets, connections, groups and names, nor an answer', () => {
  const { sample } = done.marks.at(-1) as Soak['marks'][number]
  expect(leftOvers((done.marks[0] as Soak['marks'][number]).sample, sample)).toHaveLength(4)
  expect([sample.open, sample.connections, sample.groups, sample.names]).toEqual([0, 0, 0, 10])
  expect(lines.filter((line) => line.startsWith('answers'))).toEqual([])
  expect(done.load.losses).toEqual([])
})

test('a text that is not in the program is no leak: it is refused', async () => {
  const sources = { server: 'test/soak/server/main.ts' }
  expect(() => build(sources, [{ from: /no such text/, to: '' }])).toThrow('the program has 0 times: no such text')
})
