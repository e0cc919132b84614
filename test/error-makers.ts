// For each code an error, made as a program makes it. What differs from run to run and from machine to machine is left out of its message,
// as on the page of the code in docs/errors.
import {
  type Crash,
  defineServer,
  type ErrorCode,
  genServer,
  type GensockError,
  self,
  send,
  sendAfter,
  spawn,
  spawnProcess,
  unwrap,
} from 'gensock'
import { defineProtocol, toGroup } from 'gensock/protocol'
import { json, listen } from 'gensock/socket'
import { simulate, testNode, type TestNode } from 'gensock/testing'
import { createMachine } from 'xstate'
import { z } from 'zod'
import { compileChart } from '../src/machines/chart.js'

export const MAKERS: Readonly<Record<ErrorCode, () => Promise<GensockError>>> = {
  GENSOCK_ERR_BADARG: () => thrownOn(() => sendAfter(-1, 'clock', 'tick')),
  GENSOCK_ERR_UNKNOWN_OPTION: () => thrownOn(() => spawn(() => undefined, { nme: 'bob' } as object)),
  GENSOCK_ERR_NOPROC: () => thrownOn(() => send('bob', 'hello')),
  GENSOCK_ERR_NO_SELF: () => thrownOn(() => self()),
  GENSOCK_ERR_NAME_TAKEN: () =>
    thrownOn(() => {
      spawn((bob) => bob.receive(), { name: 'bob' })
      spawn((bob) => bob.receive(), { name: 'bob' })
    }),
  GENSOCK_ERR_BAD_RETURN: () =>
    thrownOn(async (node) => {
      const ended = new Promise<Crash>((resolve) => node.onExit((_pid, reason) => resolve(reason as Crash)))
      node.expectCrash(['bad_return_value', 6])
      const sum = spawnProcess({ init: () => 0, message: (n: number, state: number) => (state + n) as never })
      send(sum, 6)
      await node.settle()
      throw (await ended).error
    }),
  GENSOCK_ERR_BAD_FRAME: () => thrownOn(() => json(undefined)),
  GENSOCK_ERR_BAD_MESSAGE: () =>
    thrownOn(() => {
      const line = z.object({ line: z.string() })
      const news = defineProtocol({ version: 'news.1', toServer: {}, toClient: { messages: { line } } })
      toGroup(news, 'readers').line({ line: 7 as never })
    }),
  GENSOCK_ERR_CALL: () =>
    thrownOn(async (node) => {
      const busy = spawn((process) => process.sleep(1000))
      const answer = node.call(busy, 'how are you', 20)
      await node.advance(20)
      await answer
    }),
  GENSOCK_ERR_START: () =>
    thrownOn(async (node) => {
      node.expectCrash('no database')
      unwrap(await genServer.start({ init: () => ['stop', 'no database'] }))
    }),
  GENSOCK_ERR_NO_CLAUSE: () =>
    thrownOn(async (node) => {
      node.expectCrash('function_clause')
      const get = (_request: object, _from: unknown, n: number) => ['reply', n, n] as const
      const pid = unwrap(
        await genServer.start(defineServer<number>()({ init: (n: number) => ['ok', n], handleCall: { get } }), 5),
      )
      await node.call(pid as never, { type: 'gte' }).catch((error: Error) => {
        throw error.cause
      })
    }),
  GENSOCK_ERR_LISTEN: () =>
    thrownOn(async (node) => {
      const { port } = await listen({ port: 0, host: '127.0.0.1', routes: [], node })
      await listen({ port, host: '127.0.0.1', routes: [], node })
    }),
  GENSOCK_ERR_UNEXPECTED_CRASH: () =>
    thrownOn(async () => {
      const node = testNode()
      node.spawn(() => {
        throw new Error('boom')
      })
      await node.stop()
    }),
  GENSOCK_ERR_LEFTOVER: () =>
    thrownOn(async () => {
      const node = testNode({ leftovers: 'error' })
      node.spawn((process) => process.receive())
      await node.stop()
    }),
  GENSOCK_ERR_SIMULATION: () =>
    thrownOn(() =>
      simulate(7, async (node) => {
        node.spawn((process) => process.sleep(5))
        await node.settle()
        throw new Error('no answer')
      }),
    ),
  GENSOCK_ERR_BAD_CHART: () =>
    thrownOn(() => compileChart(createMachine({ id: 'door', context: { n: 1 }, initial: 'shut', states: { shut: {} } }))),
}

/** What `run` throws on a node of its own. */
async function thrownOn(run: (node: TestNode) => unknown): Promise<GensockError> {
  const node = testNode()
  try {
    await node.run(() => run(node))
  } catch (error) {
    const { message } = error as GensockError
    return Object.assign(error as GensockError, {
      message: message
        .replaceAll(/(?:^ {4}at .*\n?)+/gm, '    at ...')
        .replace(/ made at .*/, ' made at ...')
        .replace(/port \d+/, 'port 8080'),
    })
  } finally {
    await node.stop()
  }
  throw new Error('nothing was thrown')
}
