// The seeded scheduler: which orders it finds, that it finds them again, what it says when something is wrong.
import { describe, expect, test } from '@jest/globals'
import { type From, genServer, type Pid, reply, task } from 'gensock'
import { chance, type Simulation, simulate, SimulationError } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { linked } from '../linked.js'

/** What many seeds of a scenario return, each once. */
async function outcomes(seeds: number, scenario: (node: Simulation) => Promise<string>): Promise<string[]> {
  const seen = new Set<string>()
  for (let seed = 0; seed < seeds; seed++) seen.add((await simulate(seed, scenario)).value)
  return [...seen].sort()
}

async function failure(run: Promise<unknown>): Promise<SimulationError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SimulationError)
  return error as SimulationError
}

/** Some of everything: processes, timers, calls, faults. */
async function busy(node: Simulation): Promise<unknown> {
  node.faults({ kill: 0.02 })
  const probe = node.probe<unknown>()
  const ref = node.makeRef()
  for (let i = 0; i < 5; i++) {
    node.spawn(async (self) => {
      for (let round = 0; round < 5; round++) {
        self.send(probe.pid, { i, round, ref })
        await self.sleep(node.chance.int(20))
      }
    })
  }
  await node.advance(200)
  return probe.messages
}

describe('the same seed', () => {
  test('gives the same run, to the last line of its trace', async () => {
    const [first, second] = [await simulate(11, busy), await simulate(11, busy)]
    expect(second.trace()).toEqual(first.trace())
    expect(first.trace().length).toBeGreaterThan(30)
    expect([second.steps, second.ms]).toEqual([first.steps, first.ms])
  })

  test('as another one gives another', async () => {
    const traces = new Set<string>()
    for (let seed = 0; seed < 10; seed++) traces.add((await simulate(seed, busy)).trace().join('\n'))
    expect(traces.size).toBe(10)
  })

  test('fails again at the same step, with the same trace', async () => {
    const scenario = async (node: Simulation): Promise<void> => {
      let kills = 0
      node.onExit((_pid, reason) => void (reason === 'killed' && kills++))
      node.invariant(() => expect(kills).toBeLessThan(2))
      await busy(node)
    }
    const seed = await firstFailing(scenario)
    const [first, second] = [await failure(simulate(seed, scenario)), await failure(simulate(seed, scenario))]
    expect(second.trace).toEqual(first.trace)
    expect(second.message).toBe(first.message)
  })
})

async function firstFailing(scenario: (node: Simulation) => Promise<void>): Promise<number> {
  for (let seed = 0; seed < 100; seed++)
    try {
      await simulate(seed, scenario)
    } catch {
      return seed
    }
  throw new Error('no seed fails')
}

describe('every order that OTP leaves open is found', () => {
  test('which of three processes runs first, second and third', async () => {
    const orders = await outcomes(100, async (node) => {
      const { pid, messages } = node.probe<string>()
      for (const name of ['a', 'b', 'c']) node.spawn((self) => self.send(pid, name))
      await node.settle()
      return messages.join('')
    })
    expect(orders).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
  })

  test('messages of one sender stay in order, those of two mix in every way', async () => {
    const orders = await outcomes(200, async (node) => {
      const { pid, messages } = node.probe<string>()
      for (const name of ['a', 'b'])
        node.spawn(async (self) => {
          for (const n of [1, 2]) {
            self.send(pid, `${name}${n}`)
            await self.receive(() => true, { afterMs: 0 })
          }
        })
      await node.settle()
      return messages.join(' ')
    })
    expect(orders).toEqual(['a1 a2 b1 b2', 'a1 b1 a2 b2', 'a1 b1 b2 a2', 'b1 a1 a2 b2', 'b1 a1 b2 a2', 'b1 b2 a1 a2'])
  })

  test('a process with two messages may have to wait between them', async () => {
    const orders = await outcomes(60, async (node) => {
      let log = ''
      const noting = (name: string) => ({
        init: () => undefined,
        message: (message: number) => {
          log += `${name}${message}`
          return ['ok', undefined] as ['ok', undefined]
        },
      })
      for (const name of ['a', 'b']) {
        const pid = node.spawnProcess(noting(name))
        node.send(pid, 1)
        node.send(pid, 2)
      }
      await node.settle()
      return log
    })
    expect(orders).toContain('a1b1a2b2')
    expect(orders.every((order) => order.indexOf('a1') < order.indexOf('a2') && order.indexOf('b1') < order.indexOf('b2'))).toBe(
      true,
    )
  })

  test('timers of one millisecond fire in any order, those of two in theirs', async () => {
    const orders = await outcomes(60, async (node) => {
      const { pid, messages } = node.probe<string>()
      node.sendAfter(10, pid, 'a')
      node.sendAfter(10, pid, 'b')
      node.sendAfter(11, pid, 'c')
      await node.advance(20)
      return messages.join('')
    })
    expect(orders).toEqual(['abc', 'bac'])
  })

  test('time passes while a process is ready: a timer overtakes an answer', async () => {
    const winners = await outcomes(200, async (node) => {
      const answers = node.spawn(async (self) => {
        const from = (await self.receive()) as Pid
        self.send(from, 'answer')
      })
      const { pid, messages } = node.probe<string>()
      node.sendAfter(5, pid, 'late')
      node.send(answers, pid)
      await node.advance(10)
      return String(messages[0])
    })
    expect(winners).toEqual(['answer', 'late'])
  })
})

