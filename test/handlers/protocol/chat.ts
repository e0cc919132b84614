// A contract for tests: a bit of each thing that a contract can have.
import { defineProtocol, type ProtocolOptions, protocolHandler, type ProtocolFrom } from 'gensock/protocol'
import { fakeTransport, type FakeTransport, type TestNode } from 'gensock/testing'
import { reply } from 'gensock'
import { z } from 'zod'

export const chat = defineProtocol({
  version: 'chat.1',
  toServer: {
    messages: { say: z.object({ line: z.string() }), ask: z.object({}), clear: z.undefined(), crash: z.string() },
    calls: {
      history: { request: z.object({ last: z.number() }), reply: z.array(z.string()), errors: { tooMany: z.number() } },
      later: { request: z.string(), reply: z.string(), errors: { never: z.string() } },
      count: { request: z.undefined(), reply: z.number() },
      pay: { request: z.number(), reply: z.number(), delivery: 'atLeastOnce' },
    },
  },
  toClient: {
    messages: { said: z.object({ line: z.string() }), heard: z.number() },
    calls: { areYouThere: { request: z.object({ who: z.string() }), reply: z.boolean(), errors: { busy: z.string() } } },
  },
})
/** What `later` has been asked. */
export type Waiting = Map<string, ProtocolFrom<(typeof chat)['toServer']['calls']['later']>>
export const paid: number[] = []

export function chatHandler(options?: ProtocolOptions, waiting: Waiting = new Map()) {
  return protocolHandler<readonly string[], { type: 'tick' }>()(
    chat,
    {
      init: () => ['ok', []],
      on: {
        say({ line }, lines, self) {
          self.push.said({ line })
          return ['ok', [...lines, line]]
        },
        async ask(_message, lines, self) {
          self.push.heard((await self.call.areYouThere({ who: 'me' })) ? 1 : 0)
          return ['ok', lines]
        },
        clear: () => ['ok', []],
        crash: (text) => {
          throw new Error(text)
        },
      },
      calls: {
        history: ({ last }, _from, lines) =>
          last > 100 ? ['error', 'tooMany', 100, lines] : ['reply', lines.slice(-last), lines],
        later(name, from, lines) {
          waiting.set(name, from)
          return ['noreply', lines]
        },
        count: (_nothing, _from, lines) => ['reply', lines.length, lines],
        async pay(amount, _from, lines, self) {
          paid.push(amount)
          await self.sleep(100)
          return ['reply', paid.length, lines]
        },
      },
      info: (_tick, lines, self) => {
        self.push.heard(lines.length)
        return ['ok', lines]
      },
    },
    options,
  )
}
export { reply }

/** A client by hand. */
export function connected(node: TestNode, options?: ProtocolOptions, waiting?: Waiting): FakeTransport {
  return fakeTransport(node, chatHandler(options, waiting), { request: { headers: { 'sec-websocket-protocol': 'chat.1' } } })
}
/** What has come, decoded. */
export const framesOf = (socket: FakeTransport): unknown[] => socket.sent.map(([, data]) => JSON.parse(String(data)))
