// The chat example when something breaks, in virtual time: a handler, a room, all rooms at once; and what nobody can break from
// outside.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit } from 'gensock'
import { chat } from '../../examples/chat/chat.js'
import { fakeTransport } from '../../src/testing/fake-transport.js'
import { type ChatHouse, chatHouse, type Guest } from './chat-house.js'

/** The chat with a mistake in it. */
const faulty: typeof chat = {
  ...chat,
  handle(frame, person, self) {
    if (frame[1] === 'crash me') throw new Error('a mistake')
    return chat.handle(frame, person, self)
  },
}

let house: ChatHouse
beforeEach(async () => {
  house = await chatHouse(faulty)
})
afterEach(() => house.stop())

const open = (nick?: string, room?: string): Promise<Guest> => house.open(nick, room)
async function openAll<const N extends readonly string[]>(...nicks: N): Promise<{ [K in keyof N]: Guest }> {
  const guests = []
  for (const nick of nicks) guests.push(await open(nick))
  for (const guest of guests) guest.forget()
  return guests as { [K in keyof N]: Guest }
}
async function crash(guest: Guest): Promise<void> {
  house.node.expectCrash(/a mistake/)
  await guest.send('crash me')
}
async function kill(room = 'lobby'): Promise<void> {
  house.node.run(() => exit(house.room(room) as never, 'kill'))
  await house.node.settle()
}

describe('a handler that crashes', () => {
  test('keeps its connection and is in its room again, under its nick, before anything else is heard from it', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    await ann.say('one')
    house.node.expectCrash(/a mistake/)
    ann.socket.send('crash me')
    ann.socket.send('[3,"say",{"text":"two"}]')
    await house.node.settle()
    expect(ann.socket.terminated).toHaveLength(1)
    expect(ann.socket.closed).toBeUndefined()
    expect(ann.heard()).toEqual(['ann: one', 'welcome ann, here: bob ann, lines: one', 'ann: two'])
    expect(bob.heard()).toEqual(['ann: one', 'left ann', 'came ann', 'ann: two'])
  })

  test('is in its room again even if the crash came right behind its join', async () => {
    const ann = await open()
    house.node.expectCrash(/a mistake/)
    for (const frame of ['[1,"join",{"nick":"ann"}]', 'crash me', '[2,"say",{"text":"hi"}]']) ann.socket.send(frame)
    await house.node.settle()
    expect(ann.heard().at(-1)).toBe('ann: hi')
  })

  test('hears each line once afterwards, however often it has crashed, and leaves once', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    for (let n = 0; n < 3; n++) await crash(ann)
    for (const guest of [ann, bob]) guest.forget()
    await bob.say('all well?')
    ann.socket.cut()
    await house.node.settle()
    expect(ann.heard()).toEqual(['bob: all well?'])
    expect(bob.heard()).toEqual(['bob: all well?', 'left ann'])
  })

  test('is closed with 1011 at its fourth crash within five seconds; nobody else notices more than that it left', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    for (let n = 0; n < 3; n++) await crash(ann)
    await house.wait(5001)
    for (let n = 0; n < 3; n++) await crash(ann)
    expect(ann.socket.closed).toBeUndefined()
    bob.forget()
    await crash(ann)
    expect(ann.socket.closed).toEqual(['close', 1011])
    expect(bob.heard()).toEqual(['left ann'])
    expect((await open('ann')).told()[0]?.type).toBe('welcome')
  })

  test('is nobody still if it was nobody before', async () => {
    const ann = await open()
    await crash(ann)
    await ann.join('ann')
    expect(ann.heard()).toEqual(['welcome ann, here: ann, lines: '])
  })
})

