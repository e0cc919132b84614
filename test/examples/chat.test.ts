// The chat example in virtual time: rooms, nicknames, history, who is here, slow readers. What becomes of it when something
// crashes is in chat-crashes.test.ts, real sockets are in chat-network.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, pg } from 'gensock'
import { type ChatHouse, chatHouse, type Guest } from './chat-house.js'

let house: ChatHouse
beforeEach(async () => {
  house = await chatHouse()
})
afterEach(() => house.stop())

const open = (nick?: string, room?: string): Promise<Guest> => house.open(nick, room)
/** Somebody says so many lines, no faster than people may. */
async function talk(guest: Guest, lines: number): Promise<string[]> {
  const texts = Array.from({ length: lines }, (_, n) => `line ${n + 1}`)
  for (const text of texts) {
    await house.wait(200)
    await guest.say(text)
  }
  return texts
}

describe('a room', () => {
  test('welcomes who joins with who is here, and tells the others', async () => {
    const ann = await open('ann')
    const bob = await open('bob')
    expect(bob.heard()).toEqual(['welcome bob, here: ann bob, lines: '])
    expect(ann.heard()).toEqual(['welcome ann, here: ann, lines: ', 'came bob'])
  })

  test('shows each line to all of its people in one order, and to nobody else', async () => {
    const [ann, bob, out, eve] = [await open('ann'), await open('bob'), await open(), await open('eve', 'attic')]
    for (const guest of [ann, bob, eve]) guest.forget()
    await ann.say('hi')
    await bob.say('ho')
    await ann.say('<b>&"')
    for (const guest of [ann, bob]) expect(guest.heard()).toEqual(['ann: hi', 'bob: ho', 'ann: <b>&"'])
    expect(out.heard()).toEqual([])
    expect(eve.heard()).toEqual([])
  })

  test.each([
    [49, 1],
    [50, 1],
    [51, 2],
    [120, 71],
  ])('of %i lines a newcomer is shown those from number %i on', async (said, first) => {
    const ann = await open('ann')
    const texts = await talk(ann, said)
    const [welcome] = (await open('bob')).told()
    expect(welcome?.lines?.map(({ text }) => text)).toEqual(texts.slice(first - 1))
    expect(welcome?.lines?.every(({ from }) => from === 'ann')).toBe(true)
  })

  test('gives each line a time of its own, later than that of the one before, as it is said and in the history', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    for (let n = 0; n < 5; n++) for (const guest of [ann, bob]) await guest.say(`${n}`)
    const said = ann.told().flatMap(({ type, at }) => (type === 'line' ? [at as number] : []))
    expect(said).toEqual([...new Set(said)].toSorted((one, other) => one - other))
    expect(said).toHaveLength(10)
    expect((await open('eve')).told()[0]?.lines?.map(({ at }) => at)).toEqual(said)
    expect(Math.abs((said[0] as number) - Date.now())).toBeLessThan(10_000)
  })

  test('is there from the first join on, and is gone when it has been empty for a minute, history and all', async () => {
    const guest = await open()
    expect(house.room()).toBeUndefined()
    await guest.join('ann')
    await guest.say('anybody?')
    const room = house.room()
    await house.wait(600_000)
    expect(house.room()).toBe(room)
    guest.socket.cut()
    await house.wait(59_999)
    expect(house.room()).toBe(room)
    await house.wait(1)
    expect(house.room()).toBeUndefined()
    expect((await open('ann')).heard()).toEqual(['welcome ann, here: ann, lines: '])
  })

  test('lives on, history and all, when somebody comes within that minute', async () => {
    const ann = await open('ann')
    await ann.say('back soon')
    ann.socket.close(1000)
    await house.wait(59_999)
    expect((await open('bob')).heard()).toEqual(['welcome bob, here: bob, lines: back soon'])
    await house.wait(3_600_000)
    expect((await open('eve')).heard()).toEqual(['welcome eve, here: bob eve, lines: back soon'])
  })

  test('that was started for somebody who is gone before coming in ends as well', async () => {
    const guest = await open()
    guest.socket.send('[1,"join",{"nick":"ann"}]')
    exit(guest.socket.pid, 'kill')
    await house.node.settle()
    expect(house.room()).toBeDefined()
    await house.wait(60_000)
    expect(house.room()).toBeUndefined()
  })

  test('there are a thousand of them; who wants another one is told so, and gets it when there is place', async () => {
    // One after the other: a thousand that wait for the node to rest at the same time wait for each other.
    const owners: Guest[] = []
    for (let n = 0; n < 1000; n++) owners.push(await open('ann', `r${n}`))
    const late = await open('bob', 'late')
    expect(late.heard()).toEqual(['error tooManyRooms'])
    late.forget()
    expect((await open('bob', 'r7')).heard()).toEqual(['welcome bob, here: ann bob, lines: '])
    owners[0]?.socket.cut()
    await house.wait(60_000)
    await late.join('bob')
    expect(late.heard()).toEqual(['welcome bob, here: bob, lines: '])
  }, 30_000)
})

