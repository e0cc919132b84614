// OTP 25's manual page gen_statem(3erl): each title is a sentence of the page, and the test shows that it holds here. The
// section "DATA TYPES" is in gen_statem-types.test.ts. `{a, b}` of the page is `['a', b]` here, `Module:init/1` is `init`,
// `Module:StateName/3` stands in `states`, `Module:handle_event/4` is `handleEvent`.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type AnyPid,
  type Exit,
  exit,
  type ExitReason,
  type From,
  type GenStatem,
  genStatem,
  isDown,
  isExit,
  nocatch,
  type Pid,
  send,
  supervisor,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import {
  acts,
  asks,
  casts,
  machine,
  type Machine,
  type MachineOptions,
  started,
  step,
  to,
} from '../../behaviours/statem-machine.js'
import { idle, inside, thrownBy } from '../../runtime/inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** A machine that runs, and what it does with these casts. */
async function run(options: MachineOptions, ...steps: readonly unknown[]): Promise<Machine & { pid: Pid }> {
  const it = machine(options)
  const pid = await started(node, it)
  await casts(node, pid, ...steps)
  return { ...it, pid }
}
const call = (pid: AnyPid, what: unknown, ms?: number): Promise<any> => node.run(() => genStatem.call(pid, what, ms))
const postponed = acts('later', 'postpone')
/** Keeps who called in `froms`, and does not answer. */
const keeps = (froms: From[]): unknown => step('keep', ({ from }: { from: From }) => (froms.push(from), 'keep_state_and_data'))
const boom = new Error('boom')
const crash = step('crash', () => {
  throw boom
})

/** The example of the page. */
const pushbutton: GenStatem<'off' | 'on', number> = {
  callbackMode: 'stateFunctions',
  init: () => ['ok', 'off', 0],
  states: {
    off: (type, content, pushed) =>
      typeof type === 'object' && content === 'push'
        ? ['next_state', 'on', pushed + 1, [['reply', type[1] as From, 'on']]]
        : common(type, content, pushed),
    on: (type, content, pushed) =>
      typeof type === 'object' && content === 'push'
        ? ['next_state', 'off', pushed, [['reply', type[1] as From, 'off']]]
        : common(type, content, pushed),
  },
}
function common(type: unknown, content: unknown, pushed: number): any {
  return content === 'get_count'
    ? ['keep_state', pushed, [['reply', (type as [string, From])[1], pushed]]]
    : ['keep_state', pushed]
}