describe('a room that crashes', () => {
  test('loses no connection: all are in the one that takes its place, only the history is gone', async () => {
    const [ann, bob, eve] = await openAll('ann', 'bob', 'eve')
    await ann.say('before')
    const before = house.room()
    await kill()
    await house.node.advance(100)
    for (const guest of [ann, bob, eve]) expect(guest.socket.closed).toBeUndefined()
    expect(house.room()).not.toBe(before)
    const newcomer = await open('joe')
    expect(newcomer.told()).toEqual([
      { type: 'welcome', nick: 'joe', who: expect.arrayContaining(['ann', 'bob', 'eve', 'joe']), lines: [] },
      { type: 'ok', id: 1 },
    ])
    for (const guest of [ann, bob, eve]) guest.forget()
    await bob.say('after')
    for (const guest of [ann, bob, eve]) expect(guest.heard()).toEqual(['bob: after'])
  })

  test('is told to each by a welcome, from which and from what follows it all know who is here', async () => {
    const guests = await openAll('ann', 'bob', 'eve')
    await kill()
    await house.node.advance(100)
    for (const guest of guests) {
      const here = new Set<string>()
      for (const { type, who = [], nick = '' } of guest.told()) {
        if (type === 'welcome') for (const one of who) here.add(one)
        if (type === 'came') here.add(nick)
        expect(['welcome', 'came']).toContain(type)
      }
      expect([...here].toSorted()).toEqual(['ann', 'bob', 'eve'])
      expect(guest.told().filter(({ type }) => type === 'welcome')).toHaveLength(1)
    }
  })

  test('makes who talks meanwhile wait, and says so of a line that it took with it', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    await house.suspend()
    await ann.say('lost') // the room has it, and does not get to it
    await kill()
    bob.socket.send('[2,"say",{"text":"kept"}]')
    await house.node.settle()
    expect(ann.heard()).toEqual(['error roomCrashed'])
    expect(bob.heard()).toEqual([])
    await house.node.advance(100)
    for (const guest of [ann, bob]) expect(guest.heard().filter((line) => line === 'bob: kept')).toHaveLength(1)
    expect(ann.heard()).not.toContain('ann: lost')
    expect(bob.heard().filter((line) => line.startsWith('error'))).toEqual([])
  })

  test('just as somebody comes in lets that one into the next', async () => {
    const ann = await open('ann')
    const bob = await open()
    bob.socket.send('[1,"join",{"nick":"bob"}]')
    house.node.run(() => exit(house.room() as never, 'kill'))
    await house.node.advance(100)
    expect(bob.heard()).toContainEqual(expect.stringMatching(/^welcome bob/))
    await ann.say('hi')
    expect(bob.heard().at(-1)).toBe('ann: hi')
  })

  test('gives nobody a nick twice: who is faster has it, the other one is asked for another', async () => {
    const [ann] = await openAll('ann')
    await kill()
    const thief = await open('Ann')
    await house.node.advance(100)
    expect(thief.heard()).toEqual(['welcome Ann, here: Ann, lines: '])
    await thief.say('mine')
    expect(ann.heard()).toEqual(['out nickTaken'])
    await ann.say('where am I?')
    expect(ann.heard().at(-1)).toBe('error notIn')
    thief.socket.cut()
    ann.forget()
    await crash(ann)
    expect(ann.heard()).toEqual([]) // not back under the old nick without being asked
    await open('Ann')
    await ann.join('anna')
    expect(ann.heard().at(-1)).toBe('welcome anna, here: Ann anna, lines: mine')
  })

  test('again and again harms no other room, and who is in it hears each line once', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    const eve = await open('eve', 'attic')
    const attic = house.room('attic')
    for (let n = 0; n < 20; n++) {
      await kill()
      await house.node.advance(100)
    }
    expect(house.room('attic')).toBe(attic)
    for (const guest of [ann, bob, eve]) guest.forget()
    await ann.say('still here')
    await house.node.advance(10_000)
    expect(ann.heard()).toEqual(['ann: still here'])
    expect(bob.heard()).toEqual(['ann: still here'])
    ann.socket.cut()
    await house.node.settle()
    expect(bob.heard().at(-1)).toBe('left ann')
    expect(eve.heard()).toEqual([])
  })

  test('together with all others, as their supervisor is killed, is started again as well', async () => {
    const [ann] = await openAll('ann')
    const eve = await open('eve', 'attic')
    house.node.run(() => exit(house.node.whereis('chat rooms') as never, 'kill'))
    await house.node.advance(100)
    for (const guest of [ann, eve]) expect(guest.heard()).toContainEqual(expect.stringMatching(/^welcome/))
    await ann.say('hi')
    expect(ann.heard().at(-1)).toBe('ann: hi')
  })
})

