// A client listens: to a message that is not in the contract, for a field that it does not have, and in the old way.
import { connect } from 'gensock/client'
import { chat } from './contract.js'

const client = connect('/chat', { protocol: chat })
client.on.sayed(() => undefined)
client.on.said(({ name, line }) => console.log(name, line))
client.on.full((full) => full.valueOf().length)
client.onmessage = (data) => console.log(data)
