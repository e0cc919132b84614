// The server sample of the design: what compiles, and what must not.
import { defineServer, genServer, send, unwrap } from '../../src/index.js'
import type { From, GenServer, PidOf } from '../../src/index.js'

// inferred from the module
export const counter = defineServer({
  init: (start: number) => ['ok', { n: start }],
  handleCall: {
    get: (_request, _from, state) => ['reply', state.n, state],
    add: ({ by }: { by: number }, _from, { n }) => ['reply', n + by, { n: n + by }],
    later: (_request, from: From<'done'>, state, self) => {
      self.sendAfter(10, { type: 'reply', from })
      return ['noreply', state]
    },
  },
  handleCast: { reset: (_request, _state) => ['noreply', { n: 0 }] },
  handleInfo({ from }: { type: 'reply'; from: From<'done'> }, state) {
    genServer.reply(from, 'done')
    return ['noreply', state]
  },
})
export type CounterPid = PidOf<typeof counter>

const pid = unwrap(await genServer.start(counter, 5))
export const n: number = await genServer.call(pid, { type: 'add', by: 2 })
export const done: 'done' = await genServer.call(pid, { type: 'later' })
genServer.cast(pid, { type: 'reset' })

// annotated: the calls are a type of their own, shared by server and callers
type StackCalls = { pop(): number | undefined; push(fields: { item: number }): number }
export const stack: GenServer<number[], number[], StackCalls> = {
  init: (items) => ['ok', items],
  handleCall: {
    pop: (_request, _from, items) => ['reply', items.at(-1), items.slice(0, -1)],
    push: ({ item }, _from, items) => ['reply', items.length + 1, [...items, item]],
  },
}
// one function, as in OTP: allowed, but the reply is not checked per request
export const stack2: GenServer<number[], number[], StackCalls> = {
  init: (items) => ['ok', items],
  handleCall(request, _from, items) {
    switch (request.type) {
      case 'pop':
        return ['reply', items.at(-1), items.slice(0, -1)]
      default:
        return ['reply', items.length + 1, [...items, request.item]]
    }
  },
}

// --- what does not compile
// @ts-expect-error the argument is a number
await genServer.start(counter, 'five')
// @ts-expect-error the argument is missing
await genServer.start(counter)
// @ts-expect-error no such call
await genServer.call(pid, { type: 'sub', by: 2 })
// @ts-expect-error wrong field
await genServer.call(pid, { type: 'add', b: 2 })
// @ts-expect-error the reply is a number
export const s: string = await genServer.call(pid, { type: 'get' })
// @ts-expect-error get is a call, not a cast
genServer.cast(pid, { type: 'get' })
// @ts-expect-error not a message of this server
send(pid, { type: 'tick' })
export const badStack: GenServer<number[], number[], StackCalls> = {
  init: (items) => ['ok', items],
  handleCall: {
    // @ts-expect-error the reply is a number or undefined
    pop: (_request, _from, items) => ['reply', 'x', items],
    push: ({ item }, _from, items) => ['reply', items.length, [...items, item]],
  },
}
export const badStack2: GenServer<number[], number[], StackCalls> = {
  init: (items) => ['ok', items],
  // @ts-expect-error pop is missing
  handleCall: { push: (_q, _f, s) => ['reply', 1, s] },
}
