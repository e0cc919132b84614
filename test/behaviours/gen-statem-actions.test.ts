// Lists of actions: a tuple and a list of them are both arrays, and are told apart.
import { describe, expect, test } from '@jest/globals'
import { actionsOf } from '../../src/behaviours/gen-statem-actions.js'

describe('actionsOf', () => {
  test('nothing is an empty list', () => {
    expect(actionsOf(undefined)).toEqual([])
  })

  test.each([
    ['postpone'],
    ['hibernate'],
    [100],
    ['infinity'],
    [['postpone', true]],
    [['hibernate', false]],
    [['next_event', 'internal', 'x']],
    [['reply', 'from', 'x']],
    [['timeout', 100, 'x']],
    [['timeout', 'cancel']],
    [['state_timeout', 'update', 'x']],
    [[['timeout', 'name'], 100, 'x']],
    [[['timeout', 'name'], 'cancel']],
    [[['timeout', 'name'], 'update', ['x']]],
    [[['timeout', 'update'], -5, 'x']],
    [['timeout', 'soon']],
  ])('%j is one action', (action) => {
    expect(actionsOf(action)).toEqual([action])
  })

  test.each([
    [[]],
    [['postpone']],
    [['hibernate', 'postpone']],
    [['postpone', 100]],
    [['hibernate', ['timeout', 'cancel']]],
    [[100, 'hibernate']],
    [['infinity', 'hibernate']],
    [[['reply', 'from', 'x']]],
    [
      [
        ['timeout', 'cancel'],
        ['state_timeout', 5, 'x'],
      ],
    ],
    [[['timeout', 'cancel'], 5, 'postpone']],
    [[['timeout', 5, 'x'], 'cancel']],
    [['nonsense', ['timeout', 'cancel']]],
    [[['timeout', 'update'], 'infinity']],
    [[['timeout', 'update'], ['timeout', 'cancel'], 'postpone']],
  ])('%j is a list', (list) => {
    expect(actionsOf(list)).toBe(list)
  })

  test("a timeout whose name is 'cancel' is meant when it stands in a list", () => {
    const named = [['timeout', 'cancel'], 5, 'x']
    expect(actionsOf([named])).toEqual([named])
  })
})