describe('gen_statem', () => {
  test('The following example shows a simple pushbutton model for a toggling pushbutton implemented with callback mode state_functions. You can push the button and it replies if it went on or off, and you can ask for a count of how many times it has been pushed to switch on.', async () => {
    const pid = unwrap(await node.run(() => genStatem.start(pushbutton, undefined, { name: 'pushbutton_statem' })))
    const session: unknown[] = []
    for (const what of ['get_count', 'push', 'get_count', 'push', 'get_count']) session.push(await call(pid, what))
    expect(session).toEqual([0, 'on', 1, 'off', 1])
    await node.run(() => genStatem.stop('pushbutton_statem'))
    await expect(node.run(() => genStatem.call('pushbutton_statem', 'push'))).rejects.toMatchObject({ reason: 'noproc' })
  })

  test('To compare styles, here follows the same example using callback mode handle_event_function', async () => {
    const module: GenStatem<'off' | 'on', number> = {
      callbackMode: 'handleEventFunction',
      init: () => ['ok', 'off', 0],
      handleEvent: (type, content, state, pushed, self) =>
        (pushbutton as { states: Record<string, (...args: any[]) => any> }).states[state]?.(type, content, pushed, self),
    }
    const pid = unwrap(await node.run(() => genStatem.start(module)))
    const session: unknown[] = []
    for (const what of ['push', 'get_count', 'push']) session.push(await call(pid, what))
    expect(session).toEqual(['on', 1, 'off'])
  })

  test('It also fits into an OTP supervision tree.', async () => {
    node.expectCrash(boom)
    const children = [{ id: 'm', start: () => genStatem.startLink(machine().module, undefined, { name: 'm' }) }]
    const top = unwrap(await node.run(() => supervisor.start({ children })))
    const first = node.whereis('m') as Pid
    await casts(node, first, crash)
    const second = node.whereis('m') as Pid
    expect([node.isAlive(first), node.isAlive(second)]).toEqual([false, true])
    await node.run(() => supervisor.stop(top))
    expect(node.isAlive(second)).toBe(false)
  })

  test('If a callback function fails or returns a bad value, the gen_statem terminates, unless otherwise stated. However, an exception of class throw is not regarded as an error but as a valid return from all callback functions.', async () => {
    node.expectCrash(boom)
    node.expectCrash(['bad_return_from_state_function', 'bad'] as never)
    const pids = [(await run({}, crash)).pid, (await run({}, step('x', 'bad'))).pid]
    expect(pids.map((pid) => node.isAlive(pid))).toEqual([false, false])
    const throwing = {
      callbackMode: ['handleEventFunction', 'stateEnter'],
      init: () => nocatch(['ok', 'a', 0]),
      handleEvent: (type: unknown) => nocatch(type === 'enter' ? ['keep_state', 1] : ['next_state', 'b', 2]),
      terminate: () => nocatch('whatever'),
    }
    const pid = await started(node, { module: throwing as never })
    expect(await node.run(() => sys.getState(pid))).toEqual(['a', 1])
    await casts(node, pid, 'x')
    expect(await node.run(() => sys.getState(pid))).toEqual(['b', 1])
    await node.run(() => genStatem.stop(pid))
  })

  test('Events are of different types, so the callback functions can know the origin of an event and how to respond.', async () => {
    const { taken, pid } = await run({}, acts('cast', ['next_event', 'internal', 'inserted'], ['timeout', 5, 'timer']))
    await node.advance(5)
    node.run(() => send(pid, 'send'))
    await call(pid, asks('call'))
    expect(taken().map(([type, name]: any) => `${type} by ${name}`)).toEqual([
      'cast by cast',
      'internal by inserted',
      'info by send',
      'call by call',
    ])
  })

  test('The state callback for a specific state in a gen_statem is the callback function that is called for all events in this state. It is selected depending on which callback mode that the callback module defines with the callback function Module:callback_mode/0.', async () => {
    const { taken, pid } = await run(
      { states: ['a', 'b'] },
      acts('x', ['next_event', 'internal', 'i'], ['state_timeout', 0, 't']),
    )
    node.run(() => send(pid, 'message'))
    await node.settle()
    expect(taken()).toEqual([
      ['cast', 'x', 'a'],
      ['internal', 'i', 'a'],
      ['state_timeout', 't', 'a'],
      ['info', 'message', 'a'],
    ])
  })

  test('When the callback mode is state_functions, the state must be an atom and is used as the state callback name', async () => {
    const { taken } = await run({ states: ['a', 'b'] }, to('b'), 'x')
    expect(taken()).toEqual([
      ['cast', 'to b', 'a'],
      ['cast', 'x', 'b'],
    ])
    node.expectCrash('badarg')
    await run({ states: ['a'] }, to(1), 'x')
  })

  test('differs, states stand in an object of their own: Note the fact that the callback function Module:terminate/3 makes the state name terminate unusable in this mode.', async () => {
    const { taken, pid } = await run({ states: ['a', 'terminate', 'init'] }, to('terminate'), to('init'), 'x')
    await node.run(() => genStatem.stop(pid))
    expect(taken().slice(1)).toEqual([
      ['cast', 'to init', 'terminate'],
      ['cast', 'x', 'init'],
      ['terminate', 'normal', 'init', 0],
    ])
  })

  test('When the callback mode is handle_event_function, the state can be any term and the state callback name is Module:handle_event/4.', async () => {
    const states = [{ map: 1 }, ['tuple', 2], 3, null, undefined]
    const { taken } = await run({}, ...states.map((state) => step('x', ['next_state', state, 0])), 'end')
    expect(taken().map((entry: any) => entry[2])).toEqual(['a', ...states])
  })

  test('When gen_statem receives a process message it is converted into an event and the state callback is called with the event as two arguments: type and content. When the state callback has processed the event it returns to gen_statem which does a state transition. If this state transition is to a different state, that is: NextState =/= State, it is a state change.', async () => {
    const { taken, pid } = await run({}, postponed)
    node.run(() => send(pid, to('a')))
    node.run(() => send(pid, to('b')))
    await node.settle()
    expect(taken().slice(1)).toEqual([
      ['info', 'to a', 'a'],
      ['info', 'to b', 'a'],
      ['cast', 'later', 'b'],
    ])
  })

  test('The state callback may return transition actions for gen_statem to execute during the state transition, for example to reply to a gen_statem:call/2,3.', async () => {
    const { pid } = await run({})
    expect(await call(pid, asks('x', 'reply'))).toBe('reply')
  })

  test('One of the possible transition actions is to postpone the current event. Then it is not retried in the current state. The gen_statem engine keeps a queue of events divided into the postponed events and the events still to process. After a state change the queue restarts with the postponed events.', async () => {
    const once = step('later', ({ state }: any) => ['keep_state_and_data', state === 'a' ? ['postpone'] : []])
    const { taken } = await run({}, once, 'x', to('b', ['next_event', 'internal', 'inserted']), to('c'))
    expect(taken()).toEqual([
      ['cast', 'later', 'a'],
      ['cast', 'x', 'a'],
      ['cast', 'to b', 'a'],
      ['internal', 'inserted', 'b'],
      ['cast', 'later', 'b'],
      ['cast', 'to c', 'b'],
    ])
  })

  test('The gen_statem event queue model is sufficient to emulate the normal process message queue with selective receive. Postponing an event corresponds to not matching it in a receive statement, and changing states corresponds to entering a new receive statement.', async () => {
    // A state waits for the message that has its name, then waits for the next letter.
    const order: string[] = []
    const module = {
      callbackMode: 'handleEventFunction',
      init: () => ['ok', 'a', 0],
      handleEvent: (_type: unknown, content: string, state: string) => {
        if (content !== state) return ['keep_state_and_data', 'postpone']
        order.push(content)
        return ['next_state', String.fromCharCode(content.charCodeAt(0) + 1), 0]
      },
    }
    await casts(node, await started(node, { module: module as never }), 'e', 'c', 'd', 'b', 'a')
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('The state callback can insert events using the transition actions next_event and such an event is inserted in the event queue as the next to call the state callback with. That is, as if it is the oldest incoming event. A dedicated event_type() internal can be used for such events making them impossible to mistake for external events.', async () => {
    const { taken, pid } = await run({})
    node.run(() => {
      genStatem.cast(pid, acts('x', ['next_event', 'internal', 'inserted']))
      genStatem.cast(pid, 'incoming')
    })
    await node.settle()
    expect(taken()).toEqual([
      ['cast', 'x', 'a'],
      ['internal', 'inserted', 'a'],
      ['cast', 'incoming', 'a'],
    ])
  })

  test('The gen_statem engine can automatically make a specialized call to the state callback whenever a new state is entered; see state_enter().', async () => {
    const { taken } = await run({ enter: () => 'keep_state_and_data' }, to('b'))
    expect(taken().at(-1)).toEqual(['enter', 'a', 'b'])
  })

  test('If you in gen_statem, for example, postpone an event in one state and then call another state callback of yours, you have not done a state change and hence the postponed event is not retried, which is logical but can be confusing.', async () => {
    const seen: unknown[] = []
    const states = {
      a: (type: unknown, content: unknown, data: unknown): unknown => {
        seen.push(['a', content])
        return content === 'later' ? ['keep_state_and_data', 'postpone'] : states.b(type, content, data)
      },
      b: (_type: unknown, content: unknown, data: unknown): unknown => (seen.push(['b', content]), ['keep_state', data]),
    }
    const module = { callbackMode: 'stateFunctions', init: () => ['ok', 'a', 0], states }
    await casts(node, await started(node, { module: module as never }), 'later', 'x')
    expect(seen).toEqual([
      ['a', 'later'],
      ['a', 'x'],
      ['b', 'x'],
    ])
  })

  test('A gen_statem handles system messages as described in sys. The sys module can be used for debugging a gen_statem.', async () => {
    const { pid, taken } = await run({})
    await node.run(() => sys.suspend(pid))
    await casts(node, pid, 'waits')
    expect([taken(), await node.run(() => sys.getState(pid))]).toEqual([[], ['a', 0]])
    expect(await node.run(() => sys.getStatus(pid))).toMatchObject({ behaviour: 'gen_statem', status: 'suspended' })
    await node.run(() => sys.resume(pid))
    await node.settle()
    expect(taken()).toEqual([['cast', 'waits', 'a']])
  })

  test('Notice that a gen_statem does not trap exit signals automatically, this must be explicitly initiated in the callback module (by calling process_flag(trap_exit, true).', async () => {
    const { pid } = await run({})
    const trapping = { ...machine().module, init: (_arg: unknown, self: any) => (self.trapExit(true), ['ok', 'a', 0]) }
    const other = await started(node, { module: trapping as never })
    expect([node.processInfo(pid, 'trap_exit'), node.processInfo(other, 'trap_exit')]).toEqual([false, true])
    for (const one of [pid, other]) node.spawn((self) => self.exit(one, 'oops'))
    await node.settle()
    expect([node.isAlive(pid), node.isAlive(other)]).toEqual([false, true])
  })

  test('Unless otherwise stated, all functions in this module fail if the specified gen_statem does not exist or if bad arguments are specified.', async () => {
    const { pid, module } = await run({})
    await node.run(() => genStatem.stop(pid))
    for (const dead of [pid, 'nobody']) {
      const noproc = { code: 'GENSOCK_ERR_CALL', reason: 'noproc' }
      await expect(node.run(() => genStatem.call(dead, 'x'))).rejects.toMatchObject(noproc)
      await expect(node.run(() => genStatem.stop(dead))).rejects.toMatchObject(noproc)
    }
    const badarg = { code: 'GENSOCK_ERR_BADARG', reason: 'badarg' }
    for (const bad of [undefined, 5, {}] as any[]) {
      expect(thrownBy(() => node.run(() => genStatem.start(bad, undefined)))).toMatchObject(badarg)
      expect(thrownBy(() => node.run(() => genStatem.start(module, undefined, { name: bad ?? null })))).toMatchObject(badarg)
      expect(thrownBy(() => node.run(() => genStatem.call(bad, 'x')))).toMatchObject(badarg)
      expect(thrownBy(() => node.run(() => genStatem.cast(bad, 'x')))).toMatchObject(badarg)
      expect(thrownBy(() => genStatem.reply(bad, 'x' as never))).toMatchObject(badarg)
    }
  })

  test('If the gen_statem process terminates, e.g. as a result of a function in the callback module returning {stop,Reason}, an exit signal with this Reason is sent to linked processes and ports.', async () => {
    node.expectCrash('tired')
    const heard = await inside(node, async (self): Promise<Exit> => {
      self.trapExit(true)
      genStatem.cast(unwrap(await genStatem.startLink(machine().module)), step('x', ['stop', 'tired']))
      return self.receive(isExit)
    })
    expect(heard.reason).toBe('tired')
  })
})

describe('call/2, call/3', () => {
  test('Makes a synchronous call to the gen_statem ServerRef by sending a request and waiting until its reply arrives. The gen_statem calls the state callback with event_type() {call,From} and event content Request.', async () => {
    const { taken, pid } = await run({})
    const froms: From[] = []
    let reply: unknown
    void call(pid, keeps(froms)).then((value) => (reply = value))
    await node.advance(100)
    expect([taken(), reply]).toEqual([[['call', 'keep', 'a']], undefined])
    genStatem.reply(froms[0] as From, 'now')
    await node.settle()
    expect(reply).toBe('now')
  })

  test('A Reply is generated when a state callback returns with {reply,From,Reply} as one action(), and that Reply becomes the return value of this function.', async () => {
    const { pid } = await run({})
    for (const reply of ['text', null, { any: ['term'] }]) expect(await call(pid, asks('x', reply))).toEqual(reply)
  })

  test('Timeout is an integer > 0, which specifies how many milliseconds to wait for a reply, or the atom infinity to wait indefinitely, which is the default. If no reply is received within the specified time, the function call fails.', async () => {
    const { pid } = await run({})
    const failed = expect(call(pid, 'never', 50)).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'timeout' })
    let answered = false
    const patient = call(pid, 'never').catch(() => undefined)
    void patient.then(() => (answered = true))
    await node.advance(50)
    await failed
    await node.advance(1_000_000)
    expect(answered).toBe(false)
  })

  test('A late reply gets delivered to the dead proxy process, hence gets discarded.', async () => {
    const { pid } = await run({})
    const froms: From[] = []
    const messages = await inside(
      node,
      async (self) => {
        await genStatem.call(pid, keeps(froms), 10).catch(() => undefined)
        genStatem.reply(froms[0] as From, 'late')
        return self.receive(() => true, { afterMs: 10 })
      },
      { withinMs: 20 },
    )
    expect(messages).toBe(undefined)
  })

  test('The call can also fail, for example, if the gen_statem dies before or during this function call.', async () => {
    const { pid } = await run({})
    node.expectCrash(boom)
    await expect(call(pid, crash)).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: { value: boom } })
    await expect(call(pid, 'x')).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc' })
  })

  test('When this call fails it exits the calling process.', async () => {
    const { pid } = await run({})
    node.expectCrash('timeout')
    const caller = node.spawn(() => genStatem.call(pid, 'never', 10))
    await node.advance(10)
    expect([node.isAlive(caller), node.isAlive(pid)]).toEqual([false, true])
  })
})

describe('cast/2', () => {
  test('Sends an asynchronous event to the gen_statem ServerRef and returns ok immediately, ignoring if the destination node or gen_statem does not exist. The gen_statem calls the state callback with event_type() cast and event content Msg.', async () => {
    const { taken, pid } = await run({})
    node.run(() => genStatem.cast(pid, 'message'))
    expect(taken()).toEqual([])
    await node.settle()
    expect(taken()).toEqual([['cast', 'message', 'a']])
    await node.run(() => genStatem.stop(pid))
    for (const nobody of [pid, 'nobody']) expect(node.run(() => genStatem.cast(nobody, 'x'))).toBe(undefined)
  })
})

