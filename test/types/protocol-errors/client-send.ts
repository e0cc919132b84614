// A client sends what the contract does not have, and what does not fit.
import { connect } from 'gensock/client'
import { chat } from './contract.js'

const client = connect('/chat', { protocol: chat })
client.send.sayed({ line: 'hello' })
client.send.said({ nick: 'me', line: 'hello' })
client.send.say({ text: 'hello' })
client.send.say()
client.send.clear('all')
client.send('hello')
