// A client answers a call of the server: with the wrong type, with an error that it does not have, with the wrong data.
import { connect } from 'gensock/client'
import { chat } from './contract.js'

const client = connect('/chat', { protocol: chat })
client.answer.areYouThere(() => 'yes')
client.answer.areYouThere(async ({ who }) => who)
client.answer.areYouThere((_request, fail) => fail('bsuy', 'later'))
client.answer.areYouThere((_request, fail) => fail('busy', 7))
client.answer.areYouHere(() => true)
