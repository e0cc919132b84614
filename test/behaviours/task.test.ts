// Tasks: work in a process of its own, with a value at the end; after Elixir's Task and Task.Supervisor.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  createNode,
  dynamicSupervisor,
  exit,
  type GenServer,
  genServer,
  isReply,
  nocatch,
  type Pid,
  type Receiver,
  silentLogger,
  StartError,
  supervisor,
  type Task,
  task,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { cpuMs } from '../cpu-time.js'
import { idle, inside, thrownBy } from '../runtime/inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
/** The work of a task: a value after a while. */
const after =
  <T>(ms: number, value: T) =>
  async (self: Receiver): Promise<T> => {
    await self.sleep(ms)
    return value
  }
const boom = (): never => {
  throw new Error('boom')
}
/** What a promise comes to, and when. */
const result = (promise: Promise<unknown>): Promise<unknown[]> =>
  promise.then(
    (value) => ['value', value, node.now()],
    (error: { reason?: unknown }) => ['error', error.reason, node.now()],
  )
const tasks = async (options?: object): Promise<any> => unwrap(await at(() => dynamicSupervisor.start(options)))

describe('task.async and task.await', () => {
  test('answer the value of a function, sync or async, with its arguments', async () => {
    const body = (): Promise<unknown[]> =>
      Promise.all([
        task.await(task.async(() => 1)),
        task.await(task.async((n: number) => n + 1, [1])),
        task.await(task.async(async (a: number, b: string) => `${a}${b}`, [3, 'x'])),
        task.await(task.async(after(100, 4))),
      ])
    expect(await inside(node, body, { withinMs: 100 })).toEqual([1, 2, '3x', 4])
  })

  test('the function runs in a process of its own, linked to its owner, and gets its Self last', async () => {
    const seen = await inside(node, async (self) => {
      const look = (given: string, own: Receiver): unknown[] => [given, own.pid, own.processInfo(own.pid, 'links')]
      const one = task.async(look, ['arg'])
      expect(one.owner).toBe(self.pid)
      return [one.pid, self.pid, await task.await(one)]
    })
    expect(seen).toEqual([seen[0], seen[1], ['arg', seen[0], [seen[1]]]])
    expect(seen[0]).not.toBe(seen[1])
  })

  test('types: the value is that of the function, the arguments are its parameters', async () => {
    const one: Task<number> = at(() => task.async(async (n: number) => n * 2, [21]))
    const value: number = await task.await(one)
    expect(value).toBe(42)
    const wrong = (): unknown[] => [
      // @ts-expect-error the function takes a number
      task.async((n: number) => n, ['x']),
      // @ts-expect-error the function needs an argument
      task.async((n: number) => n, []),
      // @ts-expect-error the Self comes last, whatever the function takes
      task.async(Math.max, [1, 2]),
      // @ts-expect-error the value is a number
      task.await(one) satisfies Promise<string>,
    ]
    expect(wrong).toBeInstanceOf(Function)
  })

  test('an awaited task leaves nothing behind: no message, no monitor, no timer', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      const fast = task.async(() => 1)
      const slow = task.async(after(10, 2))
      await self.sleep(5)
      await task.await(fast)
      await task.await(slow)
      return [self.processInfo(self.pid, 'messages'), self.processInfo(self.pid, 'monitors')]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual([[], []])
    expect(node.nextDueMs()).toBe(Infinity)
  })

  test('after 5 000 ms, or the time given, await rejects with timeout', async () => {
    const late = (): Task => task.async(after(20_000, 'late'))
    const body = (): Promise<unknown[]> =>
      Promise.all([
        result(task.await(late())),
        result(task.await(late(), 300)),
        result(task.await(late(), 0)),
        result(task.await(late(), 'infinity')),
      ])
    expect(await inside(node, body, { withinMs: 20_000 })).toEqual([
      ['error', 'timeout', 5000],
      ['error', 'timeout', 300],
      ['error', 'timeout', 0],
      ['value', 'late', 20_000],
    ])
  })

  test('after a timeout the task runs on, and its value is dropped', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const slow = task.async(after(100, 'late'))
      const first = await result(task.await(slow, 50))
      const alive = self.isAlive(slow.pid)
      return [first, alive, await self.receive({ afterMs: 1000 })]
    }
    expect(await inside(node, body, { withinMs: 2000 })).toEqual([['error', 'timeout', 50], true, undefined])
  })

  test('an owner that does not catch the timeout ends, and the linked task with it', async () => {
    let slow: Task | undefined
    node.spawn(async () => {
      slow = task.async(idle)
      await task.await(slow, 50)
    })
    await node.advance(50)
    node.expectCrash('timeout')
    expect(node.isAlive((slow as Task).pid)).toBe(false)
  })

  test('await takes the value of a task that is done already, and its mailbox stays in order', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      self.send(self.pid, 'first')
      const one = task.async(() => 'value')
      await self.sleep(10)
      self.send(self.pid, 'second')
      return [await task.await(one), await self.receive(), await self.receive(), self.processInfo(self.pid, 'messages')]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual(['value', 'first', 'second', []])
  })

  test('differs: a second await is refused at once, where Elixir waits for its timeout', async () => {
    const body = async (): Promise<unknown> => {
      const one = task.async(() => 1)
      const first = task.await(one)
      const meanwhile = thrownBy(() => task.await(one))
      await first
      return [meanwhile, thrownBy(() => task.await(one)), thrownBy(() => task.yield(one))]
    }
    const refused = expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' })
    expect(await inside(node, body)).toEqual([refused, refused, refused])
  })

  test('a loop of tasks does not starve timers and sockets', async () => {
    const own = createNode({ logger: silentLogger })
    const run = { turns: 0, going: true }
    const loop = own.spawn(async (self) => {
      while (run.going) await self.run(() => task.await(self.run(() => task.async(() => run.turns++))))
    })
    const look = own.spawn(async (self) => {
      const slow = task.async(idle)
      while (run.going) await task.yield(slow, 0)
      self.exit('shutdown')
    })
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    run.going = false
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(run.turns).toBeGreaterThan(0)
    expect([own.isAlive(loop), own.isAlive(look)]).toEqual([false, false])
    await own.stop()
  })
})