describe('whoever awaits something goes on when chance wants it', () => {
  /** Who comes first: the one that awaits `wait`, or a process to which the same moment brings a message. */
  const first = (wait: (node: Simulation, probe: Pid) => void): Promise<string[]> =>
    outcomes(60, async (node) => {
      const { pid, messages } = node.probe<string>()
      wait(node, pid as Pid)
      await node.advance(100)
      expect([...messages].sort()).toEqual(['told', 'waited'])
      return String(messages[0])
    })

  test('the reply of a call', async () => {
    const winners = await first((node, probe) => {
      const told = node.spawn(async (self) => {
        await self.receive()
        self.send(probe, 'told')
      })
      const server = node.spawn(async (self) => {
        const { from } = (await self.receive('call')) as { from: From }
        reply(from, 'ok')
        self.send(told, 'go')
      })
      node.spawn(async (self) => {
        await self.call(server, 'please')
        self.send(probe, 'waited')
      })
    })
    expect(winners).toEqual(['told', 'waited'])
  })

  test('a sleep', async () => {
    const winners = await first((node, probe) => {
      const told = node.spawn(async (self) => {
        await self.receive()
        self.send(probe, 'told')
      })
      node.sendAfter(10, told, 'go')
      node.spawn(async (self) => {
        await self.sleep(10)
        self.send(probe, 'waited')
      })
    })
    expect(winners).toEqual(['told', 'waited'])
  })

  test('the answer of a start', async () => {
    const winners = await first((node, probe) => {
      node.spawn(async (self) => {
        const told = self.spawn(async (other) => {
          await other.receive()
          other.send(probe, 'told')
        })
        const init = (): ['ok', null] => {
          node.send(told, 'go')
          return ['ok', null]
        }
        await self.run(() => genServer.start({ init }, undefined))
        self.send(probe, 'waited')
      })
    })
    expect(winners).toEqual(['told', 'waited'])
  })

  test('the outcome of a task', async () => {
    const winners = await first((node, probe) => {
      node.spawn(async (self) => {
        const told = self.spawn(async (other) => {
          await other.receive()
          other.send(probe, 'told')
        })
        const work = self.run(() =>
          task.async((worker) => {
            worker.send(told, 'go')
            return 'done'
          }),
        )
        await task.await(work as never)
        self.send(probe, 'waited')
      })
    })
    expect(winners).toEqual(['told', 'waited'])
  })
})

describe('while the scenario waits', () => {
  test('the node goes on by itself, through time as well', async () => {
    const { value, ms } = await simulate(1, async (node) => {
      const sleeper = node.spawn(async (self) => {
        await self.sleep(3_600_000)
      })
      return new Promise((resolve) => node.onExit((pid) => pid === sleeper && resolve(node.now())))
    })
    expect(value).toBe(3_600_000)
    expect(ms).toBe(3_600_000)
  })

  test('and nothing is left to happen, it fails', async () => {
    const error = await failure(simulate(1, () => new Promise(() => undefined)))
    expect(error.message).toContain('seed 1 fails: the scenario waits, and nothing is left that could happen')
    expect((error.cause as { reason: unknown }).reason).toBe('deadlock')
  })

  test('and something goes on for ever, it fails', async () => {
    const scenario = (node: Simulation): Promise<never> => {
      node.spawn(async (self) => {
        for (;;) await self.sleep(1)
      })
      return new Promise(() => undefined)
    }
    const error = await failure(simulate(1, scenario, { maxSteps: 500 }))
    expect(error.message).toContain('more than 500 steps')
  })

  test('what comes from outside late is waited for', async () => {
    const { value } = await simulate(1, () => new Promise((resolve) => void setTimeout(resolve, 200, 'came')))
    expect(value).toBe('came')
  })
})

