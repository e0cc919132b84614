// A rule as a SocketHandler: its defaults, and what ended a socket.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { self, send } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { dispatch } from 'gensock/zotonic'
import { frame, type RawClient, TEXT } from '../cowboy/raw-client.js'
import { connect, endSites, openRule, recording, type Script, serve, type Site } from './sites.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(async () => {
  await node.stop()
  await endSites()
})

test('a rule has no idle timeout, a ping every 30 s, and the polls of comet, unless it says otherwise', () => {
  const optionsOf = (route: object): object =>
    (dispatch([openRule(recording().handler, { route })]).routes[0] as unknown as { options: object }).options
  const fallback = { pollMs: 55_000, gatherMs: 50, graceMs: 10_000 }
  expect(optionsOf({})).toMatchObject({ idleTimeoutMs: 0, pingIntervalMs: 30_000, fallback })
  expect(optionsOf({ idleTimeoutMs: 1, fallback: false })).toMatchObject({
    idleTimeoutMs: 1,
    pingIntervalMs: 30_000,
    fallback: false,
  })
})

test('what ended a socket is told beside the reason: a limit of ours, and the listener', async () => {
  const seen: unknown[] = []
  const script: Script = { terminate: (reason, _context, cause) => seen.push([reason, cause]) }
  const idle = await connect(node, recording(script), { route: { idleTimeoutMs: 1000 } })
  await node.advance(1000)
  expect([idle.closed, seen.pop()]).toEqual([
    ['close', 1000],
    ['normal', { closed: 'handler', code: 1000, reason: 'timeout' }],
  ])
  const large = await open(script, { maxFrameBytes: 10 })
  large.client.write(frame(TEXT, 'x'.repeat(11)))
  expect(await large.client.rest()).toEqual(['close 1009'])
  await large.ended
  expect(seen.pop()).toEqual([['error', { exit: 'badsize' }], { closed: 'handler', reason: 'badsize' }])
  const { site, client, ended } = await open({ ...script, message: () => send(self(), 'x') })
  site.listener.closeAll(4000, 'maintenance')
  expect(await client.rest()).toEqual(['close 4000 maintenance'])
  expect(await ended).toBe('shutdown')
  expect(seen).toEqual([[['error', { exit: 'shutdown' }], { closed: 'handler', reason: 'shutdown' }]])
})

/** A socket on 127.0.0.1. */
async function open(script: Script, route: object = {}): Promise<{ client: RawClient; site: Site; ended: Promise<unknown> }> {
  const site = await serve([openRule(recording(script).handler, { route })])
  const client = await site.open()
  return { client, site, ended: site.ended() }
}
