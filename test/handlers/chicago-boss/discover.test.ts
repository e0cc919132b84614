// What discover finds in a folder, by which names and URLs; and which folders and names it refuses.
import { symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type GensockError, type Receiver, whereis } from 'gensock'
import { type BossOptions, discover } from 'gensock/chicago-boss'
import { type TestNode, testNode } from 'gensock/testing'
import { linked } from '../../linked.js'
import { folderWith, SERVICE, TYPED_SERVICE } from './files.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** The URLs of the services of a folder with these files. */
async function urlsOf(files: readonly string[], options: BossOptions = {}): Promise<readonly string[]> {
  const folder = folderWith(Object.fromEntries(files.map((file) => [file, SERVICE])))
  const { routes } = await discover(folder, { node, ...options })
  return routes.map(({ path }) => path)
}
/** What discover throws at once. */
function refusalOf(folder: unknown, options: BossOptions = {}): GensockError {
  try {
    void discover(folder as string, { node, ...options })
  } catch (error) {
    return error as GensockError
  }
  throw new Error('discover has refused nothing')
}

describe('what is found', () => {
  // Seed 003: "WebSocket URLs are automatically generated from the WebSocket controllers"; "for example, if you have
  // myapp_foobar_websocket.erl", "ws://localhost:8001/websocket/foobar"
  test('a file <app>_<service>_websocket is the service /websocket/<service>, in folders of any depth, in the order of paths', async () => {
    const files = ['myapp_foobar_websocket.js', 'b/c/d/myapp_deep_websocket.js', 'a/myapp_near_websocket.cjs']
    expect(await urlsOf(files)).toEqual(['/websocket/near', '/websocket/deep', '/websocket/foobar'])
  })

  // Seed 003: "if the base_url is set to "/chat"", "ws://localhost:8001/chat/websocket/foobar"
  test('URLs begin with the base URL', async () => {
    expect(await urlsOf(['myapp_foobar_websocket.js'], { baseUrl: '/chat' })).toEqual(['/chat/websocket/foobar'])
  })

  test('without app the first underscore ends the name of the application', async () => {
    const files = ['my_app_chat_room_websocket.js', 'my_websocket_websocket.js']
    expect(await urlsOf(files)).toEqual(['/websocket/app_chat_room', '/websocket/websocket'])
  })

  test('with app the name of the service is what is left of it', async () => {
    const files = ['my_app_chat_room_websocket.js', 'my_app_a_websocket.js']
    expect(await urlsOf(files, { app: 'my_app' })).toEqual(['/websocket/a', '/websocket/chat_room'])
  })

  test('a .ts file is found as a .js file is', async () => {
    const folder = folderWith({ 'my_typed_websocket.ts': TYPED_SERVICE, 'my_plain_websocket.js': SERVICE })
    const { routes } = await discover(folder, { node })
    expect(routes.map(({ path }) => path)).toEqual(['/websocket/plain', '/websocket/typed'])
  })

  test.each<[string, (folder: string) => string | URL]>([
    ['its path', (folder) => folder],
    ['its path from the working directory', (folder) => relative(process.cwd(), folder)],
    ['a URL of file:', (folder) => pathToFileURL(folder)],
  ])('a folder can be given by %s', async (_how, given) => {
    const { routes } = await discover(given(folderWith({ 'my_a_websocket.js': SERVICE })), { node })
    expect(routes.map(({ path }) => path)).toEqual(['/websocket/a'])
  })

  test('other files, folders with a dot, node_modules and folders behind symbolic links are not looked at', async () => {
    const ignored = [
      'my_types_websocket.d.ts',
      'my_map_websocket.js.map',
      'my_one_websocket.test.js',
      'my_text_websocket.json',
      'my_page_websocket.jsx',
      'my_two_websocket_helpers.js',
      'helpers.js',
      'websocket.js',
      '.hidden/my_hidden_websocket.js',
      'node_modules/my_package_websocket.js',
      'deep/node_modules/my_package_websocket.js',
    ]
    const folder = folderWith(Object.fromEntries(['my_a_websocket.js', ...ignored].map((file) => [file, SERVICE])))
    symlinkSync(folder, join(folder, 'loop'))
    symlinkSync(folderWith({ 'my_far_websocket.js': SERVICE }), join(folder, 'far'))
    const { routes } = await discover(folder, { node })
    expect(routes.map(({ path }) => path)).toEqual(['/websocket/a'])
  })

  test('a file behind a symbolic link counts by the name of the link, and so does the folder itself', async () => {
    const there = folderWith({ 'somewhere.js': SERVICE })
    const folder = folderWith({ 'services/': '' })
    symlinkSync(join(there, 'somewhere.js'), join(folder, 'services/my_linked_websocket.js'))
    symlinkSync(join(folder, 'services'), join(folder, 'link'))
    const { routes } = await discover(join(folder, 'link'), { node })
    expect(routes.map(({ path }) => path)).toEqual(['/websocket/linked'])
  })
})

describe('on which node', () => {
  test('without the option it is the one of the process that asks, also if files are loaded meanwhile', async () => {
    const folder = folderWith({ 'my_here_websocket.js': SERVICE })
    await new Promise<unknown>((resolve, reject) => {
      node.spawn((self: Receiver<never>) => self.run(() => discover(folder)).then(resolve, reject))
    })
    expect(node.whereis('my_here_websocket')).toBeDefined()
    expect(whereis('my_here_websocket')).toBeUndefined()
  })
})