describe('check_response/2', () => {
  test('Check if Msg is a response corresponding to the request identifier ReqId. The request must have been made by send_request/2. If Msg is a reply to the handle ReqId the result of the request is returned in Reply. Otherwise returns no_reply and no cleanup is done, and thus the function shall be invoked repeatedly until a reply is returned.', async () => {
    const { pid } = await run({})
    const checks = await inside(node, async (self) => {
      self.send(self.pid, 'other')
      const id = genStatem.sendRequest(pid, asks('x', 'reply'))
      return [genStatem.checkResponse(await self.receive(), id), genStatem.checkResponse(await self.receive(), id)]
    })
    expect(checks).toEqual(['no_reply', ['reply', 'reply']])
    expect(thrownBy(() => genStatem.checkResponse('x', node.makeRef() as never))).toMatchObject({ reason: 'badarg' })
  })

  test('The return value Reply is generated when a state callback returns with {reply,From,Reply} as one action(), and that Reply becomes the return value of this function.', async () => {
    const { pid } = await run({})
    const answer = await inside(node, async (self) => {
      const id = genStatem.sendRequest(pid, asks('x', { any: 'term' }))
      return genStatem.checkResponse(await self.receive(), id)
    })
    expect(answer).toEqual(['reply', { any: 'term' }])
  })

  test('The function returns an error if the gen_statem dies before or during this request.', async () => {
    const { pid } = await run({})
    const checks = await inside(node, async (self) => {
      const ids = [genStatem.sendRequest(pid, step('x', ['stop', 'shutdown'])), genStatem.sendRequest('nobody', 'x')]
      const messages = [await self.receive(), await self.receive()]
      return ids.map((id) =>
        messages.map((message) => genStatem.checkResponse(message, id)).find((answer) => answer !== 'no_reply'),
      )
    })
    expect(checks).toEqual([
      ['error', ['shutdown', pid]],
      ['error', ['noproc', 'nobody']],
    ])
  })
})

describe('receive_response/1, receive_response/2', () => {
  test('The same as calling gen_statem:receive_response(ReqId, infinity).', async () => {
    const { pid } = await run({})
    for (const time of [[], ['infinity']] as const) {
      let answered = false
      const id = await inside(
        node,
        (self) => {
          const request = genStatem.sendRequest(pid, 'never')
          void self.run(() => genStatem.receiveResponse(request, ...time)).then(() => (answered = true))
          return self.sleep(1_000_000)
        },
        { withinMs: 1_000_000 },
      )
      expect([id, answered]).toEqual([undefined, false])
    }
  })

  test('Receive a response corresponding to the request identifier ReqId- The request must have been made by send_request/2 to the gen_statem process. This function must be called from the same process from which send_request/2 was made.', async () => {
    const { pid } = await run({})
    expect(await inside(node, () => genStatem.receiveResponse(genStatem.sendRequest(pid, asks('x', 'reply'))))).toEqual([
      'reply',
      'reply',
    ])
    expect(thrownBy(() => genStatem.receiveResponse('id' as never))).toMatchObject({ reason: 'badarg' })
  })

  test('Timeout specifies how long to wait for a response. If no response is received within the specified time, the function returns timeout. Assuming that the server executes on a node supporting aliases (introduced in OTP 24) the request will also be abandoned. That is, no response will be received after a timeout.', async () => {
    const { pid } = await run({})
    const froms: From[] = []
    const answers = await inside(
      node,
      async (self) => {
        const id = genStatem.sendRequest(pid, keeps(froms))
        const answer = await self.run(() => genStatem.receiveResponse(id, 50))
        genStatem.reply(froms[0] as From, 'late')
        return [answer, await self.receive(() => true, { afterMs: 0 }), self.run(() => node.now())]
      },
      { withinMs: 60 },
    )
    expect(answers).toEqual(['timeout', undefined, 50])
  })

  test('The return value Reply is generated when a state callback returns with {reply,From,Reply} as one action(), and that Reply becomes the return value of this function.', async () => {
    const { pid } = await run({})
    const answer = await inside(node, async (self) => {
      const id = genStatem.sendRequest(pid, asks('x', { any: 'term' }))
      return self.run(() => genStatem.receiveResponse(id))
    })
    expect(answer).toEqual(['reply', { any: 'term' }])
  })

  test('The function returns an error if the gen_statem dies before or during this function call.', async () => {
    const { pid } = await run({})
    const answers = await inside(node, async (self) => {
      const during = await genStatem.receiveResponse(genStatem.sendRequest(pid, step('x', ['stop', 'shutdown'])))
      return [during, await self.run(() => genStatem.receiveResponse(genStatem.sendRequest(pid, 'x')))]
    })
    expect(answers).toEqual([
      ['error', ['shutdown', pid]],
      ['error', ['noproc', pid]],
    ])
  })

  test('The difference between wait_response/2 and receive_response/2 is that receive_response/2 abandons the request at timeout so that a potential future response is ignored, while wait_response/2 does not.', async () => {
    const { pid } = await run({})
    const froms: From[] = []
    const answers = await inside(
      node,
      async (self) => {
        const ids = [genStatem.sendRequest(pid, keeps(froms)), genStatem.sendRequest(pid, keeps(froms))] as const
        await self.run(() => genStatem.waitResponse(ids[0], 10))
        await self.run(() => genStatem.receiveResponse(ids[1], 10))
        for (const from of froms) genStatem.reply(from, 'late')
        return [
          await self.run(() => genStatem.waitResponse(ids[0], 10)),
          await self.run(() => genStatem.waitResponse(ids[1], 10)),
        ]
      },
      { withinMs: 50 },
    )
    expect(answers).toEqual([['reply', 'late'], 'timeout'])
  })
})

describe('reply/1, reply/2', () => {
  test('This function can be used by a gen_statem to explicitly send a reply to a process that waits in call/2 when the reply cannot be defined in the return value of a state callback.', async () => {
    const { pid } = await run({})
    const early = step('x', async ({ from }: { from: From }) => {
      genStatem.reply(from, 'before the callback is done')
      await Promise.resolve()
      return 'keep_state_and_data'
    })
    expect(await call(pid, early)).toBe('before the callback is done')
  })

  test('From must be the term from argument {call,From} to the state callback. A reply or multiple replies canalso be sent using one or several reply_action()s from a state callback.', async () => {
    const { pid } = await run({})
    const froms: From[] = []
    const calls = [call(pid, keeps(froms)), call(pid, keeps(froms)), call(pid, keeps(froms))]
    await node.settle()
    genStatem.reply(['reply', froms[0] as From, 'one'])
    genStatem.reply([
      ['reply', froms[1] as From, 'two'],
      ['reply', froms[2] as From, 'three'],
    ])
    expect(await Promise.all(calls)).toEqual(['one', 'two', 'three'])
    expect(thrownBy(() => genStatem.reply({ pid } as never, 'x' as never))).toMatchObject({ reason: 'badarg' })
  })

  test('A reply sent with this function is not visible in sys debug output.', async () => {
    const { pid } = await run({})
    const out: unknown[] = []
    await node.run(() => sys.trace(pid, (event) => void (event.type === 'out' && out.push(event.message))))
    const direct = step('x', ({ from }: { from: From }) => (genStatem.reply(from, 'by function'), 'keep_state_and_data'))
    await call(pid, direct)
    await call(pid, asks('y', 'by action'))
    expect(out).toEqual(['by action'])
  })
})

describe('send_request/2', () => {
  test('Sends an asynchronous call request Request to the gen_statem process identified by ServerRef and returns a request identifier ReqId. The return value ReqId shall later be used with receive_response/2, wait_response/2, or check_response/2 to fetch the actual result of the request.', async () => {
    const { pid } = await run({})
    const answers = await inside(node, async (self) => {
      const ids = ['r', 'w', 'c'].map((name) => genStatem.sendRequest(pid, asks(name, name)))
      const received = await self.run(() => genStatem.receiveResponse(ids[0] as never))
      const waited = await self.run(() => genStatem.waitResponse(ids[1] as never))
      return [received, waited, genStatem.checkResponse(await self.receive(), ids[2] as never)]
    })
    expect(answers).toEqual([
      ['reply', 'r'],
      ['reply', 'w'],
      ['reply', 'c'],
    ])
  })

  test('The call gen_statem:wait_response(gen_statem:send_request(ServerRef,Request), Timeout) can be seen as equivalent to gen_statem:call(Server,Request,Timeout), ignoring the error handling.', async () => {
    const { pid } = await run({})
    const [, waited] = (await inside(node, () => genStatem.waitResponse(genStatem.sendRequest(pid, asks('x', 'y')), 50))) as [
      string,
      unknown,
    ]
    expect(waited).toEqual(await call(pid, asks('x', 'y'), 50))
  })

  test('The gen_statem calls the state callback with event_type() {call,From} and event content Request.', async () => {
    const { pid, taken } = await run({})
    await inside(node, () => genStatem.sendRequest(pid, 'request'))
    expect(taken()).toEqual([['call', 'request', 'a']])
  })

  test('A Reply is generated when a state callback returns with {reply,From,Reply} as one action(), and that Reply becomes the return value of receive_response/1,2, wait_response/1,2, or check_response/2 function.', async () => {
    const { pid } = await run({})
    const reply = { any: 'term' }
    expect(await inside(node, () => genStatem.waitResponse(genStatem.sendRequest(pid, asks('x', reply))))).toEqual([
      'reply',
      reply,
    ])
  })
})