describe('a line', () => {
  test('whose answer was lost with its connection is said again over the next one, answered, and shown once', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    await ann.send([[2, 'lost answer'], 'say', { text: 'once' }])
    ann.socket.cut()
    await house.node.settle()
    const again = await open('ann')
    await again.send([[2, 'lost answer'], 'say', { text: 'once' }])
    expect(again.told().at(-1)).toEqual({ type: 'ok', id: 2 })
    expect(bob.heard()).toEqual(['ann: once', 'left ann', 'came ann'])
  })

  test('that waits for the room when its connection is lost is shown once, and the next connection is answered', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    const again = await open('anna')
    await house.suspend()
    await ann.send([[2, 'still waiting'], 'say', { text: 'once' }])
    ann.socket.cut()
    await again.send([[7, 'still waiting'], 'say', { text: 'once' }])
    expect(again.told().filter(({ id }) => id === 7)).toEqual([])
    await house.resume()
    expect(again.told().filter(({ id }) => id === 7)).toEqual([{ type: 'ok', id: 7 }])
    expect(bob.heard().filter((line) => line === 'ann: once')).toHaveLength(1)
  })

  test('without a key is said as often as it comes', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    for (let n = 0; n < 2; n++) await ann.send([2, 'say', { text: 'twice' }])
    expect(bob.heard()).toEqual(['ann: twice', 'ann: twice'])
  })
})

