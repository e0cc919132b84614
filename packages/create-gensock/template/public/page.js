// One card for each room, and one connection, which comes back by itself. A card shows what the server has said last.
import { connect } from './gensock-client.js'

for (const room of ['red', 'green', 'blue']) document.querySelector('main').append(card(room))

function card(room) {
  const element = document.querySelector('#room').content.cloneNode(true).firstElementChild
  const part = (selector) => element.querySelector(selector)
  const buttons = element.querySelectorAll('button')
  element.classList.add(room)
  part('h2').textContent = room
  show('lost', 'connects')

  let counter // the process that was heard last
  const client = connect(`/rooms/${room}`, { transports: ['ws'] })
  Object.assign(client, {
    onopen: () => show('open', `since ${time()}`),
    onmessage(text) {
      const said = JSON.parse(text)
      if (said.problem !== undefined) log(room, said.problem)
      else if (said.socket !== undefined) welcome(said.socket)
      else count(said)
    },
    ondisconnect({ code }) {
      if (element.dataset.state === 'open') log(room, `the connection is lost (${code}), and tried again`)
      show('lost', 'tries again')
    },
    onclose: () => show('lost', 'closed'),
  })
  for (const button of buttons) button.addEventListener('click', () => client.send(button.name))
  return element

  function welcome(socket) {
    part('.socket').textContent = socket
    counter = undefined
  }

  function count(said) {
    if (counter !== undefined && said.counter !== counter)
      log(room, `counter ${counter} has crashed; ${said.counter} takes its place, on the same connection`)
    counter = said.counter
    part('.counter').textContent = counter
    part('output').textContent = said.count
  }

  function show(state, text) {
    element.dataset.state = state
    part('.connection').textContent = text
    for (const button of buttons) button.disabled = state !== 'open'
  }
}

function log(room, text) {
  const line = document.createElement('li')
  line.textContent = `${time()}, ${room}: ${text}`
  document.querySelector('#log').prepend(line)
}

function time() {
  return new Date().toTimeString().slice(0, 8)
}
