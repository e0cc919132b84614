// Chicago Boss's cases of services that end, B27 to B31, in virtual time. Each title starts with its number; what is not as in
// Chicago Boss says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AnyPid, BadReturnError, isCrash, send, supervisor, whereis } from 'gensock'
import { type Boss, type BossOptions, type Service, services } from 'gensock/chicago-boss'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { linked } from '../../linked.js'
import { as, type Recorded, recorded, steps } from './case-world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const MODES = ['replay', 'faithful'] as const
const NAMES = ['myapp_left_websocket', 'myapp_middle_websocket', 'myapp_right_websocket'] as const
type Three<T> = readonly [left: T, middle: T, right: T]
interface Street {
  readonly boss: Boss
  readonly houses: Three<Recorded>
  readonly sockets: Three<FakeTransport>
}
const each = <T>(make: (index: 0 | 1 | 2) => T): Three<T> => [make(0), make(1), make(2)]
const pids = (): Three<AnyPid | undefined> => node.run(() => each((index) => whereis(NAMES[index])))
const router = async (boss: Boss): Promise<unknown> =>
  (await node.run(() => supervisor.whichChildren(boss.pid))).find(({ id }) => id === 'router')?.pid

/** Three services, each with a socket that has joined. The one in the middle follows the script. */
async function street(script: Partial<Service<any>>, options: BossOptions = {}): Promise<Street> {
  const houses = each((index) => recorded(index === 1 ? script : {}))
  const modules = Object.fromEntries(houses.map(({ module }, index) => [NAMES[index], module]))
  const boss = await services(modules, { node, ...options })
  const sockets = each((index) => fakeTransport(node, boss.routes[index] as Boss['routes'][0], as('ann')))
  await node.settle()
  return { boss, houses, sockets }
}
const crashing: Partial<Service<number>> = {
  handleIncoming(_url, _webSocket, message, n) {
    if (message === 'crash') throw new Error('on purpose')
    return message === 'stop' ? ['stop', 'normal', n + 1] : ['noreply', n]
  },
}

