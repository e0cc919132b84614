// Who is called: servers and state machines that answer at once, late, through somebody else, twice, never, or by their end. Tells
// the model of each answer when it is given. Entered by the scenario.
import {
  type From,
  type GenServer,
  genServer,
  type GenStatem,
  genStatem,
  type Pid,
  type ProcessFunction,
  type Receiver,
} from 'gensock'
import type { Simulation } from 'gensock/testing'
import type { CallModel } from './model.js'

/** What is asked. */
export interface Question {
  readonly type: 'ask'
  readonly id: number
}
/** One run. */
export interface Office {
  readonly node: Simulation
  readonly model: CallModel
  readonly clerks: Pid[]
  /** Servers still end now and then. */
  endsGoOn: boolean
}
interface Errand {
  readonly type: 'answer'
  readonly from: From
  readonly id: number
}

/** The answer, made anew each time: it is known by its identity. */
function answerTo(id: number, by: string): { readonly id: number; readonly by: string } {
  return { id, by }
}
/** Answers a call from within whatever runs, if that runs still. */
function give(office: Office, self: Receiver, from: From, id: number, by: string): void {
  const value = answerTo(id, by)
  if (office.node.isAlive(self.pid)) office.model.answers(id, value)
  self.reply(from, value)
}

/** A process that answers in the place of servers, some time later. */
export function clerk(office: Office): ProcessFunction<Errand> {
  const { chance } = office.node
  return async (self) => {
    for (;;) {
      const { from, id } = await self.receive()
      if (chance.is(0.5)) await self.sleep(chance.int(15))
      give(office, self, from, id, 'a clerk')
      if (chance.is(0.2)) give(office, self, from, id, 'a clerk again')
    }
  }
}

const WAYS = ['now', 'now', 'now', 'late', 'clerk', 'clerk', 'self', 'twice', 'never', 'end'] as const
const ENDS = ['stop', 'stop and reply', 'throw', 'exit'] as const

/** An answer that comes later, or from somebody else. */
function later(office: Office, way: string, from: From, id: number, self: Receiver): void {
  const { chance } = office.node
  const errand: Errand = { type: 'answer', from, id }
  if (way === 'clerk') self.send(chance.pick(office.clerks), errand)
  else if (way === 'self') self.sendAfter(chance.int(20), errand)
  else if (way === 'twice') for (const by of ['first', 'second']) give(office, self, from, id, by)
}
function now({ node, model }: Office, self: Receiver, id: number): unknown {
  const value = answerTo(id, 'the server')
  if (node.isAlive(self.pid)) model.answers(id, value)
  return ['reply', value, null]
}

/** A server of no state. What it is to do on its end with a last reply waits here. */
export function answering(office: Office): GenServer<null, void, any, any, Errand> {
  const { node, model } = office
  const { chance } = node
  let last: (() => void) | undefined
  const end = (id: number): unknown => {
    const how = chance.pick(ENDS)
    if (how === 'throw') throw new Error('crash on purpose')
    if (how !== 'stop and reply') return ['stop', how === 'stop' ? 'stop on purpose' : 'normal', null]
    const value = answerTo(id, 'the end')
    last = () => model.answers(id, value) // given behind `terminate`
    return ['stop', 'shutdown', value, null]
  }
  return {
    init: (_none, self) => {
      self.trapExit(chance.is(0.5))
      return ['ok', null]
    },
    handleCall: ({ id }: Question, from: From, _state: null, self: Receiver): any => {
      const way = chance.pick(WAYS)
      if (way === 'now') return now(office, self, id)
      if (way === 'late') return self.sleep(chance.int(15)).then(() => now(office, self, id))
      if (way === 'end') return office.endsGoOn ? end(id) : now(office, self, id)
      later(office, way, from, id, self)
      return ['noreply', null]
    },
    handleCast: (_request: unknown) => ['noreply', null],
    handleInfo: ({ from, id }, _state, self) => {
      if (from !== undefined) give(office, self, from, id, 'the server, later')
      return ['noreply', null]
    },
    terminate: async (_reason, _state, self) => {
      if (chance.is(0.3)) await self.sleep(chance.int(10))
      if (node.isAlive(self.pid)) last?.()
    },
  }
}

/** A machine that answers in one state, and lets calls wait in the other. */
export function machine(office: Office): GenStatem<'open' | 'closed', null, void, any> {
  const { node, model } = office
  const { chance } = node
  const postponed = new Set<number>()
  return {
    callbackMode: 'handleEventFunction',
    init: () => ['ok', 'open', null],
    handleEvent: (type, content, state, _data, self): any => {
      if (type === 'cast') return ['next_state', state === 'open' ? 'closed' : 'open', null]
      if (type === 'state_timeout') return ['next_state', 'open', null]
      if (!Array.isArray(type) || type[0] !== 'call') return 'keep_state_and_data'
      const { id } = content as Question
      if (state === 'closed') {
        postponed.add(id)
        return ['keep_state_and_data', ['postpone', ['state_timeout', 5, 'open']]]
      }
      if (office.endsGoOn && chance.is(0.03)) return ['stop', 'stop on purpose']
      if (chance.is(0.1)) return 'keep_state_and_data'
      const value = answerTo(id, 'the machine')
      const from = type[1] as From
      // What a callback answers to an event that was postponed is done after a rest for the event loop: then the reply is given here.
      if (postponed.has(id) || chance.is(0.3)) {
        give(office, self, from, id, 'the machine, at once')
        return chance.is(0.5)
          ? ['next_state', 'closed', null, [['state_timeout', chance.int(10), 'open']]]
          : 'keep_state_and_data'
      }
      model.answers(id, value)
      return ['keep_state_and_data', [['reply', from, value]]]
    },
  }
}

/** Starts one more; answers its pid. */
export async function hire(office: Office, name: string, kind: 'server' | 'machine'): Promise<Pid | undefined> {
  const { node } = office
  const started = await node.run(() =>
    kind === 'server'
      ? genServer.start(answering(office), undefined, { name })
      : genStatem.start(machine(office), undefined, { name }),
  )
  return started[0] === 'ok' ? (started[1] as Pid) : undefined
}
