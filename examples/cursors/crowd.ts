// Simulated people over real connections: each walks about, and says so ten times a second.
import { WebSocket } from 'ws'
import { FAR } from './contract.js'
import { Person, type PersonOptions } from './person.js'

const STEP_MS = 100
const TURNS = 10
const MAX_CROWD = 200
const NAMES = ['Ada', 'Bo', 'Cleo', 'Dov', 'Eli', 'Fay', 'Gus', 'Hana', 'Ivo', 'Joe', 'Kim', 'Lea', 'Mia', 'Ned', 'Ola', 'Pip']

export interface Crowd {
  readonly people: readonly Person[]
  /** So many more come in; answers how many there are now, 200 at most. */
  grow(more: number): number
  /** They stop where they are; answers where. */
  rest(): readonly Place[]
  /** All of them leave. */
  end(): void
}
export interface Place {
  readonly x: number
  readonly y: number
}

/** A crowd of nobody yet. */
export function crowdAt(url: string, options?: PersonOptions): Crowd {
  // Node has none of its own before 22.
  if (globalThis.WebSocket === undefined) Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true })
  const people: Person[] = []
  const places: Place[] = []
  const begun = Date.now()
  let turns = 0
  let timer: ReturnType<typeof setInterval> | undefined

  /** Not all at once: a tenth of them every 10 ms, and those of the turns that came too late. */
  function walk(): void {
    const now = Date.now()
    const due = Math.floor(((now - begun) * TURNS) / STEP_MS)
    for (turns = Math.max(turns, due - TURNS); turns < due; turns++) {
      for (let n = turns % TURNS; n < people.length; n += TURNS) {
        const place = placeOf(n, (now - begun) / 1000)
        places[n] = place
        people[n]?.move(place.x, place.y)
      }
    }
  }
  function rest(): readonly Place[] {
    clearInterval(timer)
    timer = undefined
    return places
  }
  return {
    people,
    rest,
    grow(more) {
      for (let left = Math.min(more, MAX_CROWD - people.length); left > 0; left--) {
        const n = people.length
        people.push(new Person(url, `${NAMES[n % NAMES.length]}-${n + 1}`, options))
      }
      timer ??= setInterval(walk, STEP_MS / TURNS)
      return people.length
    },
    end() {
      rest()
      for (const person of people.splice(0)) person.leave()
      places.length = 0
    },
  }
}

/** A walk in loops, another one for each. */
function placeOf(n: number, seconds: number): Place {
  const pace = 0.25 + (n % 7) / 20
  const along = (phase: number, speed: number): number => (Math.sin(seconds * speed * pace + phase) + 1) / 2
  return { x: Math.round(along(n * 2.4, 1) * FAR), y: Math.round(along(n * 1.7, 1.31) * FAR) }
}