describe('what asking for an outcome costs', () => {
  /** A message that counts who asks what it is. */
  function counting(): { looks: number } {
    const message = { looks: 0 }
    for (const brand of ['gensock.reply', 'gensock.system'])
      Object.defineProperty(message, Symbol.for(brand), { get: () => void message.looks++ })
    return message
  }

  test('a task whose outcome was not posted does not make anybody search the mailbox', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const message = counting()
      self.send(self.pid, message)
      const [running, awaited] = [task.async(idle), task.async(after(10, 'value'))]
      for (let i = 0; i < 5; i++) await task.yield(running, 0)
      const outcomes = [await task.await(awaited), await task.shutdown(running), thrownBy(() => task.await(awaited)).code]
      return [outcomes, message.looks, await self.receive()]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual([['value', undefined, 'GENSOCK_ERR_BADARG'], 0, expect.anything()])
  })

  test('the search ends with the reply and its DOWN; what comes after them is not looked at', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const [before, behind] = [counting(), counting()]
      self.send(self.pid, before)
      const [one, two] = [task.async(() => 1), task.async(() => 2)]
      await self.sleep(10)
      self.send(self.pid, behind)
      const values = [await task.await(two), await task.await(one)]
      return [values, before.looks > 0, behind.looks, await self.receive(), await self.receive()]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual([[2, 1], true, 0, expect.anything(), expect.anything()])
  })

  test('a reply that the owner has received itself is not answered again: what is left is the DOWN, then nothing', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      self.trapExit(true)
      const [one, two] = [task.async(() => 1), task.async(() => 2)]
      await self.sleep(10)
      const taken = [await self.receive('reply'), await self.receive('reply'), await self.receive('DOWN')]
      const rest = [await task.yield(two), thrownBy(() => task.yield(one)).code, thrownBy(() => task.yield(two)).code]
      return [taken.map(({ ref }) => [one, two].findIndex((made) => made.ref.equals(ref))), rest]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual([
      [0, 1, 0],
      [['exit', 'normal'], 'GENSOCK_ERR_BADARG', 'GENSOCK_ERR_BADARG'],
    ])
  })

  test('8 000 finished tasks, awaited one by one, cost as much each as 500', async () => {
    const cost = (count: number): Promise<number> =>
      inside(node, async (self) => {
        const made = Array.from({ length: count }, (_, i) => self.run(() => task.async(() => i)))
        while (self.processInfo(self.pid, 'message_queue_len') !== 2 * count) await new Promise(setImmediate)
        const before = cpuMs()
        let sum = 0
        for (const one of made) sum += await task.await(one)
        const took = cpuMs() - before
        expect(sum).toBe((count * (count - 1)) / 2)
        return took / count
      })
    // Sixteen times a sixteenth: the clock of the processor is too coarse for less.
    const few = async (): Promise<number> => {
      let sum = 0
      for (let i = 0; i < 16; i++) sum += (await cost(500)) / 16
      return sum
    }
    await few()
    const least = Math.min(await few(), await few())
    // Were each await to go through the whole mailbox, it would be sixteen times as much.
    expect(Math.min(await cost(8000), await cost(8000)) / least).toBeLessThan(5)
  }, 30_000)
})

