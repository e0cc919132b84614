// State machines: what compiles, and what must not.
import { defineStatem, type From, type GenStatem, genStatem, type Pid, type ReplyAction, unwrap } from '../../src/index.js'

// annotated, one function for each state
export const door: GenStatem<'locked' | 'open', string, string> = {
  callbackMode: ['stateFunctions', 'stateEnter'],
  init: (code) => ['ok', 'locked', code],
  states: {
    locked: (type, content, code) => (type === 'cast' && content === code ? ['next_state', 'open', code] : 'keep_state_and_data'),
    open(type, content, code) {
      if (type === 'enter') {
        const before: 'locked' | 'open' = content
        return ['keep_state', before === 'open' ? code : code.trim(), ['state_timeout', 10_000, 'lock']]
      }
      return type === 'state_timeout' ? ['next_state', 'locked', code] : ['keep_state_and_data', 'postpone']
    },
  },
}

// annotated, one function for all states; a state may be anything
type Tick = { type: 'tick'; n: number }
export const counter: GenStatem<readonly ['at', number], { froms: From<number>[] }, void, Tick> = {
  callbackMode: 'handleEventFunction',
  init: () => ['ok', ['at', 0], { froms: [] }, [['next_event', 'internal', 'boot'], 'hibernate', 100]],
  async handleEvent(type, content, [, n], data, self) {
    if (type === 'info') {
      const tick: Tick = content
      self.sendAfter(10, { type: 'tick', n: tick.n + 1 })
      return ['next_state', ['at', tick.n], data, [[['timeout', 'idle'], 50, undefined]]]
    }
    if (typeof type === 'object' && type[0] === 'call') {
      const from: From = type[1]
      const reply: ReplyAction = ['reply', from, n]
      return content === 'stop' ? ['stop_and_reply', 'normal', reply] : ['keep_state_and_data', [reply, 'postpone']]
    }
    return 'keep_state_and_data'
  },
  terminate: (_reason, [, n]) => void n,
}

// named, the argument inferred
export const lamp = defineStatem<'off' | 'on', number>()({
  callbackMode: 'stateFunctions',
  init: (uses: number) => ['ok', 'off', uses],
  states: {
    off: (_type, _content, uses) => ['next_state', 'on', uses - 1],
    on: (_type, _content, uses) => (uses > 0 ? ['next_state', 'off', uses] : 'stop'),
  },
})

const pid = unwrap(await genStatem.start(counter))
export const typed: Pid<Tick> = pid
export const untyped: string = await genStatem.call(pid, 'get')
export const count: number = await genStatem.call<number>(pid, 'get', 1000)
const id = genStatem.sendRequest<number>(pid, 'get')
const response = await genStatem.receiveResponse(id)
if (response !== 'timeout' && response[0] === 'reply') response[1] satisfies number
await genStatem.start(door, '1234', { name: 'door' })
await genStatem.start(lamp, 5)
genStatem.cast('door', 'anything')
declare const from: From<number>
genStatem.reply(from, 5)
genStatem.reply([['reply', from, 5]])

// --- what does not compile
// @ts-expect-error the argument is text
await genStatem.start(door, 5)
// @ts-expect-error the argument is missing
await genStatem.start(lamp)
// @ts-expect-error no such option
await genStatem.start(lamp, 5, { nam: 'x' })
// @ts-expect-error the reply is a number
genStatem.reply(from, 'five')
export const halfDoor: GenStatem<'locked' | 'open', string> = {
  callbackMode: 'stateFunctions',
  init: () => ['ok', 'locked', ''],
  // @ts-expect-error each state needs its function
  states: { locked: () => 'stop' },
}
export const noState: GenStatem<'a' | 'b', number> = {
  callbackMode: 'stateFunctions',
  init: () => ['ok', 'a', 0],
  // @ts-expect-error there is no state c
  states: { a: () => ['next_state', 'c', 0], b: () => 'stop' },
}
export const badActions: GenStatem<'a', number> = {
  callbackMode: 'stateFunctions',
  init: () => ['ok', 'a', 0],
  // @ts-expect-error no such action
  states: { a: () => ['keep_state_and_data', ['snooze', 5]] },
}
export const badMode: GenStatem<'a', number> = {
  // @ts-expect-error no such mode
  callbackMode: 'state_functions',
  init: () => ['ok', 'a', 0],
  states: { a: () => 'keep_state_and_data' },
}
// @ts-expect-error handleEventFunction needs handleEvent
export const noHandler: GenStatem<'a', number> = { callbackMode: 'handleEventFunction', init: () => ['ok', 'a', 0] }
