// Several versions of a contract at one path.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { send } from 'gensock'
import { defineProtocol, protocolHandler, protocolVersions } from 'gensock/protocol'
import { fakeTransport, type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { framesOf } from './chat.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const v1 = defineProtocol({
  version: 'news.1',
  toServer: { messages: { add: z.string() } },
  toClient: { messages: { line: z.string() } },
})
const v2 = defineProtocol({
  version: 'news.2',
  toServer: { messages: { add: z.object({ text: z.string() }) } },
  toClient: { messages: { line: z.object({ text: z.string() }) } },
})
const ended: string[] = []
const one = protocolHandler<null, { type: 'tick' }>()(v1, {
  init: () => ['ok', null],
  on: {
    add(text, state, self) {
      self.push.line(text)
      return ['ok', state]
    },
  },
  terminate: () => void ended.push('one'),
})
const two = protocolHandler<null, { type: 'tick' }>()(v2, {
  init: () => ['ok', null],
  on: {
    add({ text }, state, self) {
      self.push.line({ text })
      return ['ok', state]
    },
  },
  info(_tick, state, self) {
    self.push.line({ text: 'tick' })
    return ['ok', state]
  },
  defaults: { idleTimeoutMs: 0 },
})
const both = protocolVersions(two, one)
const connected = (offered: string): FakeTransport =>
  fakeTransport(node, both, { request: { headers: offered === '' ? {} : { 'sec-websocket-protocol': offered } } })

test('each client gets the handler of the version that it speaks', async () => {
  const [old, young] = [connected('news.1'), connected('news.2')]
  old.send('["add","hi"]')
  young.send('["add",{"text":"hi"}]')
  await node.settle()
  expect([framesOf(old), framesOf(young)]).toEqual([[['line', 'hi']], [['line', { text: 'hi' }]]])
})
test('who speaks several gets the newest of them', async () => {
  const socket = connected('news.1, news.2')
  await node.settle()
  expect(socket.handshake).toMatchObject(['accept', { subprotocol: 'news.2' }])
})
test('who speaks none is closed with 4406, and hears what is spoken', async () => {
  const [other, none] = [connected('news.3'), connected('')]
  await node.settle()
  expect(other.closed).toEqual(['close', 4406, 'this server speaks news.2 or news.1, not news.3'])
  expect(none.closed).toEqual(['close', 4406, 'offer the subprotocol news.2 or news.1'])
  expect(two.counters().refusedVersions).toBe(2)
})
test('messages of processes and the end come to the handler of the version', async () => {
  const [old, young] = [connected('news.1'), connected('news.2')]
  await node.settle()
  for (const { pid } of [old, young]) send(pid as never, { type: 'tick' } as never)
  await node.settle()
  expect([framesOf(old), framesOf(young)]).toEqual([[], [['line', { text: 'tick' }]]])
  ended.length = 0
  old.close(1000)
  young.close(1000)
  await node.settle()
  expect(ended).toEqual(['one'])
})
test('two of one version, and what is of nobody, are refused', () => {
  expect(() => protocolVersions(one, one)).toThrow("protocolVersions: handlers must be of different versions, got 'news.1'")
  expect(() => protocolVersions({} as never)).toThrow('protocolVersions: handlers must be what protocolHandler answers')
  expect(() => protocolVersions()).toThrow('protocolVersions: handlers must be at least one handler of protocolHandler')
})
