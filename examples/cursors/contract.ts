// What travels between a page with cursors and its room. Both ends import it, and so does the page of `npm start`.
// `moved` is the one message that there are many of: a row of the room's table, whole, so that a newer one makes those before it
// worthless. Who comes and who goes is said once and must arrive.
import { defineProtocol } from 'gensock/protocol'
import * as v from 'valibot'

/** Places are whole numbers from 0 to this, left to right and top to bottom, whatever the size of somebody's window. */
export const FAR = 1000

const place = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(FAR))
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const name = v.pipe(v.string(), v.regex(/^[\p{L}\p{N}_-]{1,20}$/u, '1 to 20 letters, digits, _ or -'))

/** [id, x, y]. Checked by hand: a schema for each number takes ten times as long, and of these come thousands a second. */
export type Place = readonly [id: number, x: number, y: number]
const places = v.custom<readonly Place[]>((rows) => Array.isArray(rows) && rows.every(isPlace), 'places: [id, x, y] of each')
function isPlace(value: unknown): boolean {
  return Array.isArray(value) && value.length === 3 && value.every(Number.isSafeInteger) && value[0] > 0
}

export const cursors = defineProtocol({
  version: 'cursors.1',
  toServer: {
    messages: { move: v.object({ x: place, y: place }) },
    calls: {
      /** Answers one's id, which nobody else gets while the room lives; `full`: so many are here. `here` comes before the answer. */
      enter: { request: v.object({ name }), reply: v.object({ id }), errors: { full: v.number() } },
    },
  },
  toClient: {
    messages: {
      /** Come in: first of all, and whenever the server has forgotten who you are. */
      hello: v.undefined(),
      /** Everybody, oneself included. */
      here: v.object({ people: v.array(v.object({ id, name })) }),
      came: v.object({ id, name }),
      gone: v.object({ id }),
      /** Where those of this row are: who is not in it has not moved yet, or is gone. */
      moved: v.object({ row: v.number(), at: places }),
    },
  },
})
