// Callback modules that throw when chance wants it: which functions of a module those are.
import { expect, test } from '@jest/globals'
import { simulate } from 'gensock/testing'

/** The module, made faulty, with every call of a callback at fault. */
async function allFail<T extends object>(module: T, only?: readonly string[]): Promise<T> {
  const { value } = await simulate(1, (node) => {
    const faulty = node.faulty(module, only)
    node.faults({ throw: 1 })
    return [faulty]
  })
  return value[0] as T
}
/** Those that throw, of functions with these names. */
async function failing(module: object, call: (faulty: any) => readonly (() => unknown)[]): Promise<readonly boolean[]> {
  const { value } = await simulate(1, (node) => {
    const faulty = node.faulty(module)
    node.faults({ throw: 1 })
    return call(faulty).map((one) => {
      try {
        one()
        return false
      } catch (error) {
        expect(String(error)).toMatch(/^Error: simulated fault in \w+$/)
        return true
      }
    })
  })
  return value
}

class Base {
  #calls = 0
  inherited(): number {
    return ++this.#calls
  }
}
class Module extends Base {
  readonly #size = 4
  readonly own = (): string => 'own'
  readonly handleCall = { add: (): string => 'add' }
  init(_arg: unknown): this {
    return this
  }
  get size(): number {
    return this.#size
  }
}

test('callbacks of a class and of what it extends are at fault as its own and those of its tables', async () => {
  expect(
    await failing(new Module(), (faulty) => [
      () => faulty.own(),
      () => faulty.init(),
      () => faulty.inherited(),
      () => faulty.handleCall.add(),
      () => faulty.toString(),
    ]),
  ).toEqual([true, true, true, true, false])
})

test('without a fault they do what they did, and `this` is the module', async () => {
  const module = new Module()
  await simulate(1, (node) => {
    const faulty = node.faulty(module)
    expect([faulty.inherited(), module.inherited(), faulty.inherited()]).toEqual([1, 2, 3])
    expect([faulty.init(undefined), faulty.size, faulty.own(), faulty.handleCall.add()]).toEqual([module, 4, 'own', 'add'])
    expect(faulty).toBeInstanceOf(Module)
    expect(faulty.init.length).toBe(1)
  })
})

test('callbacks of a prototype can be named', () =>
  simulate(1, (node) => {
    const faulty = node.faulty(new Module(), ['init'])
    node.faults({ throw: 1 })
    expect(() => faulty.init(1)).toThrow('simulated fault in init')
    expect(faulty.inherited()).toBe(1)
  }).then(() => undefined))

test('what stands in `defaults` are options of a route, no callbacks', async () => {
  const module = { init: () => 1, defaults: { authorize: () => 'yes', onSlowPeer: { coalesce: () => 'key' } } }
  expect(
    await failing(module, (faulty) => [
      () => faulty.init(),
      () => faulty.defaults.authorize(),
      () => faulty.defaults.onSlowPeer.coalesce(),
    ]),
  ).toEqual([true, false, false])
  await expect(simulate(1, (node) => void node.faulty(module, ['authorize']))).rejects.toThrow('names of callbacks of the module')
})

test('a module that holds itself, and a table in two places', async () => {
  const table = { add: (): number => 1 }
  const module: Record<string, any> = { init: () => 1, handleCall: table, handleCast: table, again: {} }
  module['self'] = module
  module['again'].table = table
  const faulty = await allFail(module)
  expect(faulty['self']).toBe(faulty)
  expect(faulty['handleCast']).toBe(faulty['handleCall'])
  expect(faulty['again'].table).toBe(faulty['handleCall'])
  expect(faulty['handleCall']).not.toBe(table)
})

test.each<[string, object]>([
  ['an empty object', {}],
  ['an object with data only', { name: 'counter', table: { n: 1 } }],
  [
    'an instance of a class without methods',
    new (class {
      readonly name = 'counter'
    })(),
  ],
  ['a list', []],
])('%s has no callback and is refused', (_name, module) =>
  expect(simulate(1, (node) => void node.faulty(module))).rejects.toThrow(
    'faulty: module must be an object with callbacks, got ',
  ),
)

test('a plain module keeps what its callbacks keep in `this` in one place, named or not', () =>
  simulate(1, (node) => {
    const module = {
      n: 0,
      add(): number {
        return ++this.n
      },
      read(): number {
        return this.n
      },
    }
    const faulty = node.faulty(module, ['add'])
    expect([faulty.add(), faulty.add(), faulty.read(), module.read()]).toEqual([1, 2, 2, 0])
  }).then(() => undefined))
