// Pids and refs: equal by their fields, printed as on the BEAM, known by a brand.
import { describe, expect, test } from '@jest/globals'
import { inspect } from 'node:util'
import { testNode } from 'gensock/testing'
import { isPid, ProcessId } from '../../src/base/pid.js'
import { isRef, Reference } from '../../src/base/ref.js'

describe('pids', () => {
  const pid = new ProcessId('a@local', 81, 0, 1, null)

  test('a pid equals itself and a copy that was decoded from bytes', () => {
    expect(pid.equals(pid)).toBe(true)
    expect(pid.equals(new ProcessId('a@local', 81, 0, 1, undefined))).toBe(true)
    expect(new ProcessId('a@local', 81, 0, 1, undefined).equals(pid)).toBe(true)
  })

  test.each([
    ['node', new ProcessId('b@local', 81, 0, 1, null)],
    ['id', new ProcessId('a@local', 82, 0, 1, null)],
    ['serial', new ProcessId('a@local', 81, 1, 1, null)],
    ['creation', new ProcessId('a@local', 81, 0, 2, null)],
  ])('pids that differ in their %s are not equal', (_field, other) => {
    expect(pid.equals(other)).toBe(false)
  })

  test('an object with the same fields is no pid', () => {
    const fake = { node: 'a@local', id: 81, serial: 0, creation: 1 }
    expect(pid.equals(fake as never)).toBe(false)
    for (const value of [fake, null, undefined, 81, '<0.81.0>', Object.fromEntries(Object.entries(pid))])
      expect(isPid(value)).toBe(false)
    expect(isPid(pid)).toBe(true)
  })

  test('prints as <0.81.0> on its node, with the node when it is from elsewhere, and as #Pid<...> in inspect', () => {
    expect(String(pid)).toBe('<0.81.0>')
    expect(String(new ProcessId('b@far', 7, 2, 1, undefined))).toBe('<b@far.7.2>')
    expect(inspect({ pid })).toBe('{ pid: #Pid<0.81.0> }')
  })
})

describe('refs', () => {
  const ref = new Reference('a@local', 5, 1)

  test('a ref equals itself and a copy, and nothing that differs in node, id or creation', () => {
    expect(ref.equals(ref)).toBe(true)
    expect(ref.equals(new Reference('a@local', 5, 1))).toBe(true)
    for (const other of [new Reference('b@local', 5, 1), new Reference('a@local', 6, 1), new Reference('a@local', 5, 2)])
      expect(ref.equals(other)).toBe(false)
  })

  test('an object with the same fields is no ref, nor is a pid', () => {
    for (const value of [{ node: 'a@local', id: 5, creation: 1 }, null, 5, new ProcessId('a@local', 5, 0, 1, null)])
      expect(isRef(value)).toBe(false)
    expect(isRef(ref)).toBe(true)
    expect(isPid(ref)).toBe(false)
  })

  test('prints as #Ref<creation.id>', () => {
    expect(`${String(ref)} ${inspect(ref)}`).toBe('#Ref<1.5> #Ref<1.5>')
  })
})

describe('fields', () => {
  test('no field of a living pid, a pending timer or a caller leads to a process: who walks over them meets plain values', async () => {
    const node = testNode()
    const pid = node.spawnProcess({ init: () => 0, message: (message: unknown, n) => (froms.push(message), ['ok', n]) })
    const froms: unknown[] = []
    const timer = node.sendAfter(1000, pid, 'x')
    node.call(pid, 'y', 1000).catch(() => undefined)
    await node.settle()
    const { from } = froms[0] as { from: object }
    for (const value of [pid, timer, from, ...Object.values(from)])
      for (const key in value)
        expect(`${key}: ${typeof (value as any)[key]}`).toMatch(/^(pid|ref): (object|undefined)$|: (string|number)$/)
    expect(JSON.parse(JSON.stringify([pid, timer]))).toEqual([
      { node: pid.node, id: pid.id, serial: 0, creation: pid.creation },
      { node: timer.node, id: timer.id, creation: timer.creation },
    ])
    await node.stop()
  })
})