describe('a task that nobody awaits', () => {
  test('its value comes as a message, then DOWN, both with the ref of the task', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const one = task.async(() => 'value')
      const messages = [await self.receive(), await self.receive()]
      return messages.map((message) => [
        message.type,
        message.ref.equals(one.ref),
        isReply(message) ? message.reply : message.reason,
      ])
    }
    expect(await inside(node, body)).toEqual([
      ['reply', true, 'value'],
      ['DOWN', true, 'normal'],
    ])
  })

  test('demonitor with flush in handleInfo leaves one message, as in Elixir’s manual', async () => {
    const got: unknown[] = []
    const server: GenServer<number, Pid, {}, {}, any> = {
      async init(sup, self) {
        await self.run(() => task.asyncNolink(sup as any, () => 'value'))
        return ['ok', 0]
      },
      handleInfo(message, state, self) {
        got.push(isReply(message) ? message.reply : message)
        if (isReply(message)) self.demonitor(message.ref, { flush: true })
        return ['noreply', state]
      },
    }
    const sup = await tasks()
    await at(() => genServer.start(server, sup))
    await node.advance(0)
    expect(got).toEqual(['value'])
  })

  test('what was demonitored without flush sends no value any more', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const one = task.async(after(10, 'late'))
      self.demonitor(one.ref)
      const refused = thrownBy(() => task.await(one))
      return [refused.code, await self.receive({ afterMs: 100 })]
    }
    expect(await inside(node, body, { withinMs: 100 })).toEqual(['GENSOCK_ERR_BADARG', undefined])
  })
})

