// Zotonic's cases of the page and its comet, as far as the handlers are concerned: Z54 and Z60, on 127.0.0.1. Each title starts
// with its number; what is not as in Zotonic says so.
import diagnostics from 'node:diagnostics_channel'
import { afterEach, describe, expect, test } from '@jest/globals'
import { page, session } from 'gensock/session'
import { testNode } from 'gensock/testing'
import { baseRules } from 'gensock/zotonic'
import { frame, TEXT } from '../cowboy/raw-client.js'
import { type Answer, endSites, serve } from './sites.js'

afterEach(endSites)

describe('the page', () => {
  test('Z54. Given the id of another page, or of none, in Z:PING, when it comes, then there is no answer and nothing is attached', async () => {
    const site = await serve(baseRules)
    const { cookie, session: pid } = await site.visitor()
    const mine = await session.ensurePage(pid)
    const other = await session.ensurePage(pid)
    const client = await site.open({ path: `/websocket?z_pageid=${mine.id}`, headers: { Cookie: cookie } })
    page.add(mine.pid, 'a')
    for (const id of [other.id, '', 'x', `${mine.id}x`]) client.write(frame(TEXT, `Z:PING:${id}:1`))
    for (const ack of [0, 0]) client.write(frame(TEXT, `Z:PING:${mine.id}:${ack}`))
    // All answers, up to that of the last frame: one to the others would say resumed:1, or leave no new for these.
    const answers = [await client.next(), await client.next(), await client.next()]
    expect(answers).toEqual([`text Z:PONG:${mine.id}:new:0`, 'text Z:MSG:1:a', `text Z:PONG:${mine.id}:resumed:0`])
    expect((await page.info(other.pid)).status).toBe('detached')
    expect((await page.info(mine.pid)).status).toBe('attached')
  })

  test('Z60. Given the page by polls, when nothing is queued, then a poll is answered after 55 s, and with data 50 ms after the first; differs: it is a GET, and the socket of a page lives on between polls', async () => {
    const node = testNode()
    const site = await serve(baseRules, { node })
    const { cookie, session: pid } = await site.visitor()
    const { id, pid: pagePid } = await session.ensurePage(pid)
    const ask = (query: string, method: string, body?: string): Promise<Answer> =>
      site.ask(`/websocket?z_pageid=${id}&gensock=${query}`, {
        method,
        headers: { Cookie: cookie },
        ...(body === undefined ? {} : { body }),
      })
    const opened = await ask('open&via=longPoll', 'POST')
    const { id: connection } = JSON.parse(opened.body) as { id: string }
    /** A poll that has arrived. */
    const poll = async (ack: number): Promise<{ answer: Promise<unknown>; isAnswered(): boolean }> => {
      const arrived = started()
      let isAnswered = false
      const answer = ask(`poll&id=${connection}&ack=${ack}`, 'GET').then(({ body }) => {
        isAnswered = true
        return JSON.parse(body) as unknown
      })
      await arrived
      return { answer, isAnswered: () => isAnswered }
    }
    await ask(`send&id=${connection}`, 'POST', JSON.stringify({ ack: 0, frames: [[1, 't', `Z:PING:${id}`]] }))
    const first = await poll(0)
    await node.advance(50)
    expect(await first.answer).toEqual([[1, 't', `Z:PONG:${id}`]])
    expect((await page.info(pagePid)).comet).toBeDefined()

    const empty = await poll(1)
    await node.advance(54_999)
    await ask('none', 'GET') // what has been answered before this has arrived before its answer
    expect(empty.isAnswered()).toBe(false)
    await node.advance(1)
    expect(await empty.answer).toEqual([])

    const full = await poll(1)
    await node.advance(1000)
    page.add(pagePid, 'a')
    await node.advance(49)
    page.add(pagePid, 'b')
    await ask('none', 'GET')
    expect(full.isAnswered()).toBe(false)
    await node.advance(1)
    expect(await full.answer).toEqual([
      [2, 't', 'a'],
      [3, 't', 'b'],
    ])
  })
})

/** Resolves when a server has got the head of a request; what it does with it at once it has done by the next turn. */
function started(): Promise<void> {
  return new Promise((resolve) => {
    const hear = (): void => {
      diagnostics.unsubscribe('http.server.request.start', hear)
      setImmediate(resolve)
    }
    diagnostics.subscribe('http.server.request.start', hear)
  })
}
