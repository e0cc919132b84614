// The state of one run: its names, logs, ends and meeting points, and what stops a run that would never end.
// Entered by the runner and by every instruction.
import type { ExitReason, Pid } from '../../src/index.js'
import { kernelOf } from '../../src/runtime/node.js'
import type { TestNode } from '../../src/testing/index.js'
import type { InstructionTable } from './interpreter.js'
import { Library } from './library.js'
import { Names } from './names.js'
import type { Instruction, Json, Outcome, Scenario } from './scenario.js'
import { type Term, Terms, toJson } from './terms.js'

/** More instructions than this and the scenario counts as one that never ends. */
const MAX_INSTRUCTIONS = 25_000
/** Instructions that run before other processes get their turn. */
const INSTRUCTIONS_PER_TURN = 50

export class Run {
  readonly scenario: Scenario
  readonly node: TestNode
  readonly instructions: InstructionTable
  /** Do callbacks answer promises even if they wait for nothing? */
  readonly asyncCallbacks: boolean
  readonly terms = new Terms()
  readonly library = new Library(this.terms)
  readonly names = new Names()
  readonly exits = new Map<Pid, ExitReason>()
  /** Processes that wait in `settle`. */
  readonly settling: (() => void)[] = []
  /** Why the outcome cannot be compared; set once. */
  failure: string | undefined
  /** Processes that let others go first and will go on by themselves. */
  breathing = 0
  readonly #logs = new Map<Pid, Term[]>()
  readonly #globalLog: [Pid, Term][] = []
  readonly #barriers = new Map<Term, (() => void)[]>()
  #main: Pid | undefined
  #executed = 0

  constructor(scenario: Scenario, node: TestNode, instructions: InstructionTable, asyncCallbacks: boolean) {
    this.scenario = scenario
    this.node = node
    this.instructions = instructions
    this.asyncCallbacks = asyncCallbacks
    node.onExit((pid, reason) => void this.exits.set(pid, reason))
  }

  get main(): Pid {
    return this.#main as Pid
  }
  set main(pid: Pid) {
    this.#main = pid
    this.names.nameProcess(pid, this.names.allocateGlobal('main'))
  }

  /** A process that stands for the runner itself: dead, and without a name. */
  get outside(): Pid {
    return kernelOf(this.node).outsidePid
  }

  script(name: string): readonly Instruction[] {
    const script = this.scenario.scripts[name]
    if (script === undefined) throw new Error(`no script ${JSON.stringify(name)}`)
    return script
  }

  log(pid: Pid, value: Term): void {
    const log = this.#logs.get(pid)
    if (log === undefined) this.#logs.set(pid, [value])
    else log.push(value)
  }

  logGlobally(pid: Pid, value: Term): void {
    this.#globalLog.push([pid, value])
  }

  /** Counts an instruction; true when it is time to let others go first. */
  count(): boolean {
    this.#executed++
    if (this.#executed > MAX_INSTRUCTIONS) this.fail(`stuck: still running after ${MAX_INSTRUCTIONS} instructions`)
    return this.#executed % INSTRUCTIONS_PER_TURN === 0
  }

  /** Lets everything else that is ready go first. */
  async breathe(): Promise<void> {
    this.breathing++
    await new Promise((resolve) => setImmediate(resolve))
    this.breathing--
  }

  /** Waits, invisible in any mailbox, for `count` processes at the barrier; undefined for the last one: all go on. */
  arrive(name: Term, count: Term): Promise<void> | undefined {
    const waiting = this.#barriers.get(name) ?? []
    if (waiting.length + 1 !== count) {
      this.#barriers.set(name, waiting)
      return new Promise((go) => waiting.push(go))
    }
    this.#barriers.delete(name)
    for (const go of waiting) go()
    return undefined
  }

  /** The first failure counts. */
  fail(text: string): void {
    this.failure ??= text
  }

  /** What has happened, as the oracle writes it. */
  outcome(): Outcome {
    const json = (term: Term): Json => toJson(term, this.names)
    const logs: Record<string, Json[]> = {}
    for (const [pid, values] of this.#logs) (logs[this.names.processName(pid)] ??= []).push(...values.map(json))
    const exits: Record<string, Json> = {}
    const alive: string[] = []
    for (const [name, pid] of this.names.all()) {
      if (this.exits.has(pid)) exits[name] = json(this.library.toTerm(this.exits.get(pid)))
      else alive.push(name)
    }
    const glog = this.#globalLog.map(([pid, value]) => [this.names.processName(pid), json(value)])
    return { logs, ...(glog.length > 0 ? { glog } : {}), exits, alive }
  }
}