describe('a nickname', () => {
  test.each([
    ['ann', 'ann'],
    ['Ann', 'aNN'],
    ['caf\u00e9', 'cafe\u0301'],
  ])('%s that is taken is refused to %s, who stays and takes another one', async (nick, again) => {
    const ann = await open(nick)
    const other = await open(again)
    expect(other.heard()).toEqual([`error nickTaken ${again.normalize()}`])
    expect(ann.heard()).toHaveLength(1)
    await other.say('let me in')
    await other.join('bob')
    expect(other.heard().slice(1)).toEqual(['error notIn', `welcome bob, here: ${nick} bob, lines: `])
  })

  test('is free in other rooms, and here again as soon as its owner has left', async () => {
    const ann = await open('ann')
    expect((await open('ann', 'attic')).heard()).toEqual(['welcome ann, here: ann, lines: '])
    ann.socket.cut()
    await house.node.settle()
    expect((await open('ann')).heard()).toEqual(['welcome ann, here: ann, lines: '])
  })

  test('is for good: who is in cannot join once more', async () => {
    const ann = await open('ann')
    ann.forget()
    for (const nick of ['ann', 'bob']) await ann.join(nick)
    expect(ann.heard()).toEqual(['error alreadyIn ann', 'error alreadyIn ann'])
  })
})

describe('who leaves', () => {
  const ways: [string, (guest: Guest) => void][] = [
    ['closes', (guest) => guest.socket.close(1000)],
    ['is cut off', (guest) => guest.socket.cut()],
    ['breaks the protocol', (guest) => guest.socket.fail('badframe')],
    ['is killed', (guest) => exit(guest.socket.pid, 'kill')],
  ]
  test.each(ways)('is told to the others: one who %s', async (_how, leave) => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    ann.forget()
    leave(bob)
    await house.node.settle()
    expect(ann.heard()).toEqual(['left bob'])
    expect((await open('eve')).told()[0]?.who).toEqual(['ann', 'eve'])
  })

  test('is found out by the pings when nothing comes any more', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    ann.forget()
    for (let n = 0; n < 3; n++) {
      await house.node.advance(20_000)
      ann.socket.send(['pong'])
    }
    await house.node.settle()
    expect(ann.heard()).toEqual(['left bob'])
    expect(bob.socket.terminated).toEqual([{ type: 'timeout' }])
  })
})

describe('who reads too slowly', () => {
  const HIGH = 256 * 1024
  test('loses the oldest lines, hears how many once it reads again, and is shown the room as it is', async () => {
    const [ann, bob, eve] = [await open('ann'), await open('bob'), await open('eve')]
    for (const guest of [ann, bob, eve]) guest.forget()
    bob.socket.bufferedBytes = HIGH + 1
    const texts = await talk(ann, 20)
    eve.socket.cut()
    await house.node.settle()
    expect(ann.heard()).toEqual([...texts.map((text) => `ann: ${text}`), 'left eve'])
    expect(bob.heard()).toEqual([])
    bob.socket.bufferedBytes = HIGH / 4
    await house.node.settle()
    expect(bob.heard()).toEqual(ann.heard()) // all of it could wait: nothing was lost, nothing is said
  })

  test('is not sent more than 256 KiB late, whatever is said meanwhile', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    ann.forget()
    bob.forget()
    bob.socket.bufferedBytes = HIGH + 1
    const long = (n: number): string => `${n} ${'\u0001'.repeat(490)}` // 6 bytes each in JSON
    for (let n = 0; n < 300; n++) {
      await house.wait(200)
      await ann.say(long(n))
      expect(house.node.processInfo(bob.socket.pid, 'message_queue_len')).toBe(0)
    }
    expect(ann.told().filter(({ type }) => type === 'line')).toHaveLength(300)
    expect(bob.told()).toEqual([])
    bob.socket.bufferedBytes = 0
    await house.node.settle()
    const told = bob.told()
    const late = told.filter(({ type }) => type === 'line')
    const [missed, welcome] = told.slice(late.length)
    const sizes = bob.socket.sent.slice(-told.length, -2).map(([, data]) => Buffer.byteLength(String(data)))
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(HIGH)
    expect(late.at(-1)?.text).toBe(long(299))
    expect(missed).toEqual({ type: 'missed', count: 300 - late.length })
    expect(welcome).toMatchObject({ type: 'welcome', nick: 'bob', who: ['ann', 'bob'] })
    expect(welcome?.lines?.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, n) => long(250 + n)))
    expect(told).toHaveLength(late.length + 2)
    expect(house.node.run(() => pg.getMembers('chat/lobby'))).toHaveLength(2)
  })

  test('holds up nobody; who talks faster than the room listens is held back at the own door', async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    bob.forget()
    await house.suspend()
    for (let n = 0; n < 15; n++) ann.socket.send(JSON.stringify([n + 2, 'say', { text: `${n}` }]))
    await house.node.settle()
    // One call to the room is under way; the rest waits at its own door.
    expect(house.node.processInfo(ann.socket.pid, 'message_queue_len')).toBe(14)
    await house.resume()
    expect(bob.heard()).toEqual(Array.from({ length: 15 }, (_, n) => `ann: ${n}`))
  })
})
