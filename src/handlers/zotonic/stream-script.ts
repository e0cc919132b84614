// The script that the stream tag loads into a page, as text. Entered by controller-stream.

/** The stream client, for the browser. */
export function streamScript(): string {
  return SCRIPT
}

const SCRIPT = "throw new Error('gensock: the stream client has not been built')\n"
