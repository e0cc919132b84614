// What the examples of each door take for granted, beside what the doors export.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as gensock from 'gensock'
import * as boss from 'gensock/chicago-boss'
import type { BulletHandler } from 'gensock/bullet'
import * as bullet from 'gensock/bullet'
import * as client from 'gensock/client'
import * as cowboy from 'gensock/cowboy'
import * as msgpack from 'gensock/msgpack'
import * as protocol from 'gensock/protocol'
import * as session from 'gensock/session'
import * as socket from 'gensock/socket'
import * as testing from 'gensock/testing'
import * as machines from 'gensock/xstate'
import * as zotonic from 'gensock/zotonic'
import * as xstate from 'xstate'
import { z } from 'zod'
import { FakeWorld } from '../client/world.js'
import type { Names } from './examples.js'
import { givenOf } from './given-gensock.js'

/** What a door's examples need. */
export interface Given {
  before(self: gensock.Receiver<any>, example: Example): Names | Promise<Names>
  /** Takes back what `before` has done outside of any node. */
  after?(): void
  /** Where the example runs, if not on the default node. */
  on?(example: Example): gensock.Node | undefined
}
/** The export that it stands at, and its lines. */
export interface Example {
  readonly title: string
  readonly file: string
  readonly code: string
}

export const echo: socket.SocketHandler<null> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
export const light = xstate.createMachine({
  initial: 'red',
  states: { red: { on: { go: 'green' } }, green: { on: { stop: 'red' } } },
})
/** Bullet's README: a very simple handler. */
export const streamHandler: BulletHandler<number> = {
  init: (_transport, req) => ['ok', req, 0],
  stream: (data, req, state) => ['reply', data === 'ping' ? 'pong' : data, req, state],
  info: (_info, req, state) => ['ok', req, state],
  terminate: () => 'ok',
}
/** The contract of a chat, which the examples of both ends speak. */
export const chat = protocol.defineProtocol({
  version: 'chat.1',
  toServer: {
    messages: { say: z.object({ line: z.string() }) },
    calls: { history: { request: z.object({ last: z.number() }), reply: z.array(z.string()), errors: { tooMany: z.number() } } },
  },
  toClient: {
    messages: { said: z.object({ line: z.string() }) },
    calls: { areYouThere: { request: z.object({}), reply: z.boolean() } },
  },
})
export { z }
export let node: testing.TestNode
const onSockets = (more: Names = {}): Given => ({
  before: () => ({ ...gensock, ...socket, ...testing, createServer, node, echo, ...more }),
})
export const setNode = (made: testing.TestNode): void => void (node = made)

export const GIVEN: Readonly<Record<string, Given>> = {
  gensock: { before: async (self, example) => ({ ...gensock, ...(await givenOf(self, example)) }) },
  'gensock/socket': onSockets(),
  'gensock/testing': onSockets({ ...protocol, z }),
  'gensock/testing/jest': onSockets(),
  'gensock/bullet': onSockets({ ...bullet, streamHandler }),
  'gensock/cowboy': onSockets(cowboy),
  'gensock/zotonic': { before: () => ({ ...gensock, ...zotonic, createServer }) },
  'gensock/session': {
    async before() {
      const sessions = await session.startSessions({ node })
      const { session: visitor } = await sessions.ensure({}, { secure: true })
      return { ...gensock, ...session, ...socket, ...testing, node, echo, sessions, visitor }
    },
  },
  'gensock/chicago-boss': bossGiven(),
  'gensock/protocol': onSockets({ ...protocol, chat, z }),
  'gensock/msgpack': onSockets(msgpack),
  'gensock/client': clientGiven(),
  'gensock/xstate': machineGiven(),
}

function bossGiven(): Given {
  let folder: string | undefined
  const make = (): string => (folder = mkdtempSync(join(tmpdir(), 'websocket-')))
  return {
    before: () => ({ ...gensock, ...socket, ...testing, ...boss, mkdtempSync: make, join, tmpdir, writeFileSync, node }),
    after: () => folder !== undefined && rmSync(folder, { recursive: true, force: true }),
    // With sockets in virtual time, where their services are; any other example is a program on the default node.
    on: ({ code }) => (code.includes('fakeTransport') ? node : undefined),
  }
}

function clientGiven(): Given {
  const names = ['WebSocket', 'document'] as const
  const known = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const)
  const connections: { close(): void }[] = []
  const connect = ((...given: Parameters<typeof client.connect>) => {
    const connection = client.connect(...given)
    connections.push(connection)
    return connection
  }) as typeof client.connect
  return {
    before() {
      const { env } = new FakeWorld()
      for (const name of names) Object.defineProperty(globalThis, name, { value: env[name], configurable: true })
      return { connect, chat }
    },
    after() {
      for (const connection of connections.splice(0)) connection.close()
      for (const [name, value] of known) {
        if (value === undefined) Reflect.deleteProperty(globalThis, name)
        else Object.defineProperty(globalThis, name, value)
      }
    },
  }
}

function machineGiven(): Given {
  return {
    async before(self) {
      const pid = gensock.unwrap(await machines.machineServer.start(light))
      return { ...xstate, ...gensock, ...machines, light, pid, logger: self.pid, fetchPrice: async () => 12 }
    },
  }
}
