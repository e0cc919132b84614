// Processes, a machine and a socket, as a user of CommonJS tests them: with Jest's globals, and no line for a compiler.
const { once } = require('node:events')
const { genServer } = require('gensock')
const { listen, route, text } = require('gensock/socket')
const { testNode } = require('gensock/testing')
const { matchers } = require('gensock/testing/jest')
const { machineServer } = require('gensock/xstate')
const { WebSocket } = require('ws')
const { createMachine } = require('xstate')

expect.extend(matchers)

const counter = {
  init: (count) => ['ok', count],
  handleCall: { add: ({ by }, _from, count) => ['reply', count + by, count + by] },
  handleCast: {
    crash() {
      throw new TypeError('on purpose')
    },
  },
}

describe('on a test node', () => {
  let node
  beforeEach(() => {
    node = testNode()
  })
  afterEach(() => node.stop())

  test('a server counts, and ends when it is told to', async () => {
    const [, pid] = await node.run(() => genServer.start(counter, 40))
    expect(await node.run(() => genServer.call(pid, { type: 'add', by: 2 }))).toBe(42)
    expect(pid).toBeAlive()
    await node.run(() => genServer.stop(pid))
    await expect(pid).toExitWith('normal')
  })

  test('a crash is an end with its error', async () => {
    const [, pid] = await node.run(() => genServer.start(counter, 0))
    node.expectCrash(/on purpose/)
    genServer.cast(pid, { type: 'crash' })
    await expect(pid).toExitWith(expect.objectContaining({ error: expect.any(TypeError) }))
  })

  test('time is turned', async () => {
    const probe = node.probe()
    node.spawn(async (self) => {
      await self.sleep(60_000)
      self.send(probe.pid, { type: 'awake' })
    })
    await node.advance(59_999)
    expect(probe).not.toHaveReceived()
    await node.advance(1)
    expect(probe).toHaveReceived({ type: 'awake' })
  })

  test('a machine goes through its states', async () => {
    const light = createMachine({ initial: 'red', states: { red: { after: { 1000: 'green' } }, green: { type: 'final' } } })
    const [, pid] = await node.run(() => machineServer.start(light))
    await node.advance(1000)
    await expect(pid).toExitWith('normal')
  })
})

test('a socket over a real connection', async () => {
  const handler = { init: () => ['ok', 1], handle: ([, said], n) => ['push', text(`${n} ${said}`), n + 1] }
  const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', handler)] })
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/ws`)
  await once(client, 'open')
  client.send('hello')
  const [data] = await once(client, 'message')
  expect(String(data)).toBe('1 hello')
  client.close(1000)
  await once(client, 'close')
  await listener.drain({ deadlineMs: 1000 })
})
