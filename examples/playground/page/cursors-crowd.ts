// What the "Cursors" tab and the server say about the simulated people: orders to it, and once a second what the room costs.
import { defineProtocol } from 'gensock/protocol'
import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

export const crowd = defineProtocol({
  version: 'crowd.1',
  toServer: { messages: { add: v.object({ people: v.pipe(count, v.maxValue(200)) }), home: v.undefined() } },
  toClient: {
    messages: {
      /** `walking`: those that are simulated. `moves`: messages to the room in the last second; `told`: from it, to all people. */
      numbers: v.object({ people: count, walking: count, moves: count, told: count, skipped: count }),
    },
  },
})
