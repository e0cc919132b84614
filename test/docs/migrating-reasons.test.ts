// Holds the tables of reasons in the migration pages to what handlers of Zotonic and services of Chicago Boss hear. In virtual time.
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, send } from 'gensock'
import { type ServiceModule, services, type WebSocketPid } from 'gensock/chicago-boss'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { controllerWebsocket, dispatch, type WsHandler } from 'gensock/zotonic'
import { codeOf, type Row, tableOf } from './tables.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const rowsOf = (page: string, first: string): (readonly [string, Row])[] =>
  tableOf(`docs/migrating-from-${page}.md`, first).rows.map((row) => [row.cells[0] as string, row] as const)
/** What stands in a cell, as values. */
const valuesOf = (cell: string | undefined): unknown[] => codeOf(cell).map((code) => runInNewContext(`(${code})`) as unknown)
type Act = (socket: FakeTransport) => void
const cut: Act = (socket) => socket.cut()

describe('what a handler of Zotonic hears', () => {
  /** In the order of the causes of each line. */
  const ACTS: readonly (readonly Act[])[] = [
    [(socket) => socket.close(1000, 'bye'), cut],
    [
      (socket) => {
        socket.bufferedBytes = 1
        socket.cut()
      },
    ],
    [(socket) => socket.send('throw')],
  ]

  test.each(rowsOf('zotonic', '`Reason`').map(([what, row], index) => [what, row, index] as const))(
    '%s',
    async (_what, { cells }, index) => {
      const [reason] = valuesOf(cells[1])
      for (const [at, act] of (ACTS[index] as readonly Act[]).entries()) {
        const heard: unknown[] = []
        const wsHandler: WsHandler = {
          websocketInit: () => undefined,
          websocketMessage: () => {
            throw 'boom'
          },
          websocketInfo: () => undefined,
          websocketTerminate: (reason, _context, cause) => heard.push(reason, cause),
        }
        const { routes } = dispatch([['ws', ['ws'], controllerWebsocket, { wsHandler, requireSession: false, noSession: true }]])
        const socket = fakeTransport(node, routes[0] as (typeof routes)[0])
        await node.settle()
        act(socket)
        await node.settle()
        expect(heard).toEqual([reason, valuesOf(cells[2])[at]])
        if (index === 2) node.expectCrash()
      }
    },
  )
})

describe('what a service of Chicago Boss hears', () => {
  const ACTS: Readonly<Record<string, readonly Act[]>> = {
    '`{remote, Code, Text}`': [(socket) => socket.close(1000, 'bye')],
    '`{remote, closed}`': [(socket) => socket.close()],
    '`{normal, timeout}`': [() => undefined],
    '`{normal, shutdown}`': [(socket) => node.run(() => send(socket.pid as WebSocketPid, ['close', 4000, 'bye']))],
    '`{error, closed}`': [cut],
    '`{error, badencoding}`, `{error, badframe}`': [(socket) => socket.fail('badencoding'), (socket) => socket.fail('badframe')],
    '`{error, atom()}`': [(socket) => socket.fail('badsize'), (socket) => node.run(() => exit(socket.pid, 'kill'))],
  }

  test.each(rowsOf('chicago-boss', '`terminate_reason()`'))('%s', async (what, { cells }) => {
    const heard: unknown[] = []
    const module: ServiceModule<null> = () => ({
      init: () => ['ok', null],
      handleClose(reason) {
        heard.push(reason)
        return ['noreply', null]
      },
    })
    const boss = await services({ my_spy_websocket: module }, { node, route: { idleTimeoutMs: 1000 } })
    for (const act of ACTS[what] as readonly Act[]) {
      const socket = fakeTransport(node, boss.routes[0])
      await node.settle()
      act(socket)
      await node.advance(what === '`{normal, timeout}`' ? 1000 : 0)
      await node.settle()
    }
    expect(heard).toEqual(valuesOf(cells[1]))
  })
})
