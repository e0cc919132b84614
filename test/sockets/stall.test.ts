// Idle timeout and pings of a program that stands still: its clock goes on, and no timer of its rings until it goes on, too.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import { kernelOf } from '../../src/runtime/node.js'
import { Keepalive } from '../../src/sockets/keepalive.js'

const IDLE_MS = 1000
const PING_MS = 300
let node: Node
let now = 0
let alarm: { readonly atMs: number; readonly ring: () => void } | undefined
let heard: string[] = []

beforeEach(() => {
  now = 0
  alarm = undefined
  heard = []
  const clock = {
    now: () => now,
    setAlarm: (atMs: number, ring: () => void) => void (alarm = { atMs, ring }),
    clearAlarm: () => void (alarm = undefined),
  }
  node = createNode({ clock, logger: silentLogger })
})
afterEach(() => node.stop())

const keepalive = (pingMs: number): Keepalive =>
  new Keepalive(
    kernelOf(node),
    { idle: () => void heard.push(`idle at ${now}`), ping: () => void heard.push(`ping at ${now}`) },
    IDLE_MS,
    pingMs,
  )
/** Timers ring when they are due. */
function goTo(time: number): void {
  while (alarm !== undefined && alarm.atMs <= time) {
    now = Math.max(now, alarm.atMs)
    const { ring } = alarm
    alarm = undefined
    ring()
  }
  now = time
}
/** No timer rings before the end of it. */
function standStillUntil(time: number): void {
  now = time
  goTo(time)
}

test('in a program that goes on, a silent peer is idle to the millisecond', () => {
  keepalive(0)
  goTo(IDLE_MS - 1)
  expect(heard).toEqual([])
  goTo(IDLE_MS)
  expect(heard).toEqual([`idle at ${IDLE_MS}`])
})

test('after a stall a peer has as much time as that took, at most the timeout: what it sent may wait unread', () => {
  const peer = keepalive(0)
  standStillUntil(1700) // due at 1 000
  expect(heard).toEqual([])
  goTo(2399)
  peer.touch()
  goTo(3398)
  expect(heard).toEqual([])
  goTo(3399)
  expect(heard).toEqual(['idle at 3399'])
})

test('a peer that is silent all the same is idle after that', () => {
  keepalive(0)
  standStillUntil(1700)
  goTo(2399)
  expect(heard).toEqual([])
  goTo(2400)
  expect(heard).toEqual(['idle at 2400'])
})

test('a program that is late by a millisecond gives it time to be read, one that is late again finds it idle', () => {
  keepalive(0)
  standStillUntil(1001)
  expect(heard).toEqual([])
  standStillUntil(1150)
  expect(heard).toEqual(['idle at 1150'])
})

test('a peer that only answers pings is asked once after a stall, and has time to answer', () => {
  const peer = keepalive(PING_MS)
  goTo(PING_MS)
  peer.touch()
  standStillUntil(3000) // eight pings were due, and the timeout at 1 300
  expect(heard).toEqual(['ping at 300', 'ping at 3000'])
  goTo(3010)
  peer.touch()
  goTo(3300)
  expect(heard).toEqual(['ping at 300', 'ping at 3000', 'ping at 3300'])
})

test('a stall that is shorter than the timeout takes nothing of the time that a peer has for its answer', () => {
  const peer = keepalive(PING_MS)
  goTo(PING_MS)
  peer.touch()
  standStillUntil(1290) // the ping was due at 600, the timeout at 1 300
  expect(heard).toEqual(['ping at 300', 'ping at 1290'])
  goTo(1589)
  peer.touch()
  goTo(1600)
  expect(heard).toEqual(['ping at 300', 'ping at 1290', 'ping at 1590'])
})

test('a program that is late at each look finds a dead peer all the same', () => {
  keepalive(0)
  for (let time = 1500; time < 4000 && heard.length === 0; time += 700) standStillUntil(time)
  expect(heard).toEqual(['idle at 2200'])
})

test('a peer that is gone is found after a stall, too', () => {
  keepalive(PING_MS)
  standStillUntil(5000)
  goTo(7000)
  expect(heard).toEqual(['ping at 5000', 'ping at 5300', 'ping at 5600', 'idle at 5700'])
})
