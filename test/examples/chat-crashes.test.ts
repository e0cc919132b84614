// The chat example when something breaks, in virtual time: a handler, a room, all rooms at once; and what nobody can break from
// outside.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit } from 'gensock'
import { chat } from '../../examples/chat/chat.js'
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
    ann.socket.send('{ "type": "say", "text": "two" }')
    await house.node.settle()
    expect(ann.socket.terminated).toHaveLength(1)
    expect(ann.socket.closed).toBeUndefined()
    expect(ann.heard()).toEqual(['ann: one', 'welcome ann, here: bob ann, lines: one', 'ann: two'])
    expect(bob.heard()).toEqual(['ann: one', 'left ann', 'came ann', 'ann: two'])
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
    await ann.send({ type: 'join', nick: 'ann' })
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
    bob.socket.send('{ "type": "say", "text": "kept" }')
    await house.node.settle()
    expect(ann.heard()).toEqual(['error the room has crashed: say it again'])
    expect(bob.heard()).toEqual([])
    await house.node.advance(100)
    for (const guest of [ann, bob]) expect(guest.heard().filter((line) => line === 'bob: kept')).toHaveLength(1)
    expect(ann.heard()).not.toContain('ann: lost')
    expect(bob.heard().filter((line) => line.startsWith('error'))).toEqual([])
  })

  test('just as somebody comes in lets that one into the next', async () => {
    const ann = await open('ann')
    const bob = await open()
    bob.socket.send('{ "type": "join", "nick": "bob" }')
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
    expect(ann.heard()).toEqual(['error somebody here is called ann: take another nick'])
    thief.socket.cut()
    ann.forget()
    await crash(ann)
    expect(ann.heard()).toEqual([]) // not back under the old nick without being asked
    await open('Ann')
    await ann.send({ type: 'join', nick: 'anna' })
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

describe('what comes in', () => {
  const NAME = '1 to 20 letters, digits, _ or -'
  const JOIN = `{ "type": "join", "nick": ${NAME} }`
  const SAY = '{ "type": "say", "text": 1 to 500 characters }'
  const say = (text: unknown): string => JSON.stringify({ type: 'say', text })
  const join = (nick: unknown): string => JSON.stringify({ type: 'join', nick })

  test.each([
    ['', 'JSON'],
    ['{', 'JSON'],
    ['hello', 'JSON'],
    ['null', 'JSON'],
    ['17', 'JSON'],
    ['[]', 'JSON'],
    ['"say"', 'JSON'],
    ['{"type":"shout","text":"hi"}', 'JSON'],
    ['{"type":"constructor"}', 'JSON'],
    ['{"type":["say"],"text":"hi"}', 'JSON'],
    ['{"__proto__":{"type":"say","text":"hi"}}', 'JSON'],
    [say(undefined), SAY],
    [say(''), SAY],
    [say(' \n\t\u00a0'), SAY],
    [say(12), SAY],
    [say(['hi']), SAY],
    [say({ toString: 'hi' }), SAY],
    [say('x'.repeat(501)), SAY],
    [join(undefined), JOIN],
    [join(''), JOIN],
    [join('x'.repeat(21)), JOIN],
    [join('two words'), JOIN],
    [join('line\nend'), JOIN],
    [join('end\n'), JOIN],
    [join('<b>'), JOIN],
    [join('a\u202eb'), JOIN],
    [join(null), JOIN],
  ])('%j is answered with what was expected and what came', async (frame, expected) => {
    const [ann, bob] = await openAll('ann', 'bob')
    const given = expected === JOIN ? await open() : ann
    await given.send(frame)
    const what = expected === 'JSON' ? `JSON: ${JOIN} or ${SAY}` : expected
    expect(given.heard()).toEqual([`error expected ${what}, got ${JSON.stringify(frame.slice(0, 60))}`])
    expect(bob.heard()).toEqual([])
    await ann.say('on we go')
    expect(bob.heard()).toEqual(['ann: on we go'])
  })

  test('bytes are answered so as well', async () => {
    const guest = await open()
    await guest.send(new Uint8Array([0, 255]))
    expect(guest.heard()).toEqual([`error expected JSON: ${JOIN} or ${SAY}, got bytes`])
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
    expect(guest.heard()).toEqual([`error expected as the name of a room ${NAME}`])
    expect(guest.socket.closed).toEqual(['close', 1008])
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