describe('services that end', () => {
  test('B27. Given three services, when a callback of one throws, then it alone is started again; differs: in Chicago Boss the router and all services are, without the terminate of the others, as with faithful', async () => {
    for (const restart of MODES) {
      const { boss, houses, sockets } = await street(crashing, { restart })
      const [before, routerBefore] = [pids(), await router(boss)]
      node.expectCrash(/on purpose/)
      sockets[1].send('crash')
      await node.settle()
      const stayed = pids().map((pid, index) => pid?.equals(before[index] as AnyPid))
      const isSameRouter = (await router(boss)) === routerBefore
      expect([...stayed, isSameRouter]).toEqual(restart === 'replay' ? [true, false, true, true] : [false, false, false, false])
      for (const socket of sockets) socket.send('still here')
      await node.settle()
      const [left, middle, right] = houses.map(({ calls }) => calls.slice(2))
      const [crash, ...rest] = middle?.slice(1) ?? []
      expect([crash?.[0], crash?.at(-1)]).toEqual(['terminate', 1])
      const init = ['init', undefined]
      const incoming = (n: number) => ['incoming', 'ann', 'still here', n]
      const others = restart === 'replay' ? [incoming(1)] : [init, incoming(0)]
      expect([left, right]).toEqual([others, others])
      expect(rest).toEqual(restart === 'replay' ? [init, ['join', 'ann', 0], incoming(1)] : [init, incoming(0)])
      expect(sockets.map(({ closed }) => closed)).toEqual([undefined, undefined, undefined])
      await supervisor.stop(boss.pid)
    }
  })

  test('B29. Given a callback that returns ok, when it has run, then the service crashes, and terminate hears why with the state before it; differs: the reason says what may be returned, and is not {{try_clause, ok}, _}', async () => {
    const bad = (): any => 'ok'
    let joins = 0
    const provoked: Readonly<Record<string, (socket: FakeTransport, boss: Boss) => unknown>> = {
      handleJoin: (_socket, { routes }) => fakeTransport(node, routes[1] as Boss['routes'][0], as('bob')),
      handleIncoming: (socket) => socket.send('x'),
      handleClose: (socket) => socket.close(),
      handleBroadcast: (_socket, boss) => boss.broadcast(NAMES[1], 'x'),
      handleInfo: () => node.run(() => send(NAMES[1], 'x')),
    }
    const second = (_url: string, _webSocket: unknown, n: number): any => (++joins === 2 ? 'ok' : ['noreply', n + 1])
    for (const restart of MODES) {
      for (const [name, provoke] of Object.entries(provoked)) {
        joins = 0
        const script = name === 'handleJoin' ? { handleJoin: second } : { [name]: bad }
        const { boss, houses, sockets } = await street(script, { restart })
        const allowed = `${NAMES[1]}: ${name} must return ['noreply', state], ['noreply', state, timeoutMs] or ['stop', reason, state], got 'ok'`
        node.expectCrash(new RegExp(allowed.replaceAll(/[[\]]/g, String.raw`\$&`)))
        provoke(sockets[1], boss)
        await node.settle()
        const [, , reason, state] = houses[1].calls.find(([callback]) => callback === 'terminate') as readonly any[]
        expect([isCrash(reason), reason.value, reason.error.message]).toEqual([
          true,
          ['bad_return_value', 'ok'],
          linked('GENSOCK_ERR_BAD_RETURN', allowed),
        ])
        expect(reason.error).toBeInstanceOf(BadReturnError)
        expect([state, steps(houses[1]).filter((step) => step === 'init')]).toEqual([1, ['init', 'init']])
        await supervisor.stop(boss.pid)
      }
    }
    node.expectCrash(/init must return/)
    const starting = services({ [NAMES[1]]: () => ({ init: bad }) }, { node })
    await expect(starting).rejects.toMatchObject({ code: 'GENSOCK_ERR_START', reason: { value: ['bad_return_value', 'ok'] } })
  })

  test('B30. Given a callback that answers {stop, normal, S}, when it has run, then terminate gets normal and S, the service is started again, and its sockets stay open; differs: in Chicago Boss all services are started again, as with faithful', async () => {
    for (const restart of MODES) {
      const { boss, houses, sockets } = await street(crashing, { restart })
      const before = pids()
      sockets[1].send('stop')
      sockets[1].send('after it')
      await node.settle()
      const after = ['incoming', 'ann', 'after it', 1]
      expect(houses[1].calls.slice(3)).toEqual([
        ['terminate', undefined, 'normal', 2],
        ['init', undefined],
        // In Chicago Boss what waits for a service is lost with it, and nobody joins again.
        ...(restart === 'replay' ? [['join', 'ann', 0], after] : []),
      ])
      const stayed = pids().map((pid, index) => pid?.equals(before[index] as AnyPid))
      expect(stayed).toEqual(restart === 'replay' ? [true, false, true] : [false, false, false])
      const others = restart === 'replay' ? ['init', 'join ann'] : ['init', 'join ann', 'init']
      expect([steps(houses[0]), steps(houses[2])]).toEqual([others, others])
      expect(sockets.map(({ closed }) => closed)).toEqual([undefined, undefined, undefined])
      await supervisor.stop(boss.pid)
    }
    expect(node.crashes).toEqual([])
  })

  test('B31. Given a service that has crashed 10 times, when it crashes for the 11th time within 5 s, then it is given up, its sockets close with 1011, and new ones get 503, while the others go on; differs: in Chicago Boss it is within 10 s, and all services are given up, as with faithful', async () => {
    for (const restart of MODES) {
      const { boss, houses, sockets } = await street(crashing, { restart })
      // 11 s are long enough for either.
      for (let crash = 0; crash < 21; crash++) {
        node.expectCrash(/on purpose/)
        sockets[1].send('crash')
        await node.advance(crash < 10 ? 1100 : crash === 10 ? 11_000 : 0)
      }
      expect(sockets.map(({ closed }) => closed)).toEqual([undefined, undefined, undefined])
      node.expectCrash(/on purpose/)
      const counts = houses.map(({ calls }) => calls.length)
      sockets[1].send('crash')
      await node.settle()
      const given = (index: number, value: unknown): unknown => (index === 1 || restart === 'faithful' ? value : undefined)
      expect(sockets.map(({ closed }) => closed)).toEqual([0, 1, 2].map((index) => given(index, ['close', 1011])))
      const late = boss.routes.map((route) => fakeTransport(node, route, as('late')))
      await node.settle()
      for (const name of NAMES) boss.broadcast(name, 'is taken in silence')
      await node.settle()
      const answers = late.map(({ handshake }) => (handshake?.[0] === 'reject' ? handshake[1] : undefined))
      expect(answers).toEqual([0, 1, 2].map((index) => given(index, 503)))
      const more = restart === 'replay' ? ['join late', 'broadcast'] : []
      const last = ['incoming ann', 'terminate']
      expect(houses.map((house, index) => steps(house).slice(counts[index]))).toEqual([more, last, more])
      if (restart === 'replay') await supervisor.stop(boss.pid)
      expect(pids()).toEqual([undefined, undefined, undefined])
    }
  })
})
