// A listener under a supervisor and in an application: started, drained, started again. Real sockets.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, type Node, silentLogger, supervisor, unwrap } from 'gensock'
import { type Listener, listen, listenerChild, type ListenOptions, route, type SocketHandler } from 'gensock/socket'
import { WebSocket } from 'ws'

let node: Node
beforeEach(() => {
  node = createNode({ logger: silentLogger })
})
afterEach(() => node.stop())

const echo: SocketHandler<null> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
const options: ListenOptions = { port: 0, host: '127.0.0.1', routes: [route('/ws', echo)] }
async function client(port: number): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`)
  await once(ws, 'open')
  return ws
}

describe('under a supervisor', () => {
  async function started(more: Partial<ListenOptions> = {}) {
    const made: Listener[] = []
    let port = 0
    let again: () => void = () => undefined
    const madeAgain = new Promise<void>((resolve) => (again = resolve))
    const web = listenerChild('web', async () => {
      const listener = await listen({ ...options, ...more, port })
      port = listener.port
      if (made.push(listener) === 2) again()
      return listener
    })
    const top = unwrap(await node.run(() => supervisor.start({ children: [web] })))
    return { made, top, madeAgain }
  }

  test('it is a child of type supervisor, linked to it', async () => {
    const { made, top } = await started()
    expect(await node.run(() => supervisor.whichChildren(top))).toEqual([{ id: 'web', pid: made[0]?.pid, type: 'supervisor' }])
    expect(node.processInfo(top)?.links).toContain(made[0]?.pid)
  })

  test('the end of the supervisor drains it', async () => {
    const { made, top } = await started()
    const listener = made[0] as Listener
    const ws = await client(listener.port)
    const closed = once(ws, 'close')
    await node.run(() => supervisor.stop(top, 'shutdown'))
    expect((await closed)[0]).toBe(1012)
    expect([listener.ready, node.isAlive(listener.pid)]).toEqual([false, false])
    const refused = connect(listener.port, '127.0.0.1')
    expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
  })

  test('killed, it is started again on the same port', async () => {
    const { made, madeAgain } = await started()
    const first = made[0] as Listener
    const { port } = first
    const ws = await client(first.port)
    node.exit(first.pid, 'kill')
    expect((await once(ws, 'close'))[0]).toBe(1001)
    await madeAgain
    const again = await client(port)
    again.send('hello')
    expect(String((await once(again, 'message'))[0])).toBe('hello')
    expect([made.length, made[1]?.ready, made[1]?.port]).toEqual([2, true, port])
    again.terminate()
  })

  test('a supervisor that is killed does not leave it behind', async () => {
    const { made, top } = await started()
    const listener = made[0] as Listener
    const ws = await client(listener.port)
    node.exit(top, 'kill')
    expect((await once(ws, 'close'))[0]).toBe(1012)
    expect(listener.ready).toBe(false)
  })

  test.each(['before the port is open', 'between the port and the answer'])(
    'a supervisor that is killed while the listener comes up, %s, leaves none behind',
    async (when) => {
      const made: Listener[] = []
      const gates: (() => void)[] = []
      const top = unwrap(await node.run(() => supervisor.start({ children: [] })))
      const wait = (): Promise<void> => new Promise((resolve) => gates.push(resolve))
      const web = listenerChild('web', async () => {
        if (when.startsWith('before')) await wait()
        made.push(await listen({ ...options, node }))
        if (when.startsWith('between')) await wait()
        return made[0] as Listener
      })
      const started = node.run(() => supervisor.startChild(top, web)).catch((error: unknown) => error)
      while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve))
      node.exit(top, 'kill')
      expect(await started).toMatchObject({ code: 'GENSOCK_ERR_CALL' })
      gates[0]?.()
      while (made.length === 0 || node.isAlive((made[0] as Listener).pid)) await new Promise((resolve) => setImmediate(resolve))
      const { port, ready } = made[0] as Listener
      expect([port, ready]).toEqual([0, false])
    },
  )

  test('a port that is taken fails the start, with the reason', async () => {
    const { made } = await started()
    const taken = listenerChild('again', () => listen({ ...options, port: (made[0] as Listener).port }))
    const [tag, reason] = await node.run(() => supervisor.start({ children: [taken] }))
    expect([tag, JSON.stringify(reason)]).toEqual(['error', expect.stringContaining('failed_to_start_child')])
  })

  test.each([
    ['no function', () => listenerChild('x', 1 as never), 'GENSOCK_ERR_BADARG'],
    ['an unknown option', () => listenerChild('x', () => listen(options), { drainMs: 1 } as never), 'GENSOCK_ERR_UNKNOWN_OPTION'],
  ])('%s is refused', (_name, make, code) => {
    expect(make).toThrow(expect.objectContaining({ code }))
  })

  test('a function that answers no listener fails the start', async () => {
    const bad = listenerChild('bad', () => ({}) as never)
    expect((await node.run(() => supervisor.start({ children: [bad] })))[0]).toBe('error')
  })
})

describe('in an application', () => {
  test('SIGTERM drains it: its sockets hear 1012, new ones 503, and the program ends with 0', async () => {
    const run = spawn(process.execPath, ['--import', 'tsx', 'test/transports/application-program.ts'], {
      env: { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json' }, // from the source: there may be no build
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ended = once(run, 'exit')
    try {
      const [line] = await once(createInterface(run.stdout), 'line')
      const port = Number(line)
      const [first, second] = [await client(port), await client(port)]
      const closed = Promise.all([once(first, 'close'), once(second, 'close')])
      first.send('term')
      await once(first, 'message')
      const late = new WebSocket(`ws://127.0.0.1:${port}/ws`)
      late.on('error', () => undefined)
      const [, response] = await once(late, 'unexpected-response')
      expect([response.statusCode, Number(response.headers['retry-after']) > 0]).toEqual([503, true])
      run.stdin.end() // what held the drain up
      expect((await closed).map(([code]) => code)).toEqual([1012, 1012])
      expect(await ended).toEqual([0, null])
    } finally {
      run.kill('SIGKILL')
    }
  })
})