describe('start/3, start/4', () => {
  test('Creates a standalone gen_statem process according to OTP design principles (using proc_lib primitives). As it does not get linked to the calling process, this start function cannot be used by a supervisor to start a child.', async () => {
    const [pid, links] = await inside(node, async (self) => {
      const started = unwrap(await genStatem.start(machine().module))
      return [started, node.processInfo(self.pid, 'links')]
    })
    await node.settle()
    expect([links, node.isAlive(pid)]).toEqual([[], true])
  })
})

describe('start_link/3, start_link/4', () => {
  test('Creates a gen_statem process according to OTP design principles (using proc_lib primitives) that is linked to the calling process. This is essential when the gen_statem must be part of a supervision tree so it gets linked to its supervisor.', async () => {
    const [pid, parent, links] = await inside(node, async (self) => {
      const started = unwrap(await genStatem.startLink(machine().module))
      return [started, self.pid, node.processInfo(started, 'links')]
    })
    expect(links).toEqual([parent])
    expect(node.isAlive(pid)).toBe(true) // its parent has ended with `normal`, and it does not trap exits
  })

  test('The gen_statem process calls Module:init/1 to initialize the server. To ensure a synchronized startup procedure, start_link/3,4 does not return until Module:init/1 has returned.', async () => {
    const order: unknown[] = []
    const init = async (): Promise<unknown> => {
      await Promise.resolve()
      order.push('init')
      return ['ok', 'a', 0]
    }
    await inside(node, async () => {
      await genStatem.startLink(machine({ init }).module)
      order.push('started')
    })
    expect(order).toEqual(['init', 'started'])
  })

  test('ServerName specifies the server_name() to register for the gen_statem. If the gen_statem is started with start_link/3, no ServerName is provided and the gen_statem is not registered.', async () => {
    const names = await inside(node, async (self) => {
      const named = unwrap(await genStatem.startLink(machine().module, undefined, { name: 'm' }))
      const unnamed = unwrap(await self.run(() => genStatem.startLink(machine().module)))
      return [
        node.whereis('m')?.equals(named),
        node.processInfo(named, 'registered_name'),
        node.processInfo(unnamed, 'registered_name'),
      ]
    })
    expect(names).toEqual([true, 'm', undefined])
  })

  test('Args is an arbitrary term that is passed as the argument to Module:init/1.', async () => {
    const args: unknown[] = []
    const module = { ...machine().module, init: (arg: unknown) => (args.push(arg), ['ok', 'a', 0]) }
    for (const arg of ['text', { any: ['term'] }, undefined]) await node.run(() => genStatem.start(module as never, arg as never))
    expect(args).toEqual(['text', { any: ['term'] }, undefined])
  })

  test('If option {timeout,Time} is present in Opts, the gen_statem is allowed to spend Time milliseconds initializing or it terminates and the start function returns {error,timeout}.', async () => {
    const slow = machine({ init: () => new Promise(() => undefined) })
    const result = await inside(node, () => genStatem.startLink(slow.module, undefined, { timeoutMs: 50 }), { withinMs: 50 })
    expect(result).toEqual(['error', 'timeout'])
    expect(node.processes()).toEqual([])
  })

  test('If the gen_statem is successfully created and initialized, this function returns {ok,Pid}, where Pid is the pid() of the gen_statem. If a process with the specified ServerName exists already, this function returns {error,{already_started,Pid}}, where Pid is the pid() of that process.', async () => {
    const start = (): Promise<unknown> => inside(node, () => genStatem.startLink(machine().module, undefined, { name: 'm' }))
    const [, pid] = (await start()) as [string, Pid]
    expect(node.whereis('m')).toBe(pid)
    expect(await start()).toEqual(['error', ['already_started', pid]])
  })

  test('If Module:init/1 fails with Reason, this function returns {error,Reason}. If Module:init/1 returns {stop,Reason} or ignore, the process is terminated and this function returns {error,Reason} or ignore, respectively. An exit signal with the same Reason (or normal if Module:init/1 returns ignore) is set to linked processes and ports, including the process calling start_link/3,4.', async () => {
    node.expectCrash(boom)
    node.expectCrash('tired')
    const fails = (): never => {
      throw boom
    }
    const start = (init: unknown): Promise<unknown> =>
      inside(node, async (self) => {
        self.trapExit(true)
        const result = await genStatem.startLink(machine({ init }).module)
        return [result, (await self.receive(isExit)).reason]
      })
    expect(await start(fails)).toEqual([['error', boom], expect.objectContaining({ value: boom })])
    expect(await start(() => exit('shutdown'))).toEqual([['error', 'shutdown'], 'shutdown'])
    expect(await start(['stop', 'tired'])).toEqual([['error', 'tired'], 'tired'])
    expect(await start(['ignore'])).toEqual([['ignore'], 'normal'])
  })
})

describe('start_monitor/3, start_monitor/4', () => {
  test('Creates a standalone gen_statem process according to OTP design principles (using proc_lib primitives) and atomically sets up a monitor to the newly created process. As it does not get linked to the calling process, this start function cannot be used by a supervisor to start a child.', async () => {
    const seen = await inside(node, async (self) => {
      const [pid] = unwrap<any>(await genStatem.startMonitor(machine().module))
      const info = [node.processInfo(self.pid, 'links'), node.processInfo(self.pid, 'monitors')]
      return [pid, ...info]
    })
    expect(seen.slice(1)).toEqual([[], [seen[0]]])
  })

  test('Note that the return value on successful start differs from start_link/3,4. start_monitor/3,4 will return {ok,{Pid,Mon}} where Pid is the process identifier of the process, and Mon is a reference to the monitor set up to monitor the process. If the start is not successful, the caller will be blocked until the DOWN message has been received and removed from the message queue.', async () => {
    const seen = await inside(node, async (self) => {
      const [pid, ref] = unwrap<any>(await genStatem.startMonitor(machine().module))
      genStatem.cast(pid, step('x', 'stop'))
      const down = await self.receive(isDown)
      const failed = await self.run(() => genStatem.startMonitor(machine({ init: ['stop', 'shutdown'] }).module))
      return [down.ref.equals(ref), failed, await self.receive(isDown, { afterMs: 0 })]
    })
    expect(seen).toEqual([true, ['error', 'shutdown'], undefined])
  })
})

describe('stop/1, stop/3', () => {
  test('The same as stop(ServerRef, normal, infinity).', async () => {
    for (const rest of [[], ['normal', 'infinity']] as const) {
      const { pid, taken } = await run({})
      await node.run(() => genStatem.stop(pid, ...rest))
      expect(taken()).toEqual([['terminate', 'normal', 'a', 0]])
    }
  })

  test('Orders the gen_statem ServerRef to exit with the specified Reason and waits for it to terminate. The gen_statem calls Module:terminate/3 before exiting.', async () => {
    const order: unknown[] = []
    const terminate = async (reason: unknown): Promise<void> => {
      await Promise.resolve()
      order.push(reason)
    }
    const pid = await started(node, { module: { ...machine().module, terminate } as never })
    await node.run(() => genStatem.stop(pid, 'shutdown'))
    expect([order, node.isAlive(pid)]).toEqual([['shutdown'], false])
  })

  test('This function returns ok if the server terminates with the expected reason. Any other reason than normal, shutdown, or {shutdown,Term} causes an error report to be issued through logger(3erl). An exit signal with the same reason is sent to linked processes and ports. The default Reason is normal.', async () => {
    node.expectCrash('tired')
    const reasons: unknown[] = []
    for (const reason of ['normal', 'shutdown', ['shutdown', 1], 'tired'] as ExitReason[]) {
      const heard = await inside(node, async (self) => {
        self.trapExit(true)
        const pid = unwrap(await genStatem.startLink(machine().module))
        expect(await self.run(() => genStatem.stop(pid, reason))).toBe(undefined)
        return self.receive(isExit)
      })
      reasons.push(heard.reason)
    }
    expect(reasons).toEqual(['normal', 'shutdown', ['shutdown', 1], 'tired'])
    expect(node.crashes.map(({ facts }) => facts.reason)).toEqual(['tired'])
  })

  test('Timeout is an integer > 0, which specifies how many milliseconds to wait for the server to terminate, or the atom infinity to wait indefinitely. Defaults to infinity. If the server does not terminate within the specified time, the call exits the calling process with reason timeout.', async () => {
    const terminate = (): Promise<void> => new Promise(() => undefined)
    const pid = await started(node, { module: { ...machine().module, terminate } as never })
    const failed = expect(node.run(() => genStatem.stop(pid, 'normal', 50))).rejects.toMatchObject({ reason: 'timeout' })
    await node.advance(50)
    await failed
    node.exit(pid, 'kill')
  })

  test('If the process does not exist, the call exits the calling process with reason noproc', async () => {
    node.expectCrash('noproc')
    const caller = node.spawn(() => genStatem.stop('nobody'))
    await node.settle()
    expect(node.isAlive(caller)).toBe(false)
  })
})