describe('a run fails', () => {
  test('with what its scenario throws, its seed and the end of its trace', async () => {
    const error = await failure(
      simulate(42, async (node) => {
        node.spawn(() => undefined)
        await node.settle()
        node.note('my own line', { n: 1 })
        throw new Error('wrong')
      }),
    )
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_SIMULATION', seed: 42, cause: new Error('wrong') })
    expect(error.message).toContain(
      `${linked('GENSOCK_ERR_SIMULATION', 'seed 42 fails: wrong')}\nAgain: simulate(42, scenario), with the same options.`,
    )
    expect(error.message).toMatch(/starts <0\.81\.0>\n.*exit <0\.81\.0> normal\n.*my own line \{ n: 1 \}$/)
  })

  test('by what an inspection throws, at the step where it does', async () => {
    let checked = 0
    const error = await failure(
      simulate(1, async (node) => {
        const { pid } = node.probe()
        for (let i = 1; i <= 9; i++) node.sendAfter(10 * i, pid, i)
        node.invariant(() => {
          checked++
          if (node.now() >= 50) throw new Error('it is too late')
        })
        await node.advance(1000)
      }),
    )
    expect(error.message).toContain('it is too late')
    expect(checked).toBeGreaterThan(0)
    expect(error.trace.at(-1)).toMatch(/runs <0\.81\.0>: [45]$/)
  })

  test('by a crash that nobody expected, and not by one that somebody did', async () => {
    const crashes = (node: Simulation): void => {
      node.spawn(() => {
        throw new Error('on purpose')
      })
    }
    expect((await failure(simulate(1, crashes))).message).toContain('on purpose')
    await simulate(1, crashes, { allowCrashes: [/on purpose/] })
    await simulate(1, (node) => {
      crashes(node)
      node.expectCrash(/on purpose/)
    })
  })

  test('that frees the program: nothing of it runs afterwards', async () => {
    let ticks = 0
    await failure(
      simulate(1, async (node) => {
        node.spawn(async (self) => {
          for (;;) {
            await self.sleep(1)
            ticks++
          }
        })
        await node.advance(5)
        throw new Error('wrong')
      }),
    )
    const before = ticks
    await new Promise((resolve) => void setImmediate(resolve))
    expect(ticks).toBe(before)
  })
})

describe('faults', () => {
  test('kill: victims only, and never a probe', async () => {
    let killed = 0
    for (let seed = 0; seed < 20; seed++)
      await simulate(seed, async (node) => {
        const loop = async (self: { sleep(ms: number): Promise<void> }): Promise<never> => {
          for (;;) await self.sleep(1)
        }
        const [spared, victim] = [node.spawn(loop), node.spawn(loop)]
        const probe = node.probe()
        node.faults({ kill: 0.2, victims: (pid) => pid !== spared })
        await node.advance(50)
        if (!node.isAlive(victim)) killed++
        expect([node.isAlive(spared), node.isAlive(probe.pid)]).toEqual([true, true])
      })
    expect(killed).toBe(20)
  })

  test('throw: callbacks of a faulty module, those that are named; the crash needs no expectation', async () => {
    let calls = 0
    let crashes = 0
    const server = {
      init: () => ['ok', 0] as ['ok', number],
      handleCall: { add: (_request: unknown, _from: unknown, n: number): ['reply', number, number] => ['reply', n + 1, n + 1] },
    }
    for (let seed = 0; seed < 30; seed++)
      await simulate(seed, async (node) => {
        const faulty = node.faulty(server, ['add'])
        node.faults({ throw: 0.2 })
        const started = await node.run(() => genServer.start(faulty as never, undefined))
        const pid = started[1] as Pid
        for (let i = 0; i < 5; i++) {
          calls++
          await node
            .call(pid, { type: 'add' })
            .catch((error: unknown) => expect(String(error)).toMatch(/simulated fault in add|no such process/))
        }
        crashes += node.crashes.length
      })
    expect(calls).toBe(150)
    expect(crashes).toBeGreaterThan(10)
    expect(server.handleCall.add(undefined, undefined, 0)).toEqual(['reply', 1, 1])
  })

  test('none: nothing goes wrong any more', async () => {
    await simulate(
      3,
      async (node) => {
        node.faults({})
        const pid = node.spawn((self) => self.sleep(1000))
        await node.advance(999)
        expect(node.isAlive(pid)).toBe(true)
      },
      { faults: { kill: 1 } },
    )
  })
})

