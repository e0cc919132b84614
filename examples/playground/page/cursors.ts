// The "Cursors" tab: a field in which everybody's cursor is seen, people who are simulated by the server, and what all of it costs. The
// contract and the person are those of examples/cursors; made one file by bundled.ts.
import { connect } from 'gensock/client'
import { msgpackCodec } from 'gensock/msgpack'
import { type Codec, jsonCodec } from 'gensock/protocol'
import { FAR } from '../../cursors/contract.js'
import { Person, type Shown } from '../../cursors/person.js'
import { crowd } from './cursors-crowd.js'

const STEP = 20
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
}
const CODECS: Readonly<Record<string, Codec>> = { json: jsonCodec, msgpack: msgpackCodec }
const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 }).format

const find = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E
const write = (id: string, text: string): void => void (find(id).textContent = text)
const within = (n: number): number => Math.min(FAR, Math.max(0, Math.round(n)))

/** Makes the tab work, when it is shown first; `announce` is read out. */
export function openCursors(announce: (text: string) => void): void {
  const field = find('field')
  const draw = drawingOf(find('cursors'))
  const heard: Heard = { messages: 0, bytes: {} }
  const name = `Guest-${1 + Math.floor(Math.random() * 999)}`
  let codec = 'json'
  let isDue = false
  let me = begin()
  let place: readonly [x: number, y: number] = [FAR / 2, FAR / 2]

  function begin(): Person {
    return new Person('/ws/cursors', name, { codecs: [counted(CODECS[codec] as Codec, heard)], changed })
  }
  function changed(): void {
    if (!isDue) requestAnimationFrame(show)
    isDue = true
  }
  function show(): void {
    isDue = false
    draw(me.shown(), me.id)
    const { id, people } = me
    field.dataset['state'] = id === undefined ? 'out' : 'in'
    field.toggleAttribute('data-crowded', people.size > 60)
    write('field-title', id === undefined ? 'Coming in' : `You are ${name}, one of ${number(people.size)}`)
  }
  function move(x: number, y: number): void {
    place = [within(x), within(y)]
    me.move(...place)
  }

  const follow = ({ clientX, clientY }: PointerEvent): void => {
    const { left, top, width, height } = field.getBoundingClientRect()
    move(((clientX - left) / width) * FAR, ((clientY - top) / height) * FAR)
  }
  for (const type of ['pointerdown', 'pointermove'] as const) field.addEventListener(type, follow)
  field.addEventListener('keydown', (event) => {
    const step = ARROWS[event.key]
    if (step === undefined) return
    event.preventDefault()
    move(place[0] + step[0], place[1] + step[1])
  })
  find('codecs').addEventListener('change', ({ target }) => {
    codec = (target as HTMLInputElement).value
    me.leave()
    me = begin()
    announce(`Messages are ${codec === 'json' ? 'JSON' : 'MessagePack'} now.`)
  })

  openCrowd()
  setInterval(() => {
    write('cursors-heard', number(heard.messages))
    for (const name of Object.keys(CODECS)) write(`cursors-${name}`, `${number((heard.bytes[name] ?? 0) / 1000)} kB`)
    Object.assign(heard, { messages: 0, bytes: {} })
  }, 1000)
}

/** The simulated people, and what the room costs. */
function openCrowd(): void {
  const server = connect('/ws/cursors-crowd', { protocol: crowd })
  find('crowd-add').addEventListener('click', () => server.send.add({ people: 20 }))
  find('crowd-home').addEventListener('click', () => server.send.home())
  server.on.numbers(({ people, walking, moves, told, skipped }) => {
    write('cursors-people', number(people))
    write('cursors-walking', number(walking))
    write('cursors-moves', number(moves))
    write('cursors-told', number(told))
    write('cursors-skipped', number(skipped))
    find<HTMLButtonElement>('crowd-add').disabled = walking >= 200
    find<HTMLButtonElement>('crowd-home').disabled = walking === 0
  })
}

/** What has come in, and how many bytes that was or would have been, by codec. */
interface Heard {
  messages: number
  bytes: Record<string, number>
}
const utf8 = new TextEncoder()
/** The same codec, which counts what comes in. */
function counted(codec: Codec, heard: Heard): Codec {
  return {
    ...codec,
    decode(data) {
      const value = codec.decode(data)
      heard.messages++
      for (const [name, { encode }] of Object.entries(CODECS)) {
        const same = encode(value)
        heard.bytes[name] = (heard.bytes[name] ?? 0) + (typeof same === 'string' ? utf8.encode(same) : same).length
      }
      return value
    },
  }
}

/** One element for each cursor, moved by CSS; so few styles change as places did. */
function drawingOf(list: HTMLElement): (shown: readonly Shown[], own: number | undefined) => void {
  const drawn = new Map<number, { readonly element: HTMLElement; x: number; y: number }>()
  return (shown, own) => {
    const there = new Set(shown.map(({ id }) => id))
    for (const [id, { element }] of drawn) {
      if (there.has(id)) continue
      element.remove()
      drawn.delete(id)
    }
    for (const { id, name, x, y } of shown) {
      let one = drawn.get(id)
      if (one === undefined) {
        one = { element: cursorOf(id, name), x: -1, y: -1 }
        drawn.set(id, one)
        list.append(one.element)
      }
      one.element.classList.toggle('mine', id === own)
      if (one.x === x && one.y === y) continue
      Object.assign(one, { x, y })
      one.element.style.translate = `${(x / FAR) * 100}cqw ${(y / FAR) * 100}cqh`
    }
  }
}
function cursorOf(id: number, name: string): HTMLElement {
  const element = document.createElement('li')
  const label = document.createElement('span')
  label.textContent = name
  element.className = 'cursor'
  element.style.setProperty('--hue', String((id * 137.5) % 360))
  element.append(label)
  return element
}