describe('a task that fails', () => {
  test('ends its linked owner with the same reason', async () => {
    const watch = node.probe<any>()
    const owner = node.spawn(async () => {
      task.async(boom)
      await new Promise(() => undefined)
    })
    watch.monitor(owner)
    expect((await watch.next()).reason).toMatchObject({ value: new Error('boom') })
    node.expectCrash(new Error('boom'))
  })

  test('an owner that traps exits gets the EXIT message, and the reason from await', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      self.trapExit(true)
      const one = task.async(boom)
      const error: any = await task.await(one).catch((thrown: unknown) => thrown)
      return [error, await self.receive('EXIT'), self.processInfo(self.pid, 'messages')]
    }
    const [error, message, rest] = (await inside(node, body)) as any
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: { value: new Error('boom') }, cause: new Error('boom') })
    expect(error.message).toMatch(/the task ended with reason Error: boom/)
    expect(message.reason).toBe(error.reason)
    expect(rest).toEqual([])
    node.expectCrash(new Error('boom'))
  })

  test.each([
    ['exit(reason)', () => exit('gone'), 'gone'],
    ['exit of normal without a value', () => exit('normal'), 'normal'],
    ['nocatch', () => nocatch('thrown'), expect.objectContaining({ value: ['nocatch', 'thrown'] })],
    ['a rejection', async () => boom(), expect.objectContaining({ value: new Error('boom') })],
  ])('%s: await rejects with that reason', async (_what, run: () => unknown, reason) => {
    const body = (self: Receiver<any>): Promise<unknown[]> => {
      self.trapExit(true)
      return result(task.await(task.async(run)))
    }
    expect(await inside(node, body)).toEqual(['error', reason, 0])
    if (reason !== 'normal') node.expectCrash()
  })

  test('every abnormal end is reported, an exit too; normal and shutdown are not', async () => {
    const reports: { text: string; facts: any }[] = []
    const own = createNode({ logger: { ...silentLogger, error: (facts, text) => void reports.push({ text, facts }) } })
    for (const reason of ['normal', 'shutdown', ['shutdown', 'why'], 'gone'])
      own.run(() =>
        task.start(function work() {
          exit(reason)
        }, []),
      )
    const [, pid] = own.run(() =>
      task.start(
        function work(_n: number) {
          boom()
        },
        [5],
      ),
    )
    await new Promise(setImmediate)
    expect(reports.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^task <.*> ended with reason 'gone'$/),
      `process ${String(pid)} crashed: Error: boom`,
    ])
    expect(reports[1]?.facts).toMatchObject({
      behaviour: 'task',
      run: 'work',
      args: [5],
      reason: new Error('boom'),
      stack: expect.stringContaining('task.test.ts'),
    })
    await own.stop()
  })

  test('an error that nobody awaits in time does not end the program', async () => {
    const late = at(() => task.async(boom))
    const promise = task.await(late)
    await node.advance(10)
    await expect(promise).rejects.toMatchObject({ cause: new Error('boom') })
    node.expectCrash(new Error('boom'))
  })
})

describe('outside any process', () => {
  test('a task has no link and no owner; code outside awaits it', async () => {
    const one = at(() => task.async((self) => [self.processInfo(self.pid, 'links'), 'value']))
    expect(one.owner).toBe(undefined)
    expect(await task.await(one)).toEqual([[], 'value'])
  })

  test('the outcome is kept until somebody asks', async () => {
    const [good, bad] = [at(() => task.async(() => 'value')), at(() => task.async(boom))]
    await node.advance(10_000)
    expect(await task.yield(good)).toEqual(['ok', 'value'])
    expect(await task.yield(bad)).toEqual(['exit', expect.objectContaining({ value: new Error('boom') })])
    node.expectCrash(new Error('boom'))
  })

  test('time is that of the node', async () => {
    const one = at(() => task.async(after(100, 'value')))
    const [early, late] = [result(task.await(one, 50)), at(() => task.async(after(100, 'value')))]
    const got = result(task.await(late))
    await node.advance(100)
    expect([await early, await got]).toEqual([
      ['error', 'timeout', 50],
      ['value', 'value', 100],
    ])
  })

  test('after an await a process counts as outside; self.run makes the link', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      await self.sleep(1)
      const [loose, linked] = [at(() => task.async(idle)), self.run(() => task.async(idle))]
      const links = self.processInfo(self.pid, 'links')
      await task.shutdown(loose)
      return [loose.owner, linked.owner === self.pid, links?.map((pid) => pid.equals(linked.pid))]
    }
    expect(await inside(node, body, { withinMs: 1 })).toEqual([undefined, true, [true]])
  })
})

