// The frames of a protocol: what is one, and what is none. docs/protocol.md has the table.
import { describe, expect, test } from '@jest/globals'
import { callFrame, type Envelope, envelopeOf, errorFrame, messageFrame, okFrame, refusedFrame } from '../../src/wire/envelope.js'

const SAFE = Number.MAX_SAFE_INTEGER
const KEY = 'k'.repeat(64)
const PROBLEM = { reason: 'failed' } as const

describe('a frame that is one', () => {
  test.each<readonly [frame: unknown, envelope: Envelope]>([
    [['say'], { kind: 'message', name: 'say', data: undefined }],
    [['say', null], { kind: 'message', name: 'say', data: null }],
    [['', 1], { kind: 'message', name: '', data: 1 }],
    [[1, 'pay'], { kind: 'call', id: 1, key: undefined, name: 'pay', data: undefined }],
    [[SAFE, 'pay', [7]], { kind: 'call', id: SAFE, key: undefined, name: 'pay', data: [7] }],
    [[[1, 'k'], 'pay'], { kind: 'call', id: 1, key: 'k', name: 'pay', data: undefined }],
    [[[2, KEY], 'pay', 7], { kind: 'call', id: 2, key: KEY, name: 'pay', data: 7 }],
    [[-1, 'ok'], { kind: 'ok', id: 1, data: undefined }],
    [[-SAFE, 'ok', {}], { kind: 'ok', id: SAFE, data: {} }],
    [[-1, 'error', 'tooMany'], { kind: 'error', id: 1, name: 'tooMany', data: undefined }],
    [[-1, 'error', 'tooMany', 3], { kind: 'error', id: 1, name: 'tooMany', data: 3 }],
    [[-1, 'refused', PROBLEM], { kind: 'refused', id: 1, problem: PROBLEM }],
    [[0, 'refused', PROBLEM], { kind: 'refused', id: 0, problem: PROBLEM }],
    [[-0, 'refused', PROBLEM], { kind: 'refused', id: 0, problem: PROBLEM }],
  ])('%j is read', (frame, envelope) => {
    expect(envelopeOf(frame)).toEqual(envelope)
  })
})

describe('a frame that is none', () => {
  test.each<readonly [what: string, frame: unknown]>([
    ['no array', { 0: 'say', length: 1 }],
    ['nothing', null],
    ['a text', 'say'],
    ['an empty array', []],
    ['a message with an element more', ['say', 1, 2]],
    ['a call without a name', [1]],
    ['a call with a name that is no text', [1, 2]],
    ['a call with an element more', [1, 'pay', 7, 8]],
    ['a call with id 0', [0, 'pay']],
    ['a call with a part of an id', [1.5, 'pay']],
    ['a call with an id that is too great', [SAFE + 1, 'pay']],
    ['a call with an endless id', [Infinity, 'pay']],
    ['a call with NaN for an id', [NaN, 'pay']],
    ['a call with a true id', [true, 'pay']],
    ['a call with an id in a list of its own', [[1], 'pay']],
    ['a call with an empty key', [[1, ''], 'pay']],
    ['a call with a key of 65 characters', [[1, `${KEY}k`], 'pay']],
    ['a call with a key that is a number', [[1, 2], 'pay']],
    ['a call with a key in a list', [[1, ['k']], 'pay']],
    ['a call with an id in a list in a list', [[[1], 'k'], 'pay']],
    ['a call with two keys', [[1, 'k', 'l'], 'pay']],
    ['a call with a key and id 0', [[0, 'k'], 'pay']],
    ['a call with a key and a negative id', [[-1, 'k'], 'pay']],
    ['an answer of another kind', [-1, 'pay']],
    ['a reply with an element more', [-1, 'ok', 1, 2]],
    ['a reply to a part of an id', [-1.5, 'ok']],
    ['a reply to an id that is too great', [-SAFE - 1, 'ok']],
    ['a reply to 0', [0, 'ok']],
    ['an error without a name', [-1, 'error']],
    ['an error with a name that is no text', [-1, 'error', 7]],
    ['an error with an element more', [-1, 'error', 'tooMany', 1, 2]],
    ['an error of 0', [0, 'error', 'tooMany']],
    ['a refusal without a problem', [-1, 'refused']],
    ['a refusal with a text', [-1, 'refused', 'failed']],
    ['a refusal with null', [-1, 'refused', null]],
    ['a refusal without a reason', [-1, 'refused', {}]],
    ['a refusal with an element more', [-1, 'refused', PROBLEM, 1]],
    ['a refusal of a part of an id', [-0.5, 'refused', PROBLEM]],
    ['a refusal whose path is a number', [-1, 'refused', { reason: 'failed', path: 5, expected: 'x' }]],
    ['a refusal whose path is an object', [-1, 'refused', { reason: 'failed', path: {}, expected: 'x' }]],
    ['a refusal whose path has an object', [-1, 'refused', { reason: 'failed', path: [{ toString: 1 }], expected: 'x' }]],
    ['a refusal that expects what is no text', [-1, 'refused', { reason: 'failed', expected: { toString: 1 } }]],
    ['a refusal with a name that is no text', [0, 'refused', { reason: 'failed', name: {} }]],
  ])('%s is none', (_what, frame) => {
    expect(envelopeOf(frame)).toBeUndefined()
  })
})

describe('a frame that is made', () => {
  test.each<readonly [frame: readonly unknown[], onTheWire: string]>([
    [messageFrame('say', undefined), '["say"]'],
    [messageFrame('say', null), '["say",null]'],
    [callFrame(1, undefined, 'pay', undefined), '[1,"pay"]'],
    [callFrame(1, undefined, 'pay', 0), '[1,"pay",0]'],
    [callFrame(1, 'k', 'pay', undefined), '[[1,"k"],"pay"]'],
    [callFrame(1, 'k', 'pay', false), '[[1,"k"],"pay",false]'],
    [okFrame(1, undefined), '[-1,"ok"]'],
    [okFrame(1, null), '[-1,"ok",null]'],
    [errorFrame(1, 'tooMany', undefined), '[-1,"error","tooMany"]'],
    [errorFrame(1, 'tooMany', 3), '[-1,"error","tooMany",3]'],
    [refusedFrame(1, PROBLEM), '[-1,"refused",{"reason":"failed"}]'],
    [refusedFrame(0, PROBLEM), '[0,"refused",{"reason":"failed"}]'],
  ])('%j is what the table says, and is read again', (frame, onTheWire) => {
    expect(JSON.stringify(frame)).toBe(onTheWire)
    expect(envelopeOf(JSON.parse(onTheWire))).toBeDefined()
    expect(Object.is(frame[0], -0)).toBe(false)
  })
})
