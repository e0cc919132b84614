// Stands before the stream tag, and takes from the page what `?via=` says it should do without: as in a network that lets no WebSockets
// through, but without the wait until that has been found out.

const via = new URLSearchParams(location.search).get('via')
if (via !== null) globalThis.WebSocket = undefined
if (via === 'longPoll') globalThis.EventSource = undefined
