// The child: loads the test files that it is told to, runs the tests that it is told to with one mutant switched on, and stops at the
// first test that fails. It serves mutant after mutant. A mutant may leave something broken behind: so the test that failed runs once
// more without it, and if it fails again the answer does not count and the child is thrown away.
import { type Block, enterFile, expect, jest, type Test, tests } from './globals.js'

/** What a child is told. */
export interface Order {
  readonly files: readonly string[]
  /** Ids; without, all tests of the files. */
  readonly tests?: readonly string[]
  /** Patterns of tests that are left out. */
  readonly without: readonly string[]
  readonly mutant?: string
  readonly bail: boolean
  /** CPU time that one test may take, and real time, both in ms. */
  readonly maxCpuMs: number
  readonly maxRealMs: number
  readonly hitLimit?: number
}
export interface Result {
  readonly id: string
  readonly file: string
  /** Processor time; another program may hold up the clock on the wall. */
  readonly ms: number
  /** By the clock on the wall. */
  readonly realMs: number
  readonly error?: string
}
export interface Answer {
  readonly results: readonly Result[]
  readonly timedOut: boolean
  /** The test that failed fails without the mutant as well: something earlier is to blame. */
  readonly dirty: boolean
  readonly coverage?: unknown
}
interface Stryker {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number
  hitLimit?: number
  mutantCoverage?: unknown
}

const stryker: Stryker = ((globalThis as { __stryker__?: Stryker }).__stryker__ ??= {})
let order: Order
let results: Result[] = []
/** Tests may replace the global one. */
const now = performance.now.bind(performance)
let current: Test | undefined
let failCurrent: (error: unknown) => void = () => undefined

function answer(timedOut: boolean, dirty = false): void {
  current = undefined
  const whole: Answer = { results, timedOut, dirty, coverage: order.bail ? undefined : stryker.mutantCoverage }
  process.send?.(whole)
}
const overHitLimit = (): boolean => order.hitLimit !== undefined && (stryker.hitCount ?? 0) > order.hitLimit
const textOf = (error: unknown): string => {
  try {
    return String((error as { message?: unknown } | undefined)?.message ?? error).slice(0, 600)
  } catch {
    return 'an error that cannot be read'
  }
}

function outerFirst(block: Block): Block[] {
  return block.parent === undefined ? [block] : [...outerFirst(block.parent), block]
}

async function inBlocks(test: Test): Promise<void> {
  const blocks = outerFirst(test.block)
  for (const block of blocks) {
    if (block.open) continue
    block.open = true
    for (const hook of block.hooks.beforeAll) await hook()
  }
  try {
    for (const block of blocks) for (const hook of block.hooks.beforeEach) await hook()
    await test.body()
  } finally {
    for (const block of blocks.toReversed()) for (const hook of block.hooks.afterEach) await hook()
  }
}

async function closeBlocks(before: Test, next: Test | undefined): Promise<void> {
  const stay = new Set(next === undefined ? [] : outerFirst(next.block))
  for (const block of outerFirst(before.block).toReversed()) {
    if (stay.has(block)) return
    block.open = false
    for (const hook of block.hooks.afterAll) await hook()
  }
}

async function runOne(test: Test, next: Test | undefined): Promise<string | undefined> {
  const asserted = expect as unknown as { extractExpectedAssertionsErrors(): { error: Error }[] }
  expect.setState({ assertionCalls: 0, expectedAssertionsNumber: null, isExpectingAssertions: false })
  const failed = new Promise<never>((_, reject) => {
    failCurrent = reject
  })
  failed.catch(() => undefined)
  try {
    await Promise.race([inBlocks(test), failed])
    await Promise.race([closeBlocks(test, next), failed])
    return asserted.extractExpectedAssertionsErrors()[0]?.error.message
  } catch (error) {
    return textOf(error)
  }
}

/** A test that burns the processor or waits for ever. Unreferenced: a test that nothing can wake any more ends the child at once. */
function watch(): void {
  let watched: Test | undefined
  let cpu = process.cpuUsage()
  let since = 0
  setInterval(() => {
    if (current === undefined || watched !== current) {
      watched = current
      cpu = process.cpuUsage()
      since = now()
      return
    }
    const { user, system } = process.cpuUsage(cpu)
    if ((user + system) / 1000 > order.maxCpuMs || now() - since > order.maxRealMs) {
      answer(true) // and who started this child ends it
      watched = undefined
    }
  }, 100).unref()
}

const loaded = new Set<string>()
/** Declares the tests of a file; no mutant is switched on meanwhile. */
function loadFile(file: string, load: Readonly<Record<string, () => unknown>>): void {
  if (loaded.has(file)) return
  loaded.add(file)
  enterFile(file)
  load[file]?.()
}

/** The tests of one file; the first that failed, if one did. */
async function runFile(file: string): Promise<Test | undefined> {
  const without = order.without.map((pattern) => new RegExp(pattern))
  const wanted = order.tests === undefined ? undefined : new Set(order.tests)
  const chosen = tests.filter(
    (test) => test.file === file && (wanted?.has(test.id) ?? true) && !without.some((pattern) => pattern.test(test.id)),
  )
  let failed: Test | undefined
  for (const [index, test] of chosen.entries()) {
    current = test
    stryker.currentTestId = order.bail ? undefined : test.id
    const began = process.cpuUsage()
    const beganAt = now()
    const error = await runOne(test, failed === undefined ? chosen[index + 1] : undefined)
    stryker.currentTestId = undefined
    const { user, system } = process.cpuUsage(began)
    const took = { ms: (user + system) / 1000, realMs: now() - beganAt }
    results.push({ id: test.id, file: test.file, ...took, ...(error === undefined ? {} : { error }) })
    if (error === undefined) continue
    failed ??= test
    if (order.bail) break
  }
  return failed
}

async function serve(load: Readonly<Record<string, () => unknown>>): Promise<void> {
  results = []
  for (const file of order.files) loadFile(file, load)
  Object.assign(stryker, { hitCount: 0, hitLimit: order.hitLimit })
  for (const file of order.files) {
    stryker.activeMutant = order.mutant
    const failed = await runFile(file)
    stryker.activeMutant = undefined
    if (failed === undefined || !order.bail) continue
    if (overHitLimit()) return answer(true)
    // What the test did not come to take back: clocks, spies, blocks that are half open.
    jest.useRealTimers()
    jest.restoreAllMocks()
    for (const { block } of tests) for (const one of outerFirst(block)) one.open = false
    return answer(false, (await runOne(failed, undefined)) !== undefined)
  }
  answer(overHitLimit())
}

export function main(load: Readonly<Record<string, () => unknown>>): void {
  process.on('uncaughtException', (error) => failCurrent(error))
  process.on('unhandledRejection', (error) => failCurrent(error))
  // The channel does not count: nothing can wake the test any more.
  process.on('beforeExit', () => {
    if (current !== undefined) setImmediate(() => failCurrent(new Error('never came to its end')))
  })
  watch()
  process.on('message', (next: Order) => {
    order = next
    process.channel?.unref()
    void serve(load).then(
      () => process.channel?.ref(),
      (error: unknown) => {
        results.push({ id: 'all', file: '', ms: 0, realMs: 0, error: textOf(error) })
        answer(false, true)
      },
    )
  })
}
