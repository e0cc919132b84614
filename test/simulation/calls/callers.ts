// Who calls: processes, and code outside of them, with and without a time limit, by pid and by name; requests whose response comes as
// a message. Each holds what it gets against the model. Entered by the scenario.
import { genServer, isReply, type Pid, type ProcessFunction, type Receiver } from 'gensock'
import type { Asked, CallModel } from './model.js'
import type { Office, Question } from './servers.js'

/** Whom one can call. */
export interface Directory {
  readonly names: readonly string[]
  /** All that were ever started. */
  readonly pids: Pid[]
}
interface Aim {
  readonly dest: Pid | string
  readonly pid: Pid | undefined
}

function aim({ node }: Office, { names, pids }: Directory): Aim {
  const { chance } = node
  if (pids.length > 0 && chance.is(0.5)) {
    const pid = chance.pick(pids)
    return { dest: pid, pid }
  }
  const dest = chance.pick(names)
  return { dest, pid: node.whereis(dest) }
}
function limit({ node: { chance } }: Office): number | 'infinity' {
  return chance.is(0.2) ? 'infinity' : 1 + chance.int(25)
}

/** Makes calls, one after the other, as long as there are some left. */
export function caller(office: Office, directory: Directory, budget: { left: number }): ProcessFunction<any> {
  const { chance } = office.node
  return async (self) => {
    for (;;) {
      if (!office.node.isAlive(self.pid)) {
        // It goes on after its end: what it waited for had come. Nothing that it does comes to anything.
        await self.call(aim(office, directory).dest, 'of a dead process').catch(() => undefined)
        office.model.fails(`${String(self.pid)} has ended, and its call comes to something`)
      } else if (budget.left-- <= 0) {
        const stray: unknown = await self.receive()
        office.model.fails(`${String(self.pid)} finds ${isReply(stray) ? 'a late reply' : String(stray)} in its mailbox`)
      } else if (chance.is(0.35)) await requests(office, directory, self)
      else await calls(office, aim(office, directory), self)
      if (chance.is(0.3)) await self.sleep(chance.int(10))
    }
  }
}

/** One call, of a process. */
async function calls(office: Office, { dest, pid }: Aim, self: Receiver): Promise<void> {
  const { model } = office
  const timeoutMs = limit(office)
  const question: Question = { type: 'ask', id: model.nextId() }
  const asked = model.asks(question.id, pid, self.pid, timeoutMs === 'infinity' ? Infinity : timeoutMs)
  await self.call(dest, question, timeoutMs).then(...checks(model, asked))
}
/** One call, of code outside any process. Answers whether it has come to its end. */
export function callFromOutside(office: Office, directory: Directory): { isOver: boolean } {
  const { model, node } = office
  const { dest, pid } = aim(office, directory)
  const timeoutMs = limit(office)
  const question: Question = { type: 'ask', id: model.nextId() }
  const asked = model.asks(question.id, pid, undefined, timeoutMs === 'infinity' ? Infinity : timeoutMs)
  const state = { isOver: false }
  const [replied, failed] = checks(model, asked)
  void node
    .call(dest, question, timeoutMs)
    .then(replied, failed)
    .finally(() => (state.isOver = true))
  return state
}
function checks(model: CallModel, asked: Asked): [(value: unknown) => void, (error: unknown) => void] {
  return [(value) => model.check(asked, { value }), (error) => model.checkError(asked, error)]
}

/** One request; its response is waited for now and then, and given up at the end. */
async function requests(office: Office, directory: Directory, self: Receiver): Promise<void> {
  const { model, node } = office
  const { chance } = node
  const { dest, pid } = aim(office, directory)
  const id = model.nextId()
  const asked = model.asks(id, pid, self.pid, Infinity)
  const request = self.run(() => genServer.sendRequest(dest as never, { type: 'ask', id } as never))
  if (chance.is(0.5)) await self.sleep(chance.int(10))
  for (let waits = chance.int(3); waits >= 0; waits--) {
    if (!node.isAlive(self.pid)) return
    const untilMs = node.now() + chance.int(15)
    const isLast = waits === 0
    const how = isLast ? genServer.receiveResponse : genServer.waitResponse
    const response = await self.run(() => how(request, untilMs - node.now()))
    if (response === 'timeout') {
      if (node.now() < untilMs) model.fails(`request ${id} is given up at ${node.now()} ms, before ${untilMs}`)
      if (asked.outcome !== undefined) return model.fails(`request ${id} has no response, and one was given`)
      if (isLast) return model.givesUp(asked)
    } else {
      const [tag, value] = response
      return model.check(asked, tag === 'reply' ? { value } : { reason: (value as readonly unknown[])[0] })
    }
  }
}
