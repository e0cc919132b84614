// Hooks of door.mjs: say what is loaded.
let port

export function initialize(data) {
  port = data.port
}

export function load(url, context, next) {
  port.postMessage(url)
  return next(url, context)
}