describe('wait_response/1, wait_response/2', () => {
  test('Wait for a response corresponding to the request identifier ReqId. The request must have been made by send_request/2 to the gen_statem process. This function must be called from the same process from which send_request/2 was made.', async () => {
    const { pid } = await run({})
    expect(await inside(node, () => genStatem.waitResponse(genStatem.sendRequest(pid, asks('x', 'reply'))))).toEqual([
      'reply',
      'reply',
    ])
    expect(thrownBy(() => genStatem.waitResponse('id' as never))).toMatchObject({ reason: 'badarg' })
  })

  test('WaitTime specifies how long to wait for a reply. If no reply is received within the specified time, the function returns timeout and no cleanup is done, and thus the function can be invoked repeatedly until a reply is returned.', async () => {
    const { pid } = await run({})
    const froms: From[] = []
    const answers = await inside(
      node,
      async (self) => {
        const id = genStatem.sendRequest(pid, keeps(froms))
        const wait = (): Promise<unknown> => self.run(() => genStatem.waitResponse(id, 10))
        const before = [await wait(), await wait()]
        genStatem.reply(froms[0] as From, 'at last')
        return [...before, await wait()]
      },
      { withinMs: 30 },
    )
    expect(answers).toEqual(['timeout', 'timeout', ['reply', 'at last']])
  })

  test('The return value Reply is generated when a state callback returns with {reply,From,Reply} as one action(), and that Reply becomes the return value of this function.', async () => {
    const { pid } = await run({})
    const answer = await inside(node, async (self) => {
      const id = genStatem.sendRequest(pid, asks('x', { any: 'term' }))
      return self.run(() => genStatem.waitResponse(id))
    })
    expect(answer).toEqual(['reply', { any: 'term' }])
  })

  test('The function returns an error if the gen_statem dies before or during this function call.', async () => {
    const { pid } = await run({})
    const answer = await inside(node, () => genStatem.waitResponse(genStatem.sendRequest(pid, step('x', ['stop', 'shutdown']))))
    expect(answer).toEqual(['error', ['shutdown', pid]])
  })
})

describe('Module:callback_mode/0', () => {
  test("The value is cached by gen_statem for efficiency reasons, so this function is only called once after server start, after code change, and after changing the callback module, but before the first state callback in the current callback module's code version is called.", async () => {
    let reads = 0
    const { module, taken } = machine()
    const counting = Object.defineProperty({ ...module }, 'callbackMode', { get: () => (reads++, 'handleEventFunction') })
    const pid = await started(node, { module: counting as never })
    await casts(node, pid, to('b'), 'x', 'y')
    expect([reads, taken().length]).toEqual([1, 3])
  })

  test('The CallbackMode is either just callback_mode() or a list containing callback_mode() and possibly the atom state_enter.', async () => {
    for (const callbackMode of ['handleEventFunction', ['handleEventFunction'], ['handleEventFunction', 'stateEnter']])
      await started(node, { module: { ...machine({ enter: () => 'keep_state_and_data' }).module, callbackMode } as never })
    expect(
      thrownBy(() => genStatem.start({ ...machine().module, callbackMode: ['stateEnter'] } as never, undefined)),
    ).toMatchObject({
      reason: 'badarg',
    })
  })
})

describe('Module:init/1', () => {
  test('Whenever a gen_statem is started using start_link/3,4, start_monitor/3,4, or start/3,4, this function is called by the new process to initialize the implementation state and server data.', async () => {
    const pids: Pid[] = []
    const module = {
      ...machine().module,
      init: (_arg: unknown, self: { pid: Pid }) => (pids.push(self.pid), ['ok', 'state', 'data']),
    }
    const started = await inside(node, async (self) => {
      const linked = unwrap(await genStatem.startLink(module as never, undefined as never))
      const [monitored] = unwrap<any>(await self.run(() => genStatem.startMonitor(module as never, undefined as never)))
      return [linked, monitored, unwrap(await genStatem.start(module as never, undefined as never))]
    })
    expect(started).toEqual(pids)
    for (const pid of pids.slice(0, 2)) expect(await node.run(() => sys.getState(pid))).toEqual(['state', 'data'])
  })

  test('Args is the Args argument provided to that start function.', async () => {
    const module = { ...machine().module, init: (arg: unknown) => ['ok', 'a', arg] }
    const pid = unwrap(await node.run(() => genStatem.start(module as never, { my: 'arg' } as never)))
    expect(await node.run(() => sys.getState(pid))).toEqual(['a', { my: 'arg' }])
  })
})

describe('Module:StateName/3, Module:handle_event/4', () => {
  test('Whenever a gen_statem receives an event from call/2, cast/2, or as a normal process message, one of these functions is called. If callback mode is state_functions, Module:StateName/3 is called, and if it is handle_event_function, Module:handle_event/4 is called.', async () => {
    for (const options of [{ states: ['a'] }, {}]) {
      const { taken, pid } = await run(options, 'by cast')
      node.run(() => send(pid, 'by send'))
      await call(pid, asks('by call'))
      expect(taken()).toEqual([
        ['cast', 'by cast', 'a'],
        ['info', 'by send', 'a'],
        ['call', 'by call', 'a'],
      ])
    }
  })

  test('If EventType is {call,From}, the caller waits for a reply. The reply can be sent from this or from any other state callback by returning with {reply,From,Reply} in Actions, in Replies, or by calling reply(From, Reply).', async () => {
    const { pid } = await run({})
    const froms: From[] = []
    const calls = [call(pid, keeps(froms)), call(pid, keeps(froms)), call(pid, keeps(froms))]
    await casts(node, pid, to('b'))
    await casts(
      node,
      pid,
      step('function', () => (genStatem.reply(froms[0] as From, 'function'), 'keep_state_and_data')),
    )
    await casts(
      node,
      pid,
      step('action', () => ['keep_state_and_data', ['reply', froms[1], 'action']]),
    )
    await casts(
      node,
      pid,
      step('reply', () => ['stop_and_reply', 'normal', ['reply', froms[2], 'replies']]),
    )
    expect(await Promise.all(calls)).toEqual(['function', 'action', 'replies'])
  })

  test('If this function returns with a next state that does not match equal (=/=) to the current state, all postponed events are retried in the next state.', async () => {
    const same = { n: 1, list: ['x'] }
    const { taken } = await run(
      { init: ['ok', same, 0] },
      postponed,
      step('equal', ['next_state', { n: 1, list: ['x'] }, 0]),
      to('b'),
    )
    expect(taken().map((entry: any) => [entry[1], entry[2]])).toEqual([
      ['later', same],
      ['equal', same],
      ['to b', same],
      ['later', 'b'],
    ])
  })

  test('The only difference between StateFunctionResult and HandleEventResult is that for StateFunctionResult the next state must be an atom, but for HandleEventResult there is no restriction on the next state.', async () => {
    const { taken } = await run({}, to({ any: 'term' }), 'x')
    expect(taken().at(-1)).toEqual(['cast', 'x', { any: 'term' }])
    node.expectCrash('badarg')
    const other = await run({ states: ['a'] }, to({ any: 'term' }), 'x')
    expect(other.taken().at(-1)).toEqual(['terminate', 'badarg', { any: 'term' }, 0])
  })

  test('When the gen_statem runs with state enter calls, these functions are also called with arguments (enter, OldState, ...) during every state change. In this case there are some restrictions on the actions that may be returned: postpone() is not allowed since a state enter call is not an event so there is no event to postpone, and {next_event,_,_} is not allowed since using state enter calls should not affect how events are consumed and produced.', async () => {
    for (const action of ['postpone', ['next_event', 'internal', 'x']]) {
      const reason = ['bad_state_enter_action_from_state_function', action]
      node.expectCrash(reason as never)
      const { taken } = await run({ enter: (state) => ['keep_state_and_data', state === 'b' ? [action] : []] }, to('b'))
      expect(taken().slice(2)).toEqual([
        ['enter', 'a', 'b'],
        ['terminate', reason, 'b', 0],
      ])
    }
  })

  test('You may also not change states from this call. Should you return {next_state,NextState, ...} with NextState =/= State the gen_statem crashes.', async () => {
    const answer = ['next_state', 'c', 0]
    node.expectCrash(['bad_state_enter_return_from_state_function', answer] as never)
    const { pid } = await run({ enter: (state) => (state === 'b' ? answer : 'keep_state_and_data') }, to('b'))
    expect(node.isAlive(pid)).toBe(false)
  })

  test('Note that it is actually allowed to use {repeat_state, NewData, ...} although it makes little sense since you immediately will be called again with a new state enter call making this just a weird way of looping, and there are better ways to loop in Erlang.', async () => {
    const enter = (state: unknown, _before: unknown, data: unknown): unknown =>
      state === 'b' && (data as number) < 3 ? ['repeat_state', (data as number) + 1] : 'keep_state_and_data'
    const { taken, pid } = await run({ enter }, to('b'))
    expect(taken().slice(2)).toEqual(Array.from({ length: 4 }, () => ['enter', 'a', 'b']))
    expect(await node.run(() => sys.getState(pid))).toEqual(['b', 3])
  })

  test('If you do not update NewData and have some loop termination condition, or if you use {repeat_state_and_data, _} or repeat_state_and_data you have an infinite loop!', async () => {
    for (const again of ['repeat_state_and_data', ['repeat_state_and_data', []], ['repeat_state', 0]]) {
      let entered = 0
      const { pid } = await run(
        { enter: (state) => (state === 'a' ? 'keep_state_and_data' : ++entered < 5000 ? again : 'stop') },
        to('b'),
      )
      expect([entered, node.isAlive(pid)]).toEqual([5000, false])
    }
  })

  test('Note the fact that you can use throw to return the result, which can be useful. For example to bail out with throw(keep_state_and_data) from deep within complex code that cannot return {next_state,State,Data} because State or Data is no longer in scope.', async () => {
    const deep = (): never => nocatch('keep_state_and_data')
    const { taken, pid } = await run(
      {},
      step('x', deep),
      step('y', async () => deep()),
      'z',
    )
    expect([taken().length, await node.run(() => sys.getState(pid))]).toEqual([3, ['a', 0]])
  })
})

