// Nothing transforms JavaScript.
module.exports = { transform: { '\\.ts$': '@swc/jest' } }