describe('what a fault cannot do', () => {
  test('let a killed process go on with what it awaited', async () => {
    for (const wait of ['sleep', 'start'] as const)
      for (let seed = 0; seed < 60; seed++)
        await simulate(
          seed,
          async (node) => {
            const pids = [1, 2, 3].map(() =>
              node.spawn(async (self) => {
                for (;;) {
                  if (wait === 'sleep') await self.sleep(1)
                  else await self.run(() => genServer.start({ init: () => ['ok', null] }, undefined))
                  if (!node.isAlive(self.pid)) throw new Error(`${String(self.pid)} goes on after its end`)
                }
              }),
            )
            node.faults({ kill: 0.1, victims: (pid) => pids.includes(pid) })
            await node.advance(100)
          },
          { maxSteps: 1_000_000 },
        ).catch((error: SimulationError) => {
          if (!error.message.includes('more than')) throw error
        })
  }, 20_000)

  test('make a frame that has come wait for longer than 20 ms for each step', async () => {
    for (let seed = 0; seed < 100; seed++)
      await simulate(seed, async (node) => {
        let atMs = -1
        const socket = node.connect({
          init: () => ['ok', null],
          handle: (_frame, state) => {
            atMs = node.now()
            return ['ok', state]
          },
        })
        socket.send('x')
        await node.advance(70_000)
        expect(atMs).toBeGreaterThanOrEqual(0)
        expect(atMs).toBeLessThan(1000)
      })
  })

  test('excuse a crash that it has not caused', async () => {
    const unrelated = failure(
      simulate(1, async (node) => {
        const victim = node.spawn((self) => self.receive())
        node.faults({ kill: 1, victims: (pid) => pid === victim })
        await node.settle()
        node.spawn(() => {
          throw new Error('the hero was killed')
        })
      }),
    )
    expect((await unrelated).message).toContain('the hero was killed')
  })

  test('and one that it has caused needs no expectation: a call to a process that was killed', async () => {
    for (let seed = 0; seed < 20; seed++)
      await simulate(seed, async (node) => {
        const victim = node.spawn((self) => self.receive('never'))
        node.spawn(async (self) => {
          await self.sleep(50)
          await self.call(victim, 'please')
        })
        node.faults({ kill: 0.5, victims: (pid) => pid === victim })
        await node.advance(100)
      })
  })
})

describe('what is said', () => {
  test('of a crash: the lines up to the end of that process, however much comes behind', async () => {
    const error = await failure(
      simulate(1, async (node) => {
        for (let i = 0; i < 60; i++) node.spawn((self) => self.receive())
        await node.settle()
        node.spawn(() => {
          throw new Error('the only one')
        })
        await node.settle()
        for (const pid of node.processes()) node.exit(pid, 'bye')
        await node.settle()
      }),
    )
    expect(error.message).toMatch(/Lines \d+ to \d+ of \d+ of its trace/)
    expect(error.message.trimEnd()).toMatch(/exit <0\.141\.0> Error: the only one$/)
  })

  test('of a scenario that fails: nothing of the end of its node', async () => {
    const error = await failure(
      simulate(1, async (node) => {
        node.expectCrash('never')
        node.spawn((self) => self.receive())
        await node.settle()
        node.note('the last word')
      }),
    )
    expect(error.message).toMatch(/the last word$/)
    expect(error.trace.at(-1)).toMatch(/exit <0\.81\.0> shutdown$/)
  })

  test('of a deadlock: who waits, and for what', async () => {
    const error = await failure(
      simulate(1, async (node) => {
        node.register(
          'patient',
          node.spawn((self) => self.receive(() => false)),
        )
        await new Promise(() => undefined)
      }),
    )
    expect(error.message).toMatch(/\(patient\) function, waits in receive since 0 ms/)
  })

  test('of something thrown that is no error: its picture', async () => {
    const thrown = { a: 1 }
    const error = await failure(
      simulate(1, () => {
        // oxlint-disable-next-line typescript/only-throw-error -- that is what is tested
        throw thrown
      }),
    )
    expect(error.message).toContain('seed 1 fails: { a: 1 }')
  })
})

