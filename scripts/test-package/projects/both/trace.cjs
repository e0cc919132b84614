// Prints the first place of the stack of an error of the library. For trace.mjs too, which gives it the ESM door.
exports.main = ({ supervisor }) => {
  try {
    supervisor.start('no specification')
  } catch (error) {
    console.log(error.stack.split('\n')[1].trim())
  }
}

if (require.main === module) exports.main(require('gensock'))
