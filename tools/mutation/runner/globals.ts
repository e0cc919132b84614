// Stands in for '@jest/globals' in the bundle of the tests: the same words, kept as a list of tests that a child runs one by one.
// Titles of tables and the matchers are jest's own.
import { ModernFakeTimers } from '@jest/fake-timers'
import { expect } from 'expect'
import { bind } from 'jest-each'
import { ModuleMocker } from 'jest-mock'

type Body = () => unknown
type Hooks = { beforeAll: Body[]; beforeEach: Body[]; afterEach: Body[]; afterAll: Body[] }
export interface Block {
  readonly name: string
  readonly parent: Block | undefined
  readonly hooks: Hooks
  /** Have its beforeAll run? */
  open: boolean
}
export interface Test {
  readonly id: string
  readonly file: string
  readonly block: Block
  readonly body: Body
}

export const tests: Test[] = []
const counts = new Map<string, number>()
let file = ''
let block: Block

const newBlock = (name: string, parent: Block | undefined): Block => ({
  name,
  parent,
  hooks: { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] },
  open: false,
})

/** From here on, what is declared belongs to this file. */
export function enterFile(name: string): void {
  file = name
  block = newBlock(name, undefined)
}

function nameOf(at: Block): string {
  return at.parent === undefined ? at.name : `${nameOf(at.parent)} › ${at.name}`
}

function declareBlock(name: string, body: Body): void {
  const outer = block
  block = newBlock(name, outer)
  body()
  block = outer
}

function declareTest(name: string, body: Body): void {
  const plain = `${nameOf(block)} › ${name}`
  const count = (counts.get(plain) ?? 0) + 1
  counts.set(plain, count)
  tests.push({ id: count === 1 ? plain : `${plain} #${count}`, file, block, body })
}

export const describe = Object.assign(declareBlock, { each: bind(declareBlock as never, false) })
export const test = Object.assign(declareTest, { each: bind(declareTest as never) })
export const it = test
export const beforeAll = (body: Body): void => void block.hooks.beforeAll.push(body)
export const beforeEach = (body: Body): void => void block.hooks.beforeEach.push(body)
export const afterEach = (body: Body): void => void block.hooks.afterEach.unshift(body)
export const afterAll = (body: Body): void => void block.hooks.afterAll.unshift(body)

const timers = new ModernFakeTimers({ global: globalThis, config: { fakeTimers: {} } as never })
const mocker = new ModuleMocker(globalThis)
export const jest = {
  fn: mocker.fn.bind(mocker),
  spyOn: mocker.spyOn.bind(mocker),
  restoreAllMocks: () => mocker.restoreAllMocks(),
  useFakeTimers: (config: object) => timers.useFakeTimers(config),
  useRealTimers: () => timers.useRealTimers(),
  advanceTimersByTime: (ms: number) => timers.advanceTimersByTime(ms),
}
export { expect }
