// Starts the bundle of the tests from V8's cache of it: compiling it anew for each mutant would take most of the time.
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const path = process.argv[2]
const cache = `${path}.cache`
const source = readFileSync(path, 'utf8')
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`
const script = new Script(wrapped, { filename: path, cachedData })
const module_ = { exports: {} }
script.runInThisContext()(module_.exports, createRequire(join(process.cwd(), 'package.json')), module_, path, dirname(path))
if (cachedData === undefined) setTimeout(() => writeFileSync(cache, script.createCachedData()), 1_500).unref()
