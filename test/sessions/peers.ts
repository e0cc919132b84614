// What the tests of a page's process do with sockets: open, attach, cut, and put messages into the queue.
import { page, type PagePid } from 'gensock/session'
import { type FakeTransport, fakeTransport, type TestNode } from 'gensock/testing'
import { silent } from './world.js'

export interface Peers {
  readonly open: () => Promise<FakeTransport>
  readonly attach: (socket: FakeTransport, ack?: number, kind?: 'websocket' | 'comet') => Promise<void>
  readonly attached: (ack?: number, kind?: 'websocket' | 'comet') => Promise<FakeTransport>
  readonly add: (...messages: readonly string[]) => Promise<void>
  readonly cut: (socket: FakeTransport) => Promise<void>
}

/** `at`: the node and the page of the test that runs. */
export function peersOf(at: () => { readonly node: TestNode; readonly pid: PagePid }): Peers {
  async function open(): Promise<FakeTransport> {
    const socket = fakeTransport(at().node, silent, { idleTimeoutMs: 0, pingIntervalMs: 0 })
    await at().node.settle()
    return socket
  }
  async function attach(socket: FakeTransport, ack?: number, kind: 'websocket' | 'comet' = 'websocket'): Promise<void> {
    page.attach(at().pid, socket.pid, ack === undefined ? { kind } : { kind, ack })
    await at().node.settle()
  }
  return {
    open,
    attach,
    async attached(ack, kind) {
      const socket = await open()
      await attach(socket, ack, kind)
      return socket
    },
    async add(...messages) {
      for (const data of messages) page.add(at().pid, data)
      await at().node.settle()
    },
    async cut(socket) {
      socket.cut()
      await at().node.settle()
    },
  }
}
