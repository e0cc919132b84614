// What there is: a counter for each room, and a route for each room's sockets.
import { child } from 'gensock'
import { route } from 'gensock/socket'
import { counter } from './counter.ts'
import { visitor } from './visitor.ts'

export const ROOMS = ['red', 'green', 'blue']
export const counters = ROOMS.map((room) => child(room, counter, room, { name: room }))
export const routeOf = (room: string) => route(`/rooms/${room}`, visitor(room))