describe('what comes in', () => {
  const NAME = '1 to 20 letters, digits, _ or -'
  const TEXT = '1 to 500 characters, not all of them blank'
  const FRAME = '[name, data] or [id, name, data]'
  const say = (text: unknown): string => JSON.stringify([5, 'say', { text }])
  const join = (nick: unknown): string => JSON.stringify([5, 'join', { nick }])
  const badText = { reason: 'bad_request', name: 'say', path: ['text'], expected: TEXT }
  const badNick = { reason: 'bad_request', name: 'join', path: ['nick'], expected: NAME }
  const noFrame = { reason: 'bad_frame', expected: FRAME }
  const unknown = (name: string): object => ({ reason: 'unknown_call', name, expected: 'one of join, say' })

  test.each<[string, number, object]>([
    ['', 0, noFrame],
    ['{', 0, noFrame],
    ['hello', 0, noFrame],
    ['null', 0, noFrame],
    ['17', 0, noFrame],
    ['[]', 0, noFrame],
    ['"say"', 0, noFrame],
    ['{"type":"say","text":"hi"}', 0, noFrame],
    ['[5,"say",{"text":"hi"},0]', 0, noFrame],
    ['[["say"],"say",{"text":"hi"}]', 0, noFrame],
    ['[5,"say",{"text":"hi","__proto__":{"text":"ho"}}]', 0, noFrame],
    ['["say",{"text":"hi"}]', 0, { reason: 'unknown_message', name: 'say', expected: 'nothing: there is none' }],
    ['[5,"shout",{"text":"hi"}]', 5, unknown('shout')],
    ['[5,"constructor"]', 5, unknown('constructor')],
    ['[5,"say"]', 5, { reason: 'bad_request', name: 'say', path: [], expected: '{ text }' }],
    ['[5,"join","ann"]', 5, { reason: 'bad_request', name: 'join', path: [], expected: '{ nick }' }],
    [say(undefined), 5, badText],
    [say(''), 5, badText],
    [say(' \n\t\u00a0'), 5, badText],
    [say(12), 5, badText],
    [say(['hi']), 5, badText],
    [say({ toString: 'hi' }), 5, badText],
    [say('x'.repeat(501)), 5, badText],
    [join(undefined), 5, badNick],
    [join(''), 5, badNick],
    [join('x'.repeat(21)), 5, badNick],
    [join('two words'), 5, badNick],
    [join('line\nend'), 5, badNick],
    [join('end\n'), 5, badNick],
    [join('<b>'), 5, badNick],
    [join('a\u202eb'), 5, badNick],
    [join(null), 5, badNick],
  ])('%j is answered to its sender alone with what was expected', async (frame, id, problem) => {
    const [ann, bob] = await openAll('ann', 'bob')
    await ann.send(frame)
    expect(ann.told()).toEqual([{ type: 'refused', id, problem }])
    expect(bob.heard()).toEqual([])
    await ann.say('on we go')
    expect(bob.heard()).toEqual(['ann: on we go'])
  })

  test('bytes are answered so as well', async () => {
    const guest = await open()
    await guest.send(new Uint8Array([0, 255]))
    expect(guest.told()).toEqual([{ type: 'refused', id: 0, problem: noFrame }])
  })

  test('a client that does not offer the version is closed with 4406, and told what to offer', async () => {
    const old = fakeTransport(house.node, chat, { params: { room: 'lobby' } })
    await house.node.settle()
    expect(old.closed).toEqual(['close', 4406, 'offer the subprotocol chat.1'])
  })

  test('who joins is welcome before the call is answered', async () => {
    const guest = await open('ann')
    expect(guest.told().map(({ type }) => type)).toEqual(['welcome', 'ok'])
  })

  test('a line has up to 500 characters, of whatever kind, and comes out as it went in', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    const texts = ['x'.repeat(500), '\u0000'.repeat(500), '\ud800 \u2028', '  as it is  ', '{"type":"left","nick":"ann"}']
    for (const text of texts) await ann.say(text)
    expect(bob.told().map(({ type, text }) => [type, text])).toEqual(texts.map((text) => ['line', text]))
  })

  test.each(['x'.repeat(20), 'Zoë', 'Ильич', '王小明', '7_-'])('a nick may be %s, and so may a room', async (name) => {
    expect((await open(name, name)).heard()).toEqual([`welcome ${name.normalize()}, here: ${name.normalize()}, lines: `])
  })

  test.each(['x'.repeat(21), 'two words', '../lobby', '\u0000'])('a room is not named %j: 1008', async (name) => {
    const guest = await open(undefined, name)
    expect(guest.heard()).toEqual([])
    expect(guest.socket.closed).toEqual(['close', 1008, `a room is named with ${NAME}`])
  })

  test('twenty orders at once are taken, the twenty-first closes with 1008; five a second are no trouble', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    await house.wait(4000)
    for (let n = 0; n < 20; n++) await ann.say(`${n}`)
    for (let n = 0; n < 50; n++) {
      await house.wait(200)
      await ann.say('and on')
    }
    expect(bob.heard()).toHaveLength(70)
    await ann.say('too fast')
    expect(ann.socket.closed).toEqual(['close', 1008])
    expect(bob.heard().slice(70)).toEqual(['left ann'])
  })

  test('a frame of 4 097 bytes closes with 1009, one of 4 096 is read', async () => {
    const [ann, bob] = await openAll('ann', 'bob')
    await ann.send(say('hi').padEnd(4096))
    expect(bob.heard()).toEqual(['ann: hi'])
    await ann.send(say('hi').padEnd(4097))
    expect(ann.socket.closed).toEqual(['close', 1009])
    expect(bob.heard()).toEqual(['ann: hi', 'left ann'])
  })
})
