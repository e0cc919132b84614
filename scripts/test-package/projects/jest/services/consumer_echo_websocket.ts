// A service: discovered by chat.test.ts.
import { send } from 'gensock'
import type { ServiceModule } from 'gensock/chicago-boss'

enum Word {
  heard = 'heard', // not erased by stripping
}
export const echo: ServiceModule<null, string> = () => ({
  init: () => ['ok', null],
  handleIncoming(_url, webSocket, message: string, state) {
    send(webSocket, ['text', `${Word.heard} ${message}`])
    return ['noreply', state]
  },
})
