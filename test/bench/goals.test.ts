// The goals that this benchmark was made for, word for word, and the data of the harness: no load, program or goal is lost.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { actorMark, floodMark, growthMark, socketMark } from '../../bench/report/goals.js'
import type { ActorRow, GrowthRow, SocketRow } from '../../bench/report/results.js'
import { IDLE, LOADS } from '../../bench/run/loads.js'
import { ACTOR_PROGRAMS, FLOOD_GOAL_MS, GROWTH_PROGRAMS } from '../../bench/run/programs.js'
import { RECORDED } from '../../bench/run/recorded.js'

test('every load has the goal that was set for it', () => {
  expect(LOADS.map(({ what, goal }) => [what, goal])).toEqual([
    ['echo, 64 connections, 1 in flight, 32 bytes', 1.1],
    ['echo, 64 connections, 16 in flight, 32 bytes', 0.3],
    ['echo, 16 connections, 4 in flight, 16 KiB', 0.9],
    ['1 to 1 000 sockets, 1 in flight', 0.9],
    ['1 to 1 000 sockets, 8 in flight', 0.15],
    ['connect, one echo, close', 1.25],
  ])
  expect(LOADS.map(({ load }) => load)).toEqual([
    'echo 64x1x32',
    'echo 64x16x32',
    'echo 16x4x16384',
    'fan 1000x1x32',
    'fan 1000x8x32',
    'churn 16',
  ])
  expect(IDLE).toEqual({ load: 'idle 10000', conns: 10_000, goal: 1500 })
  expect(Object.keys(RECORDED)).toEqual([...LOADS.map(({ load }) => load), IDLE.load])
})

test('every actor program has the goal that was set for it', () => {
  const goals = Object.fromEntries(ACTOR_PROGRAMS.flatMap(({ program, goal }) => (goal === null ? [] : [[program, goal]])))
  expect(goals).toEqual({
    ping_pong: 0.2,
    ring_503: 0.2,
    big_120x1000: 0.2,
    counting: 0.5,
    fjthrput_60x10000: 0.5,
    gen_server_call: 0.5,
    ping_pong_fn: 1,
    spawn_exit: 1,
    timer_set_cancel: 1,
    timer_fire: 1,
    link_exit: 1,
    monitor_down: 1,
    selective_backlog_5000: 1,
    supervisor_restart: 1,
    bytes_per_idle_process_cb: 450,
  })
})

test('every growth program has the goal that was set for it, and the flood its time', () => {
  expect(Object.fromEntries(GROWTH_PROGRAMS.map(({ program, goal }) => [program, goal]))).toEqual({
    ring: 1.5,
    pair_among: 1.5,
    timers_pending_cancel: 2,
    timers_pending_fire: 2,
    selective_growth: 1.5,
  })
  const drainMs = /drainMs: options\.drainMs \?\? (\d+)/.exec(readFileSync('src/runtime/node.ts', 'utf8'))?.[1]
  expect(FLOOD_GOAL_MS).toBe(Number(drainMs) + 10)
})

test('each program is there on the other side under the name that it is compared with', () => {
  const erlang = readdirSync('bench/beam').map((file) => readFileSync(`bench/beam/${file}`, 'utf8'))
  const names = [...ACTOR_PROGRAMS.map(({ program, twin = program }) => twin), ...GROWTH_PROGRAMS.map(({ program }) => program)]
  expect(names.filter((name) => !erlang.some((text) => text.includes(`"${name}"`) || text.includes(`"${name}\\"`)))).toEqual([])
})

describe('a goal', () => {
  const socket = { unit: 'us', goal: 1.1, gensock: 11, bare: 10, ratio: 1.1 } as SocketRow
  const actor = { unit: 'ns', goal: 0.2, gensock: 20, beam: 100, ratio: 0.2 } as ActorRow

  test('of a load is met up to the ratio itself', () => {
    expect(socketMark(socket)).toBe('met')
    expect(socketMark({ ...socket, ratio: 1.101 })).toBe('missed')
  })

  test('of idle connections is met up to so many bytes above bare ws', () => {
    const idle: SocketRow = { ...socket, unit: 'bytes', goal: 1500, bare: 6000, gensock: 7500, ratio: 1.25 }
    expect(socketMark(idle)).toBe('met')
    expect(socketMark({ ...idle, gensock: 7501 })).toBe('missed')
  })

  test('of a program is met up to the ratio itself; without one, or without a BEAM, nothing is said', () => {
    expect(actorMark(actor)).toBe('met')
    expect(actorMark({ ...actor, ratio: 0.201 })).toBe('missed')
    expect(actorMark({ ...actor, beam: null, ratio: null })).toBe('–')
    expect(actorMark({ ...actor, goal: null })).toBe('–')
  })

  test('of bytes is bytes, with a BEAM or without', () => {
    const bytes: ActorRow = { ...actor, unit: 'bytes', goal: 450, gensock: 450, beam: null, ratio: null }
    expect(actorMark(bytes)).toBe('met')
    expect(actorMark({ ...bytes, gensock: 451 })).toBe('missed')
  })

  test('of a growth program is the dearest size to the cheapest, that of the flood is below its time', () => {
    expect(growthMark({ goal: 1.5, ratio: 1.5 } as GrowthRow)).toBe('met')
    expect(growthMark({ goal: 1.5, ratio: 1.501 } as GrowthRow)).toBe('missed')
    expect(floodMark({ p50Ms: 1, p99Ms: 14.999, goalMs: 15 })).toBe('met')
    expect(floodMark({ p50Ms: 1, p99Ms: 15, goalMs: 15 })).toBe('missed')
  })
})