describe('the owner', () => {
  test('only the owner may ask: another process is refused, and code outside a process is no owner either', async () => {
    const [mine, outside] = [await inside(node, () => task.async(after(10, 1))), at(() => task.async(idle))]
    await inside(node, (self) => {
      const calls = [task.await, task.yield, task.shutdown, task.ignore] as ((task: Task) => unknown)[]
      for (const ask of calls) {
        for (const other of [mine, outside]) {
          const whose = other === outside ? 'code outside any process' : String(mine.owner)
          expect(thrownBy(() => ask(other))).toMatchObject({
            code: 'GENSOCK_ERR_BADARG',
            message: expect.stringContaining(`queried by its owner, which is ${whose}, got '${String(self.pid)}'`),
          })
        }
      }
    })
    await task.shutdown(outside)
  })

  test('the owner may ask after an await', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      const one = task.async(after(20, 'value'))
      await self.sleep(10)
      return task.await(one)
    }
    expect(await inside(node, body, { withinMs: 20 })).toBe('value')
  })

  test('when the owner ends, its linked task ends too, unless the owner ended normally', async () => {
    const made: Task[] = []
    for (const reason of ['shutdown', 'normal']) {
      node.spawn((self) => {
        made.push(task.async(idle))
        self.exit(reason)
      })
    }
    await node.advance(0)
    expect(made.map(({ pid }) => node.isAlive(pid))).toEqual([false, true])
    node.send((made[1] as Task).pid, 'end')
  })

  test('what an owner that has ended asked for, or still asks for, settles never', async () => {
    let settled = 0
    const one: Task[] = []
    const owner = node.spawn(async (self) => {
      one.push(task.async(after(10, 1)))
      void result(task.await(one[0] as Task)).then(() => settled++)
      await idle(self)
    })
    await node.advance(1)
    node.exit(owner, 'kill')
    void task.yield(one[0] as Task, 5).then(() => settled++)
    await node.advance(100)
    expect(settled).toBe(0)
  })
})

describe('task.yield', () => {
  test('answers undefined while the task runs, and may be asked again', async () => {
    const body = async (): Promise<unknown> => {
      const one = task.async(after(100, 'value'))
      return [await task.yield(one, 40), await task.yield(one, 40), await task.yield(one, 0), await task.yield(one)]
    }
    expect(await inside(node, body, { withinMs: 100 })).toEqual([undefined, undefined, undefined, ['ok', 'value']])
  })

  test('waits for 5 000 ms by default', async () => {
    const body = (): Promise<unknown> => result(task.yield(task.async(idle)))
    expect(await inside(node, body, { withinMs: 5000 })).toEqual(['value', undefined, 5000])
  })

  test('answers the reason of a task that failed, when exits are trapped', async () => {
    const body = (self: Receiver): Promise<unknown> => {
      self.trapExit(true)
      return task.yield(task.async(() => exit('gone')))
    }
    expect(await inside(node, body)).toEqual(['exit', 'gone'])
    node.expectCrash('gone')
  })
})

