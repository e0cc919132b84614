// What a user's program does: processes, and a socket that a `ws` client talks to. Copied beside an installed gensock and
// run as CommonJS and, through program.mjs, with the ESM doors: it is given them, prints what it sees.

/** Something of each of the other doors. */
function entrances({ cowboy, zotonic, session, bullet, boss, client, testing, jest }) {
  return [
    cowboy.cowboy08,
    zotonic.dispatch,
    session.startSessions,
    bullet.bullet,
    boss.services,
    client.connect,
    testing.testNode,
    jest.matchers.toBeAlive,
  ]
}

exports.main = async function main(doors) {
  const { core, socket, xstate, createMachine, WebSocket } = doors
  const counter = core.spawnProcess({
    init: () => 0,
    message(message, count, self) {
      if (message.type === 'add') return ['ok', count + message.by]
      self.send(message.from, { type: 'count', count })
      return ['stop', 'normal']
    },
  })
  const counted = await new Promise((resolve) => {
    core.spawn(async (self) => {
      const ref = self.monitor(counter)
      self.send(counter, { type: 'add', by: 40 })
      self.send(counter, { type: 'add', by: 2 })
      self.send(counter, { type: 'get', from: self.pid })
      const { count } = await self.receive('count')
      const down = await self.receive((message) => core.isDown(message) && message.ref === ref)
      resolve(`${count}, then ${down.reason}`)
    })
  })
  console.log(`processes: ${counted}`)

  const echo = {
    init: () => ['push', socket.text('welcome'), 0],
    handle: ([kind, data], n) =>
      kind === 'text' ? ['push', socket.text(`${n} ${data}`), n + 1] : ['push', socket.binary(data), n],
  }
  const listener = await socket.listen({ port: 0, host: '127.0.0.1', routes: [socket.route('/echo', echo)] })
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/echo`)
  const seen = await new Promise((resolve, reject) => {
    const got = []
    client.on('error', reject)
    client.on('open', () => [Buffer.from('bin'), 'one', 'two'].forEach((data) => client.send(data)))
    client.on('message', (data) => {
      got.push(String(data))
      if (got.length === 4) client.close(1000, 'bye')
    })
    client.on('close', (code) => resolve(`${got.join(', ')}; closed ${code}`))
  })
  console.log(`socket: ${seen}`)
  await listener.drain({ deadlineMs: 1000 })
  const entered = entrances(doors).map((door) => typeof door)
  console.log(`doors: ${entered.join(', ')}`)

  const light = createMachine({
    initial: 'red',
    states: { red: { after: { 10: 'green' } }, green: { type: 'final' } },
    output: 'green',
  })
  const [, pid] = await xstate.machineServer.start(light)
  console.log(`machine: ${(await xstate.machineServer.snapshot(pid)).value}, then ${await xstate.machineServer.output(pid)}`)
  await core.defaultNode().stop()
}

if (require.main === module) {
  const doors = {
    core: require('gensock'),
    socket: require('gensock/socket'),
    cowboy: require('gensock/cowboy'),
    zotonic: require('gensock/zotonic'),
    session: require('gensock/session'),
    bullet: require('gensock/bullet'),
    boss: require('gensock/chicago-boss'),
    client: require('gensock/client'),
    testing: require('gensock/testing'),
    jest: require('gensock/testing/jest'),
    xstate: require('gensock/xstate'),
  }
  void exports.main({ ...doors, WebSocket: require('ws').WebSocket, createMachine: require('xstate').createMachine })
}