describe('Module:terminate/3', () => {
  test('This callback is optional, so callback modules need not export it. The gen_statem module provides a default implementation without cleanup.', async () => {
    const { terminate: _none, ...module } = machine().module
    const pid = await started(node, { module: module as never })
    await node.run(() => genStatem.stop(pid, 'shutdown'))
    expect(node.isAlive(pid)).toBe(false)
  })

  test('This function is called by a gen_statem when it is about to terminate. It is to be the opposite of Module:init/1 and do any necessary cleaning up. When it returns, the gen_statem terminates with Reason. The return value is ignored.', async () => {
    const heard: unknown[] = []
    node.onExit((_pid, reason) => void heard.push(['exit', reason]))
    const terminate = (): unknown => (heard.push('terminate'), ['stop', 'other'])
    const pid = await started(node, { module: { ...machine().module, terminate } as never })
    await casts(node, pid, step('x', ['stop', 'shutdown']))
    node.onExit(undefined)
    expect(heard).toEqual(['terminate', ['exit', 'shutdown']])
  })

  test('Reason is a term denoting the stop reason and State is the internal state of the gen_statem. Reason depends on why the gen_statem is terminating. If it is because another callback function has returned, a stop tuple {stop,Reason} in Actions, Reason has the value specified in that tuple. If it is because of a failure, Reason is the error reason.', async () => {
    const stopped = await run({}, to('b'), step('x', ['stop', ['shutdown', 1], 'data']))
    expect(stopped.taken().at(-1)).toEqual(['terminate', ['shutdown', 1], 'b', 'data'])
    node.expectCrash(boom)
    const failed = await run({}, to('b'), crash)
    expect(failed.taken().at(-1)).toEqual(['terminate', boom, 'b', 0])
  })

  test("If the gen_statem is part of a supervision tree and is ordered by its supervisor to terminate, this function is called with Reason = shutdown if both the following conditions apply: * The gen_statem has been set to trap exit signals. * The shutdown strategy as defined in the supervisor's child specification is an integer time-out value, not brutal_kill.", async () => {
    const reasons: unknown[] = []
    const child = (id: string, trap: boolean, shutdown: number | 'brutalKill') => ({
      id,
      shutdown,
      start: () =>
        genStatem.startLink(
          {
            ...machine().module,
            init: (_arg: unknown, self: any) => (self.trapExit(trap), ['ok', 'a', 0]),
            terminate: (reason: unknown) => void reasons.push([id, reason]),
          } as never,
          undefined as never,
        ),
    })
    const children = [child('both', true, 1000), child('no trap', false, 1000), child('killed', true, 'brutalKill')]
    const top = unwrap(await node.run(() => supervisor.start({ children })))
    await node.run(() => supervisor.stop(top))
    expect(reasons).toEqual([['both', 'shutdown']])
  })

  test("Even if the gen_statem is not part of a supervision tree, this function is called if it receives an 'EXIT' message from its parent. Reason is the same as in the 'EXIT' message. Otherwise, the gen_statem is immediately terminated.", async () => {
    const reasons: unknown[] = []
    const module = (trap: boolean): any => ({
      ...machine().module,
      init: (_arg: unknown, self: any) => (self.trapExit(trap), ['ok', 'a', 0]),
      terminate: (reason: unknown) => void reasons.push([trap, reason]),
    })
    const parent = node.spawn(async (self) => {
      for (const trap of [true, false]) await self.run(() => genStatem.startLink(module(trap), undefined as never))
      await idle(self)
    })
    await node.settle()
    expect(node.processes()).toHaveLength(3)
    node.exit(parent, ['shutdown', 'of parent'])
    await node.settle()
    expect([reasons, node.processes()]).toEqual([[[true, ['shutdown', 'of parent']]], []])
  })

  test('Notice that for any other reason than normal, shutdown, or {shutdown,Term}, the gen_statem is assumed to terminate because of an error and an error report is issued using logger(3erl).', async () => {
    for (const reason of ['normal', 'shutdown', ['shutdown', 'x']]) await run({}, step('x', ['stop', reason]))
    expect(node.crashes).toEqual([])
    node.expectCrash({ my: 'reason' })
    await run({}, step('x', ['stop', { my: 'reason' }]))
    expect(node.crashes[0]?.facts).toMatchObject({
      behaviour: 'gen_statem',
      state: ['a', 0],
      lastEvent: ['cast', expect.anything()],
    })
  })

  test('When the gen_statem process exits, an exit signal with the same reason is sent to linked processes and ports.', async () => {
    node.expectCrash(boom)
    const heard = await inside(node, async (self) => {
      self.trapExit(true)
      genStatem.cast(unwrap(await genStatem.startLink(machine().module)), crash)
      return self.receive(isExit)
    })
    expect(heard.reason).toMatchObject({ value: boom })
  })
})

const HIBERNATE =
  'an idle machine is as small as a hibernating one: its mailbox exists only while something is in it; hibernate is accepted and needs no doing'