describe('what is refused at once', () => {
  test.each<[string, (folder: string) => unknown]>([
    ['a file', (folder) => join(folder, 'my_a_websocket.js')],
    ['no such folder', (folder) => join(folder, 'nowhere')],
    ['a folder below a file', (folder) => join(folder, 'my_a_websocket.js', 'deep')],
    ['a URL that is a text', (folder) => pathToFileURL(folder).href],
    ['a URL of another scheme', () => new URL('http://127.0.0.1/')],
    ['a URL of another host', () => new URL('file://host/tmp')],
    ['a URL with a slash in a name', (folder) => new URL(`${pathToFileURL(folder).href}%2Fa`)],
    ['a number', () => 42],
    ['nothing', () => undefined],
  ])('as a folder, %s', (_what, given) => {
    const folder = given(folderWith({ 'my_a_websocket.js': SERVICE }))
    expect(refusalOf(folder)).toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: expect.stringContaining('discover: folder must be the path of a folder, or a URL object of file:, got '),
    })
  })

  test.each([
    ['an empty folder', {}],
    ['one with other files only', { 'helpers.js': SERVICE, 'my_a_websocket.d.ts': '' }],
  ])('%s', (_what, files: Record<string, string>) => {
    expect(refusalOf(folderWith(files))).toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: expect.stringContaining('discover: folder must be one with a file <app>_<service>_websocket.ts or .js'),
    })
  })

  test.each([
    'foobar_websocket',
    '_websocket',
    '_a_websocket',
    '1app_a_websocket',
    'my-app_a_websocket',
    'app_a-b_websocket',
    'app__websocket',
  ])('a file whose name is not of the form: %s', (name) => {
    const folder = folderWith({ 'my_a_websocket.js': SERVICE, [`deep/${name}.js`]: SERVICE })
    expect(refusalOf(folder)).toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: linked(
        'GENSOCK_ERR_BADARG',
        `discover: the name of ${join(folder, 'deep', name)}.js must be of the form <app>_<service>_websocket, got '${name}'`,
      ),
    })
  })

  test('a file of another application, with app', () => {
    const folder = folderWith({ 'my_app_a_websocket.js': SERVICE, 'other_a_websocket.js': SERVICE })
    expect(refusalOf(folder, { app: 'my_app' }).message).toBe(
      linked(
        'GENSOCK_ERR_BADARG',
        `discover: the name of ${join(folder, 'other_a_websocket.js')} must be of the form my_app_<service>_websocket, got 'other_a_websocket'`,
      ),
    )
  })

  test.each([
    ['my_a_websocket.ts', 'my_a_websocket.js'],
    ['deep/my_a_websocket.js', 'my_a_websocket.js'],
  ])('two files of one name: %s and %s', (one, other) => {
    const folder = folderWith({ [one]: SERVICE, [other]: SERVICE })
    const [first, second] = [join(folder, one), join(folder, other)].toSorted()
    expect(refusalOf(folder)).toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: linked('GENSOCK_ERR_BADARG', `discover: ${first} and ${second} are both my_a_websocket`),
    })
  })

  test('a bad option', () => {
    const folder = folderWith({ 'my_a_websocket.js': SERVICE })
    expect(refusalOf(folder, { baseUrl: 'chat' }).message).toContain('discover: baseUrl must be')
    expect(refusalOf(folder, { node: {} as never }).message).toContain('node must be')
  })
})

describe('what is refused when it is loaded', () => {
  test('two files of one URL, by the paths of both', async () => {
    const folder = folderWith({ 'a_chat_websocket.js': SERVICE, 'b/b_chat_websocket.js': SERVICE })
    await expect(discover(folder, { node })).rejects.toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: linked(
        'GENSOCK_ERR_BADARG',
        `discover: ${join(folder, 'a_chat_websocket.js')} and ${join(folder, 'b/b_chat_websocket.js')} both serve /websocket/chat`,
      ),
    })
  })

  test('a module that does not fit, by its path and all that is wrong with it; then none of the folder is started', async () => {
    const bad = `module.exports = () => ({ handleJion: () => 0, terminate: 'now' })`
    const folder = folderWith({ 'my_a_websocket.js': SERVICE, 'my_b_websocket.js': bad, 'my_c_websocket.js': SERVICE })
    await expect(discover(folder, { node })).rejects.toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: linked(
        'GENSOCK_ERR_BADARG',
        `discover: ${join(folder, 'my_b_websocket.js')} is no service: init is missing; terminate must be a function, it is 'now'; handleJion is no callback`,
      ),
    })
    expect(node.whereis('my_a_websocket')).toBeUndefined()
  })

  test('a service that runs on the node already, by the path of its file', async () => {
    const folder = folderWith({ 'my_a_websocket.js': SERVICE })
    await discover(folder, { node })
    await expect(discover(folder, { node })).rejects.toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: linked(
        'GENSOCK_ERR_BADARG',
        `discover: ${join(folder, 'my_a_websocket.js')}: my_a_websocket runs on this node already`,
      ),
    })
  })

  test('a service whose init fails is an error of the start', async () => {
    const folder = folderWith({ 'my_a_websocket.js': `module.exports = () => ({ init() { throw new Error('no database') } })` })
    node.expectCrash(/no database/)
    await expect(discover(folder, { node })).rejects.toMatchObject({
      code: 'GENSOCK_ERR_START',
      message: linked('GENSOCK_ERR_START', 'discover: my_a_websocket did not start: Error: no database'),
      cause: expect.objectContaining({ message: 'no database' }),
    })
  })
})
