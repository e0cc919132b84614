// What a door has loaded, and what its exports are called: for door.mjs and door.cjs.

/** Prints the number of files of gensock, the other packages, and exports with a name that no source gave them. */
exports.opened = function opened(files, door) {
  const packages = files.map(
    (file) =>
      file
        .split(/[\\/]node_modules[\\/]/)
        .at(-1)
        .split(/[\\/]/)[0],
  )
  const own = packages.filter((name) => name === 'gensock').length
  const others = [...new Set(packages)].filter((name) => name !== 'gensock')
  console.log(JSON.stringify({ files: own, packages: others, names: renamed(door, 2) }))
}

/** Bundlers write `start2` and `_Start` where a name is there twice. */
function renamed(exported, depth) {
  return Object.entries(exported).flatMap(([key, value]) => {
    if (typeof value === 'object' && value !== null && depth > 0) return renamed(value, depth - 1)
    return typeof value === 'function' && value.name !== key && /^_|\D\d$/.test(value.name) ? [`${key}: ${value.name}`] : []
  })
}
