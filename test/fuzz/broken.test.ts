// The fuzz finds what it is for: some of the servers that are broken on purpose. All of them: `npm run fuzz -- --broken`.
import { expect, test } from '@jest/globals'
import { BROKEN, findsOut } from './broken.js'
import { fuzz } from './run.js'
import { startTarget } from './target.js'

test.each([
  ['text is not checked for UTF-8', /frames: .*(1007|message)/],
  ['a reset during the handshake ends the program', /uncaught: Error: (read|write) ECONNRESET/],
])(
  '%s: found out',
  async (name, found) => {
    const broken = BROKEN.find((one) => one.name === name)
    expect(broken).toBeDefined()
    if (broken !== undefined) expect(await findsOut(broken, 3)).toMatch(found)
  },
  60_000,
)

test('timers, an interval and a listener that each socket leaves behind are all named', async () => {
  const mutation = {
    file: 'src/sockets/connection.ts',
    from: 'this.#keepalive?.stop()',
    to: "setInterval(() => undefined, 1e8); process.setMaxListeners(0).on('beforeExit', () => undefined)",
  }
  const kinds = ['frames'] as const
  const { findings } = await fuzz({ seed: 3, inputs: 100, kinds, mutation, narrows: false, settleMs: 1500 })
  expect(findings).toHaveLength(1)
  expect(findings[0]?.faults.toSorted()).toEqual([
    expect.stringMatching(/^not given back: handles Timeout 0 -> \d\d+$/),
    expect.stringMatching(/^not given back: listeners process beforeExit 0 -> \d\d+$/),
    expect.stringMatching(/^not given back: timers 0 -> \d\d+$/),
  ])
}, 60_000)

test('a server that loops for ever is ended, and that is a fault', async () => {
  const mutation = { file: 'test/fuzz/server.ts', from: 'const left = await settled()', to: 'for (;;);' }
  const target = await startTarget(mutation, 100, 300)
  try {
    expect(await target.report()).toBeUndefined()
    expect(target.hasEnded).toBe(true)
    expect(target.faults).toEqual(['the server does not answer, after 300 ms it has been ended: '])
  } finally {
    await target.stop()
  }
}, 30_000)
