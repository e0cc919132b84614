// Frames down as answers to polls: real requests, virtual time.
import { describe, expect, test } from '@jest/globals'
import { close, pushTo, type SocketHandler, text } from 'gensock/socket'
import { plainWorld } from './plain-world.js'

const world = plainWorld()
const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }

describe('a poll', () => {
  test('is answered with the frame that comes', async () => {
    await world.serve(echo)
    const id = await world.open()
    const poll = world.poll(id, 0)
    pushTo(world.socket(), text('hi'))
    expect(await poll).toEqual([[1, 't', 'hi']])
  })
  test('x', async () => {
    await world.serve(echo)
    const id = await world.open()
    expect(
      (
        await world.send(id, 0, [
          [1, 't', 'a'],
          [2, 'b', 'AQI='],
        ])
      ).status,
    ).toBe(204)
    expect(await world.poll(id, 0)).toEqual([
      [1, 't', 'a'],
      [2, 'b', 'AQI='],
    ])
    pushTo(world.socket(), close(4000, 'bye'))
    expect(await world.poll(id, 2)).toEqual([[3, 'c', 4000, 'bye']])
  })
})
