// Services of Chicago Boss from the files of folders, in JavaScript and in TypeScript, and a `ws` client of them. Run as CommonJS
// and, through services.mjs, with the ESM doors: it is given them, prints what it sees.
const { join } = require('node:path')

/** What a client hears that says these texts, one after each that it has heard. */
function talk(client, ...says) {
  return new Promise((resolve, reject) => {
    const heard = []
    client.on('error', reject)
    client.on('message', (data) => {
      heard.push(String(data))
      const next = says.shift()
      if (next === undefined) client.close(1000)
      else next(client)
    })
    client.on('close', (code) => resolve(`${heard.join(', ')}; closed ${code}`))
  })
}

exports.main = async function main({ core, socket, boss: { discover }, WebSocket }) {
  const boss = await discover(join(__dirname, 'services'), { baseUrl: '/chat' })
  console.log(`found: ${boss.routes.map(({ path }) => path).join(', ')}`)
  const listener = await socket.listen({ port: 0, host: '127.0.0.1', routes: boss.routes })
  const url = `ws://127.0.0.1:${listener.port}/chat/websocket`
  const client = new WebSocket(`${url}/echo`, 'some_service_name')
  const heard = await talk(
    client,
    () => client.send('hi'),
    () => boss.broadcast('consumer_echo_websocket', 'news'),
  )
  console.log(`echo, ${client.protocol}: ${heard}`)
  const shouted = new WebSocket(`${url}/shout`)
  shouted.on('open', () => shouted.send('hi'))
  console.log(`shout: ${await talk(shouted)}`)
  await listener.drain({ deadlineMs: 1000 })
  await core.supervisor.stop(boss.pid)

  const typed = await discover(join(__dirname, 'typed')).then(
    ({ routes }) => routes[0].path,
    ({ message }) => /cannot be loaded: (.*?compile it to \.js): /.exec(message)?.[1] ?? message,
  )
  console.log(`typed: ${typed}`)
  await core.defaultNode().stop()
}

if (require.main === module) {
  const doors = { core: require('gensock'), socket: require('gensock/socket'), boss: require('gensock/chicago-boss') }
  void exports.main({ ...doors, WebSocket: require('ws').WebSocket })
}
