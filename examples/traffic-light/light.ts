// The machine: three lamps that follow each other on their own time. It prints each change, and an event can break it.
import { setup } from 'xstate'

type Print = (line: string) => void

export const light = setup({
  types: { events: {} as { type: 'break' }, input: {} as { print: Print }, context: {} as { print: Print } },
  delays: { red: 600, green: 400, yellow: 200 },
  actions: {
    show: ({ context }, { colour }: { colour: string }) => context.print(colour),
    fail: () => {
      throw new Error('a lamp broke')
    },
  },
}).createMachine({
  id: 'light',
  context: ({ input }) => input,
  initial: 'red',
  on: { break: { actions: 'fail' } },
  states: {
    red: { entry: { type: 'show', params: { colour: 'red' } }, after: { red: 'green' } },
    green: { entry: { type: 'show', params: { colour: 'green' } }, after: { green: 'yellow' } },
    yellow: { entry: { type: 'show', params: { colour: 'yellow' } }, after: { yellow: 'red' } },
  },
})
