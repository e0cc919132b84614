// `node door.cjs DOOR`: requires a door of the library, prints what was loaded.
const { opened } = require('./opened.cjs')

const before = new Set(Object.keys(require.cache))
const door = require(process.argv[2])
opened(
  Object.keys(require.cache).filter((file) => !before.has(file)),
  door,
)
