// The same facts on msgpackr's reader in JavaScript, the only one in browsers.
// oxlint-disable-next-line import/no-unassigned-import
import './no-native.js'
import { expect, test } from '@jest/globals'
import { msgpackCodec } from 'gensock/msgpack'
import { isNativeAccelerationEnabled } from 'msgpackr'
import { codecSuite } from '../wire/codec-suite.js'
import { ownFacts } from './own-facts.js'
import { rawMsgpack } from './raw.js'

test('msgpackr reads in JavaScript here', () => expect(isNativeAccelerationEnabled).toBe(false))

codecSuite('msgpack in browsers', msgpackCodec, rawMsgpack)
ownFacts('msgpack in browsers')

// A fault of msgpackr 2.1.3: its TextDecoder takes U+FEFF for a byte order mark. Once this fails, the docstring can lose the sentence.
test('a text of more than 64 bytes loses a U+FEFF at its beginning, a shorter one keeps it', () => {
  const texts = (length: number): string[] => [`\ufeff${'x'.repeat(length - 3)}`, `x\ufeff${'x'.repeat(length - 4)}`]
  const there = (value: unknown): unknown => msgpackCodec.decode(msgpackCodec.encode(value))
  expect(there(texts(64))).toEqual(texts(64))
  expect(there(texts(65))).toEqual([texts(65)[0]?.slice(1), texts(65)[1]])
})