describe('task.shutdown', () => {
  test('a task that runs ends with shutdown: undefined', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      const one = task.async(idle)
      const answer = await task.shutdown(one)
      return [answer, self.isAlive(one.pid), self.processInfo(self.pid, 'messages'), self.processInfo(self.pid, 'monitors')]
    }
    expect(await inside(node, body)).toEqual([undefined, false, [], []])
  })

  test('it unlinks first: the owner hears nothing', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      self.trapExit(true)
      await task.shutdown(task.async(idle))
      return self.receive({ afterMs: 10 })
    }
    expect(await inside(node, body, { withinMs: 10 })).toBe(undefined)
  })

  test('a task that was faster: its value', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      const [done, closing] = [
        task.async(() => 'done'),
        task.async(async (own: Receiver<any>) => {
          own.trapExit(true)
          await own.receive('EXIT')
          await own.sleep(100)
          return 'at the last moment'
        }),
      ]
      await self.sleep(1)
      return [await task.shutdown(done), await task.shutdown(closing)]
    }
    expect(await inside(node, body, { withinMs: 101 })).toEqual([
      ['ok', 'done'],
      ['ok', 'at the last moment'],
    ])
  })

  test('a task that traps exits and goes on is killed after the time limit', async () => {
    const deaf = async (own: Receiver): Promise<void> => {
      own.trapExit(true)
      await own.sleep(60_000)
    }
    const body = async (self: Receiver): Promise<unknown> => {
      const [one, two, three] = [task.async(deaf), task.async(deaf), task.async(deaf)]
      await self.sleep(1)
      return Promise.all([result(task.shutdown(one)), result(task.shutdown(two, 100)), result(task.shutdown(three, 'infinity'))])
    }
    expect(await inside(node, body, { withinMs: 60_000 })).toEqual([
      ['value', ['exit', 'killed'], 5001],
      ['value', ['exit', 'killed'], 101],
      ['value', ['ok', undefined], 60_000],
    ])
  })

  test('brutalKill kills it straight away: undefined', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      const one = task.async(async (own) => {
        own.trapExit(true)
        await own.sleep(60_000)
      })
      await self.sleep(1)
      return result(task.shutdown(one, 'brutalKill'))
    }
    expect(await inside(node, body, { withinMs: 1 })).toEqual(['value', undefined, 1])
  })

  test('a task that ended otherwise: its reason; one of which nobody knows any more: noproc', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      self.trapExit(true)
      const [failed, killed, over] = [task.async(() => exit('gone')), task.async(idle), task.async(() => 1)]
      await self.sleep(1)
      self.exit(killed.pid, 'kill')
      await task.await(over)
      return [await task.shutdown(failed), await task.shutdown(killed), await task.shutdown(over)]
    }
    expect(await inside(node, body, { withinMs: 1 })).toEqual([
      ['exit', 'gone'],
      ['exit', 'killed'],
      ['exit', 'noproc'],
    ])
    node.expectCrash('gone')
  })

  test('a task whose await timed out can still be ended', async () => {
    const body = async (self: Receiver): Promise<unknown> => {
      const one = task.async(idle)
      await result(task.await(one, 10))
      return [await task.shutdown(one), self.isAlive(one.pid)]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual([undefined, false])
  })

  test('yield, then shutdown: the value is not lost in between', async () => {
    const body = async (): Promise<unknown> => {
      const [fast, slow] = [task.async(after(10, 'value')), task.async(idle)]
      return [
        (await task.yield(fast, 100)) ?? (await task.shutdown(fast)),
        (await task.yield(slow, 100)) ?? (await task.shutdown(slow)),
      ]
    }
    expect(await inside(node, body, { withinMs: 200 })).toEqual([['ok', 'value'], undefined])
  })
})

describe('task.ignore', () => {
  test('the task goes on, unlinked, and nothing of it is heard', async () => {
    let done = false
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const one = task.async(async (own) => {
        await own.sleep(10)
        done = true
        own.exit('gone')
      })
      const answer = task.ignore(one)
      return [
        answer,
        self.processInfo(self.pid, 'links'),
        await self.receive({ afterMs: 100 }),
        thrownBy(() => task.await(one)).code,
      ]
    }
    expect(await inside(node, body, { withinMs: 100 })).toEqual([undefined, [], undefined, 'GENSOCK_ERR_BADARG'])
    expect(done).toBe(true)
    node.expectCrash('gone')
  })

  test('an outcome that is there already is answered', async () => {
    const body = async (self: Receiver<any>): Promise<unknown> => {
      self.trapExit(true)
      const [good, bad] = [task.async(() => 'value'), task.async(() => exit('gone'))]
      await self.sleep(1)
      return [task.ignore(good), task.ignore(bad)]
    }
    expect(await inside(node, body, { withinMs: 1 })).toEqual([
      ['ok', 'value'],
      ['exit', 'gone'],
    ])
    node.expectCrash('gone')
  })
})

