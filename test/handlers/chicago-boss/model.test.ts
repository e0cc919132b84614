// Whatever sockets, services and routers do and whenever they end: what a service is told of each socket. Sequences by chance,
// in virtual time.
import { describe, expect, test } from '@jest/globals'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { exit, supervisor } from 'gensock'
import { type Boss, services } from 'gensock/chicago-boss'
import { type TestNode, testNode } from 'gensock/testing'
import { type Way, Witness } from './witness.js'

type Step =
  | readonly ['join', readonly Way[]]
  | readonly ['say', number, Way]
  | readonly ['refail', number, readonly Way[]]
  | readonly ['broadcast', Way]
  | readonly ['close' | 'cut' | 'kill' | 'shutdown' | 'ourClose', number]
  | readonly ['killService' | 'killRouter' | 'settle']
  | readonly ['wait', number]
  | readonly ['init', Way]

const FAILS: readonly Way[] = ['throw', 'reject', 'stop']
const fails = fc.constantFrom(...FAILS)
const way: fc.Arbitrary<Way> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('ok' as const) },
  { weight: 2, arbitrary: fails },
  { weight: 2, arbitrary: fc.constantFrom(1, 7, 30) },
)
const socket = fc.nat(11)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant('join' as const), fc.array(way, { maxLength: 3 })) },
    { weight: 8, arbitrary: fc.tuple(fc.constant('say' as const), socket, way) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('refail' as const), socket, fc.array(way, { minLength: 1, maxLength: 3 })) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('broadcast' as const), way) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom('close', 'cut', 'kill', 'shutdown', 'ourClose'), socket) },
    { weight: 2, arbitrary: fc.constantFrom(['killService'] as const, ['killRouter'] as const) },
    { weight: 3, arbitrary: fc.constant(['settle'] as const) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('wait' as const), fc.integer({ min: 1, max: 20 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('init' as const), fc.constantFrom('throw', 'reject', 3)) },
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 60, size: 'max' },
)

interface Outcome {
  readonly faults: readonly string[]
  readonly open: readonly string[]
  readonly known: readonly string[]
  readonly counts: readonly unknown[]
  readonly left: readonly unknown[]
}
/** What has happened how often, over all runs. */
const tally: Record<string, number> = {}
const count = (what: string, times: number): void => void (tally[what] = (tally[what] ?? 0) + times)
const routerOf = (node: TestNode, boss: Boss): any =>
  node
    .processes()
    .find((pid) => isDeepStrictEqual(node.processInfo(pid, 'parent'), boss.pid) && node.processInfo(pid, 'trap_exit') === false)

/** Takes the steps, waits until nothing happens any more, and ends everything. */
async function live(concurrency: 'service' | 'socket', all: readonly Step[], seed: number): Promise<Outcome> {
  const node = testNode({ pick: ({ length }) => chance(length) })
  let random = seed
  // Which of the ready processes runs next is left to chance, too.
  function chance(below: number): number {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff
    return (random >> 8) % below
  }
  const witness = new Witness(node, concurrency)
  const boss = await services({ myapp_chat_websocket: witness.module }, { node, intensity: 1_000_000 })
  for (const step of all) await take(node, witness, boss, step)
  await node.advance(10_000)
  const open = witness.sockets.filter((seen) => witness.isOpen(seen))
  boss.broadcast(witness.module, 'who')
  await node.settle()
  const [info] = await node.run(() => boss.services())
  for (const seen of open) {
    if (witness.isRefused(seen)) witness.faults.push(`${seen.user} is open though its join has failed`)
    seen.socket.close(1000)
  }
  await node.advance(10_000)
  witness.check()
  const router = node.processInfo(routerOf(node, boss), 'monitors')?.length
  const servers = witness.running.length
  await supervisor.stop(boss.pid)
  await node.settle()
  const left = [router, servers - (concurrency === 'service' ? 1 : 0), node.processes().length, node.nextDueMs()]
  for (const { text } of node.crashes) {
    if (!/boom/.test(text)) witness.faults.push(text)
    else node.expectCrash(/boom/)
  }
  await node.stop()
  for (const [what, times] of Object.entries(witness.tally)) count(what, times)
  count('crashes', node.crashes.length)
  const users = open.map(({ user }) => user).toSorted()
  return { faults: witness.faults, open: users, known: witness.known.toSorted(), counts: [info?.sockets, info?.waiting], left }
}

async function take(node: TestNode, witness: Witness, boss: Boss, step: Step): Promise<void> {
  const { sockets } = witness
  const [kind] = step
  if (kind === 'wait') return node.advance(step[1])
  if (kind === 'settle') return node.settle()
  if (kind === 'join') return witness.open(boss, step[1])
  if (kind === 'broadcast') return boss.broadcast(witness.module, step[1])
  if (kind === 'init') return void witness.inits.push(step[1])
  if (kind === 'killRouter' || kind === 'killService') {
    const pid = kind === 'killRouter' ? routerOf(node, boss) : witness.running[0]
    return pid === undefined ? undefined : exit(pid, 'kill')
  }
  const seen = sockets[(step[1] as number) % Math.max(1, sockets.length)]
  if (seen === undefined) return undefined
  const { socket } = seen
  if (kind === 'say') socket.send(`${seen.count++} ${step[2]}`)
  else if (kind === 'refail') seen.joins.push(...step[2])
  else if (kind === 'close') socket.close(1000)
  else if (kind === 'cut') socket.cut()
  else if (kind === 'ourClose') node.send(socket.pid, ['close', 4000])
  else {
    seen.diedUnseen ||= routerOf(node, boss) === undefined
    node.exit(socket.pid, kind === 'kill' ? 'kill' : 'shutdown')
  }
  return undefined
}

describe.each(['service', 'socket'] as const)('a service with concurrency %s', (concurrency) => {
  test('is told of each socket its join, its texts and its close, whatever ends when', async () => {
    // A first process that does not start costs its socket: told elsewhere.
    const fits = concurrency === 'service' ? steps : steps.map((all) => all.filter(([kind]) => kind !== 'init'))
    await fc.assert(
      fc.asyncProperty(fits, fc.nat(), async (all, seed) => {
        const { faults, open, known, counts, left } = await live(concurrency, all, seed)
        expect(faults).toEqual([])
        expect(known).toEqual(open)
        expect(counts).toEqual([open.length, 0])
        expect(left).toEqual([0, 0, 0, Infinity])
      }),
      { numRuns: 200, seed: 6 },
    )
    // All that can happen has happened.
    expect(Object.entries(tally).filter(([, times]) => times < 3)).toEqual([])
  }, 60_000)
})
