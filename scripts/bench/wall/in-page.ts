import { clock } from './clock-clip.ts'

/**
 * What runs inside the page, as text: the scripts of this repository are checked without the browser's
 * types, which would let them use what Node does not have.
 */

export const timesOfPictures =
  "[...document.querySelectorAll('[data-testid=video]')].map((each) => each.currentTime)"

/** Measures for a while; resolves to one list of delays (ms) for each picture on the wall. */
export function delaysOfPictures(forMs: number, startUtcMs: number): string {
  const { bits, fieldPx, framesPerS, durationS } = clock
  return `new Promise((resolve) => {
    const loopMs = ${durationS * 1000}
    const canvas = document.createElement('canvas')
    canvas.width = ${bits}
    canvas.height = 1
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    const lists = [...document.querySelectorAll('[data-testid=video]')].map((video) => {
      const list = []
      const picture = (now, { expectedDisplayTime }) => {
        pen.drawImage(video, 0, ${fieldPx / 4}, ${bits * fieldPx}, ${fieldPx / 2}, 0, 0, ${bits}, 1)
        const { data } = pen.getImageData(0, 0, ${bits}, 1)
        let frame = 0
        for (let bit = 0; bit < ${bits}; bit++) if (data[bit * 4] > 127) frame += 2 ** bit
        const shownUtcMs = performance.timeOrigin + Math.max(now, expectedDisplayTime)
        const delayMs = (shownUtcMs - ${startUtcMs} - frame * ${1000 / framesPerS}) % loopMs
        list.push(delayMs > loopMs - 1000 ? delayMs - loopMs : delayMs)
        video.requestVideoFrameCallback(picture)
      }
      video.requestVideoFrameCallback(picture)
      return list
    })
    setTimeout(() => resolve(lists), ${forMs})
  })`
}

/** From the next click to the first picture of this camera, in ms. */
export function clickToPicture(cameraId: string): string {
  return `window.firstPicture = new Promise((resolve) => {
    document.addEventListener('click', () => {
      const clickedMs = performance.now()
      const look = () => {
        const video = document.querySelector('video[data-camera="${cameraId}"]')
        if (video === null) return void requestAnimationFrame(look)
        video.requestVideoFrameCallback((now, { expectedDisplayTime }) => {
          resolve(Math.max(now, expectedDisplayTime) - clickedMs)
        })
      }
      look()
    }, { capture: true, once: true })
  })
  undefined`
}