describe('task.start and task.startLink', () => {
  test('start a process for its effects: no link, or a link to the running process', async () => {
    const body = (self: Receiver): unknown => {
      const [loose, linked] = [unwrap(task.start(idle)), unwrap(task.startLink(idle))]
      return [self.processInfo(self.pid, 'links'), linked, self.isAlive(loose)]
    }
    const [links, linked, alive] = (await inside(node, body)) as any
    expect(links).toEqual([linked])
    expect(alive).toBe(true)
    expect(thrownBy(() => at(() => task.startLink(idle)))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
  })

  test('take arguments, and the Self last', async () => {
    const got: unknown[] = []
    const [, pid] = at(() => task.start((a: number, b: string, self: Receiver) => void got.push(a, b, self.pid), [1, 'x']))
    await node.advance(0)
    expect(got).toEqual([1, 'x', pid])
  })

  test('a task is a child of any supervisor', async () => {
    let runs = 0
    const work = (): void => {
      runs++
      if (runs === 1) boom()
    }
    const children = [{ id: 'work', start: () => task.startLink(work), restart: 'transient' as const }]
    await at(() => supervisor.start({ children }))
    await node.advance(0)
    expect(runs).toBe(2)
    node.expectCrash(new Error('boom'))
  })
})

describe('tasks under a supervisor', () => {
  test('asyncNolink: supervised, not linked to the owner; await answers its value', async () => {
    const sup = await tasks()
    const body = async (self: Receiver): Promise<unknown> => {
      const one = await task.asyncNolink(sup, (n: number, own: Receiver) => [n, own.processInfo(own.pid, 'links')], [5])
      return [await task.await(one), one.owner === self.pid, self.processInfo(self.pid, 'links')]
    }
    expect(await inside(node, body)).toEqual([[5, [sup]], true, []])
  })

  test('a crash does not end the owner, but await tells it', async () => {
    const sup = await tasks()
    const body = async (): Promise<unknown> => result(task.await(await task.asyncNolink(sup, boom)))
    expect(await inside(node, body)).toEqual(['error', expect.objectContaining({ value: new Error('boom') }), 0])
    expect(node.isAlive(sup)).toBe(true)
    node.expectCrash(new Error('boom'))
  })

  test('yield and shutdown work as for other tasks; the child is gone afterwards', async () => {
    const sup = await tasks()
    const body = async (): Promise<unknown> => {
      const one = await task.asyncNolink(sup, idle)
      return [await task.yield(one, 10), await task.shutdown(one)]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual([undefined, undefined])
    expect(await at(() => dynamicSupervisor.countChildren(sup))).toMatchObject({ active: 0, specs: 0 })
  })

  test('a task outlives its owner, since it is not linked to it', async () => {
    const sup = await tasks()
    let pid: Pid | undefined
    node.spawn(async (self) => {
      ;({ pid } = await task.asyncNolink(sup, idle))
      self.exit('shutdown')
    })
    await node.advance(0)
    expect(node.isAlive(pid as Pid)).toBe(true)
    await at(() => dynamicSupervisor.stop(sup))
    expect(node.isAlive(pid as Pid)).toBe(false)
  })

  test('outside any process it may be awaited too', async () => {
    const sup = await tasks()
    const one = await at(() => task.asyncNolink(sup, async () => 'value'))
    expect(await task.await(one)).toBe('value')
  })

  test('a supervisor that is full refuses: asyncNolink rejects, startChild answers', async () => {
    const sup = await tasks({ maxChildren: 1 })
    expect(await at(() => task.startChild(sup, idle))).toEqual(['ok', expect.anything()])
    expect(await at(() => task.startChild(sup, idle))).toEqual(['error', 'max_children'])
    const refused = at(() => task.asyncNolink(sup, idle))
    await expect(refused).rejects.toBeInstanceOf(StartError)
    await expect(refused).rejects.toMatchObject({ code: 'GENSOCK_ERR_START', reason: 'max_children' })
  })

  test('a supervisor that is not there: noproc', async () => {
    await expect(at(() => task.asyncNolink('nobody', idle))).rejects.toMatchObject({ reason: 'noproc' })
    await expect(at(() => task.startChild('nobody', idle))).rejects.toMatchObject({ reason: 'noproc' })
  })

  test('startChild: once by default, again with restart, and with the shutdown that was asked for', async () => {
    const sup = await tasks({ intensity: 10 })
    const runs = { temporary: 0, transient: 0 }
    const work = (kind: 'temporary' | 'transient'): void => {
      runs[kind]++
      if (runs[kind] < 3) exit('again')
    }
    await at(() => task.startChild(sup, work, ['temporary' as const]))
    await at(() => task.startChild(sup, work, ['transient' as const], { restart: 'transient' }))
    await node.advance(0)
    expect(runs).toEqual({ temporary: 1, transient: 3 })
    for (const _ of [1, 2, 3]) node.expectCrash('again')
    await at(() =>
      task.startChild(
        sup,
        async (self) => {
          self.trapExit(true)
          await self.sleep(60_000)
        },
        [],
        { shutdown: 100 },
      ),
    )
    await node.advance(0)
    const stopped = result(at(() => dynamicSupervisor.stop(sup)))
    await node.advance(100)
    expect(await stopped).toEqual(['value', undefined, 100])
  })

  test('task.supervisor is the child spec of a supervisor of tasks', async () => {
    const spec = task.supervisor({ name: 'tasks', maxChildren: 2 })
    expect(spec).toMatchObject({ id: 'tasks', type: 'supervisor' })
    expect(task.supervisor()).toMatchObject({ id: 'task_supervisor' })
    expect(task.supervisor({ id: 7, name: { local: 'x' } })).toMatchObject({ id: 7 })
    expect(task.supervisor({ name: { local: 'x' } })).toMatchObject({ id: 'x' })
    const tree = unwrap(await at(() => supervisor.start({ children: [spec] })))
    expect(await inside(node, async () => task.await(await task.asyncNolink('tasks', () => 5)))).toBe(5)
    await at(() => supervisor.stop(tree))
    expect(node.whereis('tasks')).toBe(undefined)
  })
})

describe('bad input is refused at once', () => {
  const bad = { code: 'GENSOCK_ERR_BADARG' }
  const unknown = { code: 'GENSOCK_ERR_UNKNOWN_OPTION' }

  test('what is no function, and arguments that are no list', async () => {
    for (const run of [undefined, 5, 'name', {}] as any[]) {
      for (const start of [task.async, task.start] as ((run: any) => unknown)[])
        expect(thrownBy(() => at(() => start(run)))).toMatchObject(bad)
      expect(thrownBy(() => at(() => task.asyncNolink('tasks', run)))).toMatchObject(bad)
      expect(thrownBy(() => at(() => task.startChild('tasks', run)))).toMatchObject(bad)
    }
    expect(thrownBy(() => at(() => task.async(idle, 5 as any)))).toMatchObject(bad)
  })

  test('what is no task, times that are none, unknown options', async () => {
    const one = at(() => task.async(idle))
    for (const ask of [task.await, task.yield, task.shutdown, task.ignore] as ((task: any, how?: any) => unknown)[]) {
      for (const other of [undefined, 5, {}, { ...one }, one.pid]) expect(thrownBy(() => ask(other))).toMatchObject(bad)
      if (ask !== (task.ignore as unknown)) expect(thrownBy(() => ask(one, -1))).toMatchObject(bad)
    }
    expect(thrownBy(() => task.shutdown(one, 'brutal_kill' as any))).toMatchObject(bad)
    expect(thrownBy(() => at(() => task.asyncNolink('tasks', idle, [], { restart: 'permanent' } as any)))).toMatchObject(unknown)
    expect(thrownBy(() => at(() => task.startChild('tasks', idle, [], { name: 'x' } as any)))).toMatchObject(unknown)
    await task.shutdown(one)
  })

  test('a supervisor of tasks without options that are some, with one that it does not know, with a name that is none', () => {
    for (const options of [null, 5, 'tasks', []] as any[]) expect(thrownBy(() => task.supervisor(options))).toMatchObject(bad)
    for (const name of [null, 5, '', {}, { local: '' }] as any[])
      expect(thrownBy(() => task.supervisor({ name }))).toMatchObject(bad)
    expect(thrownBy(() => task.supervisor({ foo: 1 } as object))).toMatchObject(unknown)
    expect(thrownBy(() => task.supervisor({ strategy: 'oneForOne' } as object)).message).toContain('maxChildren')
    const all = { id: 1, name: 'x', timeoutMs: 5, intensity: 1, periodMs: 1, maxChildren: 1 }
    expect(task.supervisor(all)).toMatchObject({ id: 1, type: 'supervisor' })
  })

  test('a task that is awaited at this moment cannot be shut down or ignored', async () => {
    const one = at(() => task.async(after(10, 'value')))
    const value = task.await(one)
    expect(thrownBy(() => task.shutdown(one))).toMatchObject(bad)
    expect(thrownBy(() => task.ignore(one))).toMatchObject(bad)
    await node.advance(10)
    expect(await value).toBe('value')
  })
})