const DISTRIBUTED = 'other nodes come with the cluster; names are those of one node'
const OPTIONS = 'sys.trace switches debugging on in a running machine; there are no options of a process heap'
const CODE = 'code is not replaced while it runs; callbackMode is read once, at the start, and init is always called'
const MODULES = 'a module is an object: one whose functions hand over to another one needs no engine for it'
const ABSOLUTE = 'the clock of a node has no time that a program could compute with; times are relative'
const LOCATION = 'the reason of a failed call is the bare one; CallError says in words which call it was'
const PROXY = 'a reply that comes too late is dropped where it arrives, so a call needs no process in between'
const COLLECTIONS = 'requests can be kept in any Map of the program; gensock has no collection type of its own'
const ENTER_LOOP = 'a process is a machine from its start; init may be async and do what it must before it answers'
const STATUS = 'format_status is not called; what a report shows is up to the logger of the node'
const NOT_HERE: readonly (readonly [sentence: string, why: string])[] = [
  [
    'The gen_statem process can go into hibernation; see proc_lib:hibernate/3. It is done when a state callback or Module:init/1 specifies hibernate in the returned Actions list.',
    HIBERNATE,
  ],
  [
    'However, use this feature with care, as hibernation can be too costly to use after every event; see erlang:hibernate/3.',
    HIBERNATE,
  ],
  [
    'There is also a server start option {hibernate_after, Timeout} for start/3,4, start_monitor/3,4, start_link/3,4 or enter_loop/4,5,6, that may be used to automatically hibernate the server.',
    HIBERNATE,
  ],
  [
    'HibernateAfterTimeout specifies that the gen_statem process awaits any message for HibernateAfterTimeout milliseconds and if no message is received, the process goes into hibernation automatically (by calling proc_lib:hibernate/3).',
    HIBERNATE,
  ],
  [
    'In hibernation the next non-system event awakens the gen_statem, or rather the next incoming message awakens the gen_statem, but if it is a system event it goes right back into hibernation.',
    HIBERNATE,
  ],
  [
    'If true, hibernates the gen_statem by calling proc_lib:hibernate/3 before going into receive to wait for a new external event.',
    HIBERNATE,
  ],
  [
    'If there are enqueued events to process when hibrnation is requested, this is optimized by not hibernating but instead calling erlang:garbage_collect/0 to simulate that the gen_statem entered hibernation and immediately got awakened by an enqueued event.',
    HIBERNATE,
  ],
  ['hibernate: Sets the transition_option() hibernate() for this state transition.', HIBERNATE],
  [
    'If option {hibernate_after,HibernateAfterTimeout} is present, the gen_statem process awaits any message for HibernateAfterTimeout milliseconds and if no message is received, the process goes into hibernation automatically (by calling proc_lib:hibernate/3).',
    HIBERNATE,
  ],
  ['{Name,Node}: The gen_statem is locally registered on another node.', DISTRIBUTED],
  ['{global,GlobalName}: The gen_statem is globally registered in global.', DISTRIBUTED],
  [
    '{via,RegMod,ViaName}: The gen_statem is registered in an alternative process registry. The registry callback module RegMod is to export functions register_name/2, unregister_name/1, whereis_name/1, and send/2, which are to behave like the corresponding functions in global. Thus, {via,global,GlobalName} is the same as {global,GlobalName}.',
    DISTRIBUTED,
  ],
  ['and with reason {nodedown,Node} if the connection fails to the remote Node where the server runs.', DISTRIBUTED],
  ['debug: For every entry in Dbgs, the corresponding function in sys is called.', OPTIONS],
  ['If option {debug,Dbgs} is present in Opts, debugging through sys is activated.', OPTIONS],
  [
    'If option {spawn_opt,SpawnOpts} is present in Opts, SpawnOpts is passed as option list to erlang:spawn_opt/2, which is used to spawn the gen_statem process. Note: Using spawn option monitor is not allowed, it causes this function to fail with reason badarg.',
    OPTIONS,
  ],
  [
    'The function Module:callback_mode/0 is called when starting the gen_statem, after code change and after changing the callback module with any of the actions change_callback_module, push_callback_module or pop_callback_module.',
    CODE,
  ],
  [
    'Whether the state machine should use state enter calls or not is selected when starting the gen_statem and after code change using the return value from Module:callback_mode/0.',
    CODE,
  ],
  [
    'If Module:code_change/4 should transform the state, it is regarded as a state rename and not a state change, which will not cause a state enter call.',
    CODE,
  ],
  [
    'Server start happens either when Module:init/1 returns or when enter_loop/4-6 is called. Code change happens when Module:code_change/4 returns. A change of the callback module happens when a state callback returns any of the actions change_callback_module, push_callback_module or pop_callback_module.',
    CODE,
  ],
  [
    'If a release upgrade/downgrade with Change = {advanced,Extra} specified in the .appup file is made when code_change/4 is not implemented the process will crash with exit reason undef.',
    CODE,
  ],
  [
    'This function is called by a gen_statem when it is to update its internal state during a release upgrade/downgrade, that is, when the instruction {update,Module,Change,...}, where Change = {advanced,Extra}, is specified in the appup file.',
    CODE,
  ],
  [
    'For an upgrade, OldVsn is Vsn, and for a downgrade, OldVsn is {down,Vsn}. Vsn is defined by the vsn attribute(s) of the old version of the callback module Module. If no such attribute is defined, the version is the checksum of the Beam file.',
    CODE,
  ],
  [
    'If successful, the function must return the updated internal state in an {ok,NewState,NewData} tuple. If the function returns a failure Reason, the ongoing upgrade fails and rolls back to the old release. Note that Reason cannot be an {ok,_,_} tuple since that will be regarded as a {ok,NewState,NewData} tuple, and that a tuple matching {ok,_} is an also invalid failure Reason. It is recommended to use an atom as Reason since it will be wrapped in an {error,Reason} tuple.',
    CODE,
  ],
  [
    'Also note when upgrading a gen_statem, this function and hence the Change = {advanced,Extra} parameter in the appup file is not only needed to update the internal state or to act on the Extra argument. It is also needed if an upgrade or downgrade should change callback mode, or else the callback mode after the code change will not be honoured, most probably causing a server crash.',
    CODE,
  ],
  [
    'If the server changes callback module using any of the actions change_callback_module, push_callback_module or pop_callback_module, be aware that it is always the current callback module that will get this callback call. That the current callback module handles the current state and data update should be no surprise, but it must be able to handle even parts of the state and data that it is not familiar with, somehow.',
    CODE,
  ],
  [
    'Then the release handler concludes that an upgrade that upgrades that module needs to suspend, code change, and resume any server whose child specification declares that it is using that module. And again; the current callback module will get the Module:code_change/4 call.',
    CODE,
  ],
  [
    'change_callback_module: Changes the callback module to NewModule which will be used when calling all subsequent state callbacks. The gen_statem engine will find out the callback mode of NewModule by calling NewModule:callback_mode/0 before the next state callback. Changing the callback module does not affect the state transition in any way, it only changes which module that handles the events. Be aware that all relevant callback functions in NewModule such as the state callback, NewModule:code_change/4, NewModule:format_status/1 and NewModule:terminate/3 must be able to handle the state and data from the old module.',
    MODULES,
  ],
  [
    'push_callback_module: Pushes the current callback module to the top of an internal stack of callback modules and changes the callback module to NewModule. Otherwise like {change_callback_module, NewModule} above.',
    MODULES,
  ],
  [
    'pop_callback_module: Pops the top module from the internal stack of callback modules and changes the callback module to be the popped module. If the stack is empty the server fails. Otherwise like {change_callback_module, NewModule} above.',
    MODULES,
  ],
  [
    'If Abs is true an absolute timer is started, and if it is false a relative, which is the default. See erlang:start_timer/4 for details.',
    ABSOLUTE,
  ],
  [
    'See erlang:start_timer/4 for how Time and Options are interpreted. Future erlang:start_timer/4 Options will not necessarily be supported.',
    ABSOLUTE,
  ],
  [
    '{abs, Timeout}: An absolute Erlang monotonic time timeout in milliseconds. That is, the operation will time out when erlang:monotonic_time(millisecond) returns a value larger than or equal to Timeout. Timeout is not allowed to identify a time further into the future than 4294967295 milliseconds. Identifying the timeout using an absolute timeout value is especially handy when you have a deadline for responses corresponding to a complete collection of requests (request_id_collection()) , since you do not have to recalculate the relative time until the deadline over and over again.',
    ABSOLUTE,
  ],
  [
    'The exit term is on the form {Reason, Location} where Location = {gen_statem,call,ArgList}. See gen_server:call/3 that has a description of relevant values for the Reason in the exit term.',
    LOCATION,
  ],
  [
    "For Timeout < infinity, to avoid getting a late reply in the caller's inbox if the caller should catch exceptions, this function spawns a proxy process that does the call.",
    PROXY,
  ],
  [
    'Timeout can also be a tuple {clean_timeout,T} or {dirty_time-out,T}, where T is the time-out time. {clean_timeout,T} works like just T described in the note above and uses a proxy process while {dirty_timeout,T} bypasses the proxy process which is more lightweight.',
    PROXY,
  ],
  [
    'If you combine catching exceptions from this function with {dirty_timeout,T} to avoid that the calling process dies when the call times out, you will have to be prepared to handle a late reply. Note that there is an odd chance to get a late reply even with {dirty_timeout,infinity} or infinity for example in the event of network problems. So why not just let the calling process die by not catching the exception?',
    PROXY,
  ],
  ['Otherwise, a stray response might be received at a later time.', PROXY],
  [
    'An opaque collection of request identifiers (request_id()) where each request identifier can be associated with a label chosen by the user. For more information see reqids_new/0.',
    COLLECTIONS,
  ],
  ['Check if Msg is a response corresponding to a request identifier saved in ReqIdCollection.', COLLECTIONS],
  [
    'All request identifiers of ReqIdCollection must correspond to requests that have been made using send_request/2 or send_request/4, and all request must have been made by the process calling this function.',
    COLLECTIONS,
  ],
  [
    'The Label in the response equals the Label associated with the request identifier that the response corresponds to.',
    COLLECTIONS,
  ],
  [
    'The Label of a request identifier is associated when saving the request id in a request identifier collection, or when sending the request using send_request/4.',
    COLLECTIONS,
  ],
  [
    'Compared to check_response/2, the returned result associated with a specific request identifier or an exception associated with a specific request identifier will be wrapped in a 3-tuple.',
    COLLECTIONS,
  ],
  [
    'The first element of this tuple equals the value that would have been produced by check_response/2, the second element equals the Label associated with the specific request identifier, and the third element NewReqIdCollection is a possibly modified request identifier collection.',
    COLLECTIONS,
  ],
  ['If ReqIdCollection is empty, the atom no_request will be returned.', COLLECTIONS],
  [
    'If Msg does not correspond to any of the request identifiers in ReqIdCollection, the atom no_reply is returned.',
    COLLECTIONS,
  ],
  [
    'If Delete equals true, the association with Label will have been deleted from ReqIdCollection in the resulting NewReqIdCollection.',
    COLLECTIONS,
  ],
  ['If Delete equals false, NewReqIdCollection will equal ReqIdCollection.', COLLECTIONS],
  [
    'Note that deleting an association is not for free and that a collection containing already handled requests can still be used by subsequent calls to check_response/3, receive_response/3, and wait_response/3.',
    COLLECTIONS,
  ],
  [
    'However, without deleting handled associations, the above calls will not be able to detect when there are no more outstanding requests to handle, so you will have to keep track of this some other way than relying on a no_request return.',
    COLLECTIONS,
  ],
  [
    'Note that if you pass a collection only containing associations of already handled or abandoned requests to check_response/3, it will always return no_reply.',
    COLLECTIONS,
  ],
  ['Receive a response corresponding to a request identifier saved in ReqIdCollection.', COLLECTIONS],
  [
    'The Label of a request identifier is associated when adding the request id in a request identifier collection, or when sending the request using send_request/4.',
    COLLECTIONS,
  ],
  [
    'Compared to receive_response/2, the returned result associated with a specific request identifier will be wrapped in a 3-tuple.',
    COLLECTIONS,
  ],
  [
    'The first element of this tuple equals the value that would have been produced by receive_response/2, the second element equals the Label associated with the specific request identifier, and the third element NewReqIdCollection is a possibly modified request identifier collection.',
    COLLECTIONS,
  ],
  ['Timeout specifies how long to wait for a response.', COLLECTIONS],
  ['If no response is received within the specified time, the function returns timeout.', COLLECTIONS],
  [
    'Assuming that the server executes on a node supporting aliases (introduced in OTP 24) all requests identified by ReqIdCollection will also be abandoned.',
    COLLECTIONS,
  ],
  ['That is, no responses will be received after a timeout.', COLLECTIONS],
  ['Otherwise, stray responses might be received at a later time.', COLLECTIONS],
  [
    'The difference between receive_response/3 and wait_response/3 is that receive_response/3 abandons the requests at timeout so that potential future responses are ignored, while wait_response/3 does not.',
    COLLECTIONS,
  ],
  [
    'Note that deleting an association is not for free and that a collection containing already handled requests can still be used by subsequent calls to receive_response/3, check_response/3, and wait_response/3.',
    COLLECTIONS,
  ],
  [
    'Note that if you pass a collection only containing associations of already handled or abandoned requests to receive_response/3, it will always block until a timeout determined by Timeout is triggered.',
    COLLECTIONS,
  ],
  ['Wait for a response corresponding to a request identifier saved in ReqIdCollection.', COLLECTIONS],
  [
    'Compared to wait_response/2, the returned result associated with a specific request identifier or an exception associated with a specific request identifier will be wrapped in a 3-tuple.',
    COLLECTIONS,
  ],
  [
    'The first element of this tuple equals the value that would have been produced by wait_response/2, the second element equals the Label associated with the specific request identifier, and the third element NewReqIdCollection is a possibly modified request identifier collection.',
    COLLECTIONS,
  ],
  ['If ReqIdCollection is empty, no_request will be returned.', COLLECTIONS],
  ['If no response is received before the WaitTime timeout has triggered, the atom timeout is returned.', COLLECTIONS],
  [
    'It is valid to continue waiting for a response as many times as needed up until a response has been received and completed by check_response(), receive_response(), or wait_response().',
    COLLECTIONS,
  ],
  [
    'The difference between receive_response/3 and wait_response/3 is that receive_response/3 abandons requests at timeout so that a potential future responses are ignored, while wait_response/3 does not.',
    COLLECTIONS,
  ],
  [
    'Note that deleting an association is not for free and that a collection containing already handled requests can still be used by subsequent calls to wait_response/3, check_response/3, and receive_response/3.',
    COLLECTIONS,
  ],
  [
    'Note that if you pass a collection only containing associations of already handled or abandoned requests to wait_response/3, it will always block until a timeout determined by WaitTime is triggered and then return no_reply.',
    COLLECTIONS,
  ],
  [
    'Saves ReqId and associates a Label with the request identifier by adding this information to ReqIdCollection and returning the resulting request identifier collection.',
    COLLECTIONS,
  ],
  [
    'Returns a new empty request identifier collection. A request identifier collection can be utilized in order the handle multiple outstanding requests. Request identifiers of requests made by send_request/2 can be saved in a request identifier collection using reqids_add/3. Such a collection of request identifiers can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or, check_response/3. reqids_size/1 can be used to determine the amount of request identifiers in a request identifier collection.',
    COLLECTIONS,
  ],
  ['Returns the amount of request identifiers saved in ReqIdCollection.', COLLECTIONS],
  [
    'Returns a list of {ReqId, Label} tuples which corresponds to all request identifiers with their associated labels present in the ReqIdCollection collection.',
    COLLECTIONS,
  ],
  [
    'Besides passing the request identifier directly to these functions, it can also be saved in a request identifier collection using reqids_add/3. Such a collection of request identifiers can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or check_response/3. If you are about to save the request identifier in a request identifier collection, you may want to consider using send_request/4 instead.',
    COLLECTIONS,
  ],
  [
    'Sends an asynchronous call request Request to the gen_statem process identified by ServerRef. The Label will be associated with the request identifier of the operation and added to the returned request identifier collection NewReqIdCollection. The collection can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or, check_response/3. The same as calling gen_statem:reqids_add(statem:send_request(ServerRef, Request), Label, ReqIdCollection), but calling send_request/4 is slightly more efficient.',
    COLLECTIONS,
  ],
  [
    'The same as enter_loop/6 with Actions = [] except that no server_name() must have been registered. This creates an anonymous server.',
    ENTER_LOOP,
  ],
  [
    'If Server_or_Actions is a list(), the same as enter_loop/6 except that no server_name() must have been registered and Actions = Server_or_Actions. This creates an anonymous server. Otherwise the same as enter_loop/6 with Server = Server_or_Actions and Actions = [].',
    ENTER_LOOP,
  ],
  [
    'Makes the calling process become a gen_statem. Does not return, instead the calling process enters the gen_statem receive loop and becomes a gen_statem server. The process must have been started using one of the start functions in proc_lib. The user is responsible for any initialization of the process, including registering a name for it. This function is useful when a more complex initialization procedure is needed than the gen_statem behavior provides. Module, Opts have the same meaning as when calling start[_link|_monitor]/3,4. If Server is self() an anonymous server is created just as when using start[_link|_monitor]/3. If Server is a server_name() a named server is created just as when using start[_link|_monitor]/4. However, the server_name() name must have been registered accordingly before this function is called. State, Data, and Actions have the same meanings as in the return value of Module:init/1. Also, the callback module does not need to export a Module:init/1 function. The function fails if the calling process was not started by a proc_lib start function, or if it is not registered according to server_name().',
    ENTER_LOOP,
  ],
  [
    'Note that if the gen_statem is started through proc_lib and enter_loop/4-6, this callback will never be called. Since this callback is not optional it can in that case be implemented as: -spec init(_) -> no_return(). init(Args) -> erlang:error(not_implemented, [Args]).',
    ENTER_LOOP,
  ],
  [
    'A map that describes the gen_statem status. The keys are: state: The current state of the gen_statem process. data: The state data of the the gen_statem process. reason: The reason that caused the state machine to terminate. queue: The event queue of the gen_statem process. postponed: The postponed events queue of the gen_statem process. timeouts: The active time-outs of the gen_statem process. log: The sys log of the server. New associations may be added to the status map without prior notice.',
    STATUS,
  ],
  [
    'The gen_statem module provides a default implementation of this function that returns {State,Data}. If this callback is exported but fails, to hide possibly sensitive data, the default function will instead return {State,Info}, where Info says nothing but the fact that format_status/2 has crashed.',
    STATUS,
  ],
  [
    'This function is called by a gen_statem process when any of the following apply: * sys:get_status/1,2 is invoked to get the gen_statem status. * The gen_statem process terminates abnormally and logs an error.',
    STATUS,
  ],
  [
    'This function is useful for changing the form and appearance of the gen_statem status for these cases. A callback module wishing to change the sys:get_status/1,2 return value and how its status appears in termination error logs exports an instance of format_status/1, which will get a map Status that describes the current states of the gen_statem, and shall return a map NewStatus containing the same keys as the input map, but it may transform some values.',
    STATUS,
  ],
  ['If a format_status/1 callback exists, then this function will never be called.', STATUS],
  ['One of sys:get_status/1,2 is invoked to get the gen_statem status. Opt is set to the atom normal for this case.', STATUS],
  [
    'The function is to return Status, a term that contains the appropriate details of the current state and status of the gen_statem. There are no restrictions on the form Status can take, but for the sys:get_status/1,2 case (when Opt is normal), the recommended form for the Status value is [{data, [{"State", Term}]}], where Term provides relevant details of the gen_statem state. Following this recommendation is not required, but it makes the callback module status consistent with the rest of the sys:get_status/1,2 return value.',
    STATUS,
  ],
]

describe('not here, and why', () => {
  test.each(NOT_HERE)('%s', (sentence, why) => {
    expect(sentence).not.toBe('')
    expect(why).toMatch(/\w+ \w+/)
  })

  test('none of the functions that are left out is there', () => {
    expect(Object.keys(genStatem).filter((name) => /^reqids|codeChange|formatStatus|enterLoop/.test(name))).toEqual([])
    for (const option of ['hibernateAfterMs', 'debug', 'spawnOpt'])
      expect(thrownBy(() => genStatem.start(machine().module, undefined, { [option]: 1 } as never))).toMatchObject({
        code: 'GENSOCK_ERR_UNKNOWN_OPTION',
      })
  })

  test.each<[unknown]>([
    [['change_callback_module', {}]],
    [['push_callback_module', {}]],
    [['state_timeout', 5, 'x', ['abs', true]]],
  ])('an action that is left out is refused: %j', async (action) => {
    node.expectCrash(['bad_action_from_state_function', action] as never)
    const { pid } = await run({}, acts('x', action))
    expect(node.isAlive(pid)).toBe(false)
  })
})