test('an expected crash may be one that is allowed, or that a fault has caused', async () => {
  await simulate(
    1,
    (node) => {
      node.spawn(() => {
        throw new Error('boom')
      })
      node.expectCrash(/boom/)
    },
    { allowCrashes: [/boom/] },
  )
})

test('a callback that is frozen and not named stays as it is', async () => {
  const module = { init: Object.freeze(() => 1), handle: () => 2 }
  await simulate(1, (node) => {
    const faulty = node.faulty(module, ['handle'])
    expect([faulty.init, faulty.handle()]).toEqual([module.init, 2])
  })
})

test('the line of a note is no fault, whatever it says', async () => {
  const { faults, trace } = await simulate(1, (node) => node.note('FAULT: none'))
  expect([faults, trace()]).toEqual([0, ['     0       0 ms  FAULT: none']])
})

test('scheduler, node and scenario draw different numbers', async () => {
  const { value } = await simulate(1, (node) => [node.chance.random(), kernelOf(node).random()])
  expect(new Set([...value, chance(1).random()]).size).toBe(3)
})

describe('bad input is refused', () => {
  test.each([
    [() => simulate(-1, () => undefined), 'simulate: seed must be a whole number from 0'],
    [() => simulate(2 ** 32, () => undefined), 'simulate: seed must be a whole number from 0 to 4294967295'],
    [() => simulate(1, (node) => node.note(42 as never)), 'note: what must be a string, got 42'],
    [
      () => simulate(1, (node) => (node.invariant(async () => undefined), void node.spawn(() => undefined))),
      'invariant: check must be a function that answers no promise',
    ],
    [() => simulate(1, 'scenario' as never), "simulate: scenario must be a function, got 'scenario'"],
    [() => simulate(1, () => undefined, { seeds: 3 } as never), "simulate does not know the option 'seeds'"],
    [() => simulate(1, () => undefined, { maxSteps: 0 }), 'simulate: maxSteps must be a whole number from 1'],
    [
      () => simulate(1, () => undefined, { allowCrashes: ['x'] as never }),
      'simulate: allowCrashes must be an array of regular expressions',
    ],
    // A bad option is no failure of the run.
    [() => simulate(1, () => undefined, { faults: { kill: 2 } }), 'faults: kill must be a probability from 0 to 1, got 2'],
    [() => simulate(1, () => undefined, { faults: { cut: Number.NaN } }), 'faults: cut must be a probability'],
    [() => simulate(1, () => undefined, { faults: { crash: 1 } as never }), "faults does not know the option 'crash'"],
    [() => simulate(1, () => undefined, { faults: { delayMs: -1 } }), 'faults: delayMs must be whole milliseconds'],
    [() => simulate(1, () => undefined, { faults: { victims: 1 as never } }), 'faults: victims must be a function'],
    [() => simulate(1, (node) => node.invariant(1 as never)), 'invariant: check must be a function'],
    [() => simulate(1, (node) => void node.faulty(1 as never)), 'faulty: module must be an object with callbacks, got 1'],
    [
      () => simulate(1, (node) => void node.faulty({ init: () => 0 }, ['inti'])),
      "names of callbacks of the module, got [ 'inti' ]",
    ],
  ])('%#', async (run, text) => {
    await expect(run()).rejects.toThrow(text)
    const code = text.includes('does not know') ? 'GENSOCK_ERR_UNKNOWN_OPTION' : 'GENSOCK_ERR_BADARG'
    const error = (await run().catch((thrown: unknown) => thrown)) as { code: string; cause?: { code: string } }
    expect([error.code, error.cause?.code]).toContain(code)
  })
})
