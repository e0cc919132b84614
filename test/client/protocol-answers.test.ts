// Calls of the server: who answers them, how, and over which connection.
import { afterEach, describe, expect, test } from '@jest/globals'
import { settle } from './fakes.js'
import { gate, gates, spoken, type Talk } from './protocol-kit.js'

afterEach(() => gates.clear())

/** What was answered to one call. */
async function answered({ world }: Talk, frame: unknown = [1, 'areYouThere', { who: 'ann' }]): Promise<unknown> {
  const before = world.socket.sent.length
  await world.socket.bring(frame)
  expect(world.socket.sent.length).toBe(before + 1)
  return world.socket.frames.at(-1)
}
/** The call ends as failed, and the page hears why. */
async function failed(scene: Talk, message: string, frame?: unknown): Promise<void> {
  const name = frame === undefined ? 'areYouThere' : 'loose'
  expect(await answered(scene, frame)).toEqual([-1, 'refused', { reason: 'failed', name }])
  await expect(scene.world.advance(0)).rejects.toThrow(message)
}

describe('a call of the server', () => {
  test('is answered by who was set to, at once or later', async () => {
    const scene = await spoken()
    scene.client.answer.areYouThere(({ who }) => who === 'ann')
    expect(await answered(scene)).toEqual([-1, 'ok', true])
    const later = gate()
    scene.client.answer.areYouThere(async () => {
      await later.opened
      return false
    })
    await scene.world.socket.bring([2, 'areYouThere', { who: 'ann' }])
    expect(scene.world.socket.frames.length).toBe(1)
    later.open()
    await settle()
    expect(scene.world.socket.frames.at(-1)).toEqual([-2, 'ok', false])
  })

  test('1000 may wait for their answers, one more is too many; one that waits is not asked again', async () => {
    const scene = await spoken()
    const later = gate()
    let asked = 0
    scene.client.answer.loose(async () => {
      asked++
      await later.opened
    })
    for (let id = 1; id <= 1000; id++) await scene.world.socket.bring([id, 'loose'])
    await scene.world.socket.bring([1, 'loose'])
    expect([asked, scene.world.socket.frames]).toEqual([1000, []])
    expect(await answered(scene, [1001, 'loose'])).toEqual([-1001, 'refused', { reason: 'too_many', name: 'loose' }])
    later.open()
    await settle()
    expect(scene.world.socket.frames.length).toBe(1001)
    await scene.world.socket.bring([1, 'loose'])
    expect([asked, scene.world.socket.frames.at(-1)]).toEqual([1001, [-1, 'ok']])
  })

  test('that nobody answers, or nobody any more, is unknown', async () => {
    const scene = await spoken()
    const unknown = [-1, 'refused', { reason: 'unknown_call', name: 'areYouThere' }]
    expect(await answered(scene)).toEqual(unknown)
    const stop = scene.client.answer.areYouThere(() => true)
    stop()
    expect(await answered(scene)).toEqual(unknown)
    expect(await answered(scene, [3, 'other'])).toEqual([-3, 'refused', { reason: 'unknown_call', name: 'other' }])
    expect(scene.problems).toEqual([])
  })

  test('is answered by the last who was set; what unsets an earlier one changes nothing', async () => {
    const scene = await spoken()
    const stop = scene.client.answer.areYouThere(() => false)
    scene.client.answer.areYouThere(() => true)
    stop()
    expect(await answered(scene)).toEqual([-1, 'ok', true])
  })

  test('that does not fit is refused, and nobody is asked', async () => {
    const scene = await spoken()
    scene.client.answer.areYouThere(() => {
      throw new Error('asked')
    })
    expect(await answered(scene, [1, 'areYouThere', { who: 7 }])).toEqual([
      -1,
      'refused',
      { reason: 'bad_request', name: 'areYouThere', path: ['who'], expected: 'Invalid input: expected string, received number' },
    ])
    await scene.world.advance(0)
  })

  test('may be answered with an error of the contract by fail', async () => {
    const scene = await spoken()
    scene.client.answer.areYouThere((_request, fail) => fail('busy', 'on the phone'))
    expect(await answered(scene)).toEqual([-1, 'error', 'busy', 'on the phone'])
    scene.client.answer.areYouThere(async (_request, fail) => {
      await Promise.resolve()
      return fail('gone')
    })
    expect(await answered(scene)).toEqual([-1, 'error', 'gone'])
    await scene.world.advance(0)
  })

  test('whose answerer throws has failed, and the error is reported', async () => {
    const scene = await spoken()
    scene.client.answer.areYouThere(() => {
      throw new Error('mine')
    })
    await failed(scene, 'mine')
    scene.client.answer.areYouThere(() => Promise.reject(new Error('mine, later')))
    await failed(scene, 'mine, later')
  })

  test('whose answer does not fit the contract has failed, and the mistake is reported', async () => {
    const scene = await spoken()
    scene.client.answer.areYouThere(() => 'yes' as never)
    await failed(
      scene,
      'gensock: answer.areYouThere: does not fit the contract: Invalid input: expected boolean, received string',
    )
    scene.client.answer.areYouThere((_request, fail) => fail('dead' as 'busy', 'x'))
    await failed(scene, 'gensock: answer.areYouThere: the contract has no error dead')
    scene.client.answer.areYouThere((_request, fail) => fail('busy', 7 as never))
    await failed(
      scene,
      'gensock: answer.areYouThere: busy: does not fit the contract: Invalid input: expected string, received number',
    )
  })

  test('whose answer is not looked at goes out as it is with validateOut false', async () => {
    const scene = await spoken({ validateOut: false })
    scene.client.answer.areYouThere((_request, fail) => fail('busy', 7 as never))
    expect(await answered(scene)).toEqual([-1, 'error', 'busy', 7])
  })

  test('whose answer has no form in the codec has failed, and the error is reported', async () => {
    const scene = await spoken()
    scene.client.answer.loose(() => 1n)
    await failed(scene, 'BigInt', [1, 'loose', 1])
  })

  test('is not waited for by what comes behind it', async () => {
    const scene = await spoken()
    const heard: number[] = []
    scene.client.on.heard((number) => heard.push(number))
    const never = gate()
    scene.client.answer.areYouThere(async () => {
      await never.opened
      return true
    })
    await scene.world.socket.bring([1, 'areYouThere', { who: 'ann' }], ['heard', 1])
    expect(heard).toEqual([1])
    expect(scene.world.pending).toBeGreaterThan(0)
  })
})

