// A service as CommonJS: discovered by services.cjs.
const { send } = require('gensock')

module.exports = () => ({
  init: () => ['ok', null],
  handleIncoming(_url, webSocket, message, state) {
    send(webSocket, ['text', message.toUpperCase()])
    return ['noreply', state]
  },
})
