// The heart line of a card: frames of the last 30 seconds, in upwards, out downwards. page.js keeps the beat.

const WINDOW_MS = 30_000
const MAX_BEATS = 240

/** Remembers beats and draws them; a line without beats is flat, and is drawn once. */
export function createTrace(canvas) {
  let beats = []
  let flat = false
  let seen = ''
  return {
    beat(direction) {
      beats.push({ at: performance.now(), direction })
      if (beats.length > MAX_BEATS) beats.shift()
    },
    draw(now) {
      beats = beats.filter((beat) => now - beat.at < WINDOW_MS)
      const style = getComputedStyle(canvas)
      const shape = `${canvas.clientWidth} ${canvas.clientHeight} ${devicePixelRatio} ${style.color}`
      if (beats.length === 0 && flat && shape === seen) return
      flat = beats.length === 0
      seen = shape
      drawLine(canvas, style.color, beats, now)
    },
  }
}

function drawLine(canvas, color, beats, now) {
  const ratio = devicePixelRatio
  const width = canvas.clientWidth
  const height = canvas.clientHeight
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const pen = canvas.getContext('2d')
  pen.scale(ratio, ratio)
  const middle = Math.round(height * 0.6)
  pen.strokeStyle = color
  pen.lineWidth = 1.75
  pen.lineJoin = 'round'
  pen.beginPath()
  pen.moveTo(0, middle)
  for (const beat of beats) {
    const x = width - ((now - beat.at) / WINDOW_MS) * width
    const tip = beat.direction === 'in' ? middle - height * 0.42 : middle + height * 0.28
    pen.lineTo(x - 3, middle)
    pen.lineTo(x, tip)
    pen.lineTo(x + 3, middle)
  }
  pen.lineTo(width, middle)
  pen.stroke()
}