describe('the answer to a call of a connection that is lost', () => {
  test('is not sent over the next one', async () => {
    const { client, world } = await spoken()
    const later = gate()
    client.answer.areYouThere(async () => {
      await later.opened
      return true
    })
    await world.socket.bring([1, 'areYouThere', { who: 'ann' }])
    const next = await world.reconnect()
    later.open()
    await settle()
    expect(next.sent).toEqual([])
    await next.bring([1, 'areYouThere', { who: 'ann' }])
    expect(next.frames).toEqual([[-1, 'ok', true]])
  })

  test('nor if the call has waited behind a schema until then', async () => {
    const { client, world } = await spoken()
    const a = gate()
    gates.set('a', a.opened)
    client.answer.areYouThere(() => true)
    await world.socket.bring(['slow', 'a'], [1, 'areYouThere', { who: 'ann' }])
    const next = await world.reconnect()
    a.open()
    await settle()
    expect(next.sent).toEqual([])
  })

  test('nor after close', async () => {
    const { client, world } = await spoken()
    const later = gate()
    client.answer.areYouThere(async () => {
      await later.opened
      return true
    })
    await world.socket.bring([1, 'areYouThere', { who: 'ann' }])
    client.close()
    later.open()
    await settle()
    expect(world.socket.sent).toEqual([])
  })
})
