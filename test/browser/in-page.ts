import type { Locator } from 'playwright-core'

/** What runs inside the page: nothing here may refer to anything outside its own function. */

export interface Playing {
  readonly timeS: number
  readonly frames: number
  /** A few pixels as text: a clock can go on over a picture that stands. */
  readonly print: string
}

export async function playing(videos: Locator): Promise<Playing[]> {
  return await videos.evaluateAll((elements) => {
    const canvas = document.createElement('canvas')
    canvas.width = 16
    canvas.height = 9
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    return (elements as HTMLVideoElement[]).map((video) => {
      pen?.drawImage(video, 0, 0, 16, 9)
      return {
        timeS: video.currentTime,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
        print: pen?.getImageData(0, 0, 16, 9).data.join() ?? '',
      }
    })
  })
}

export async function isLoadedImage(image: Locator, leastWidthPx: number): Promise<boolean> {
  return await image.evaluate((element, least) => {
    const { complete, naturalWidth } = element as HTMLImageElement
    return complete && naturalWidth >= least
  }, leastWidthPx)
}

/** 0..255 at a point given in shares of the canvas. */
export async function opacityAt(canvas: Locator, point: readonly [x: number, y: number]): Promise<number> {
  return await canvas.evaluate(
    (element, [x, y]) => {
      const drawn = element as HTMLCanvasElement
      const pen = drawn.getContext('2d')
      const pixel = pen?.getImageData(Math.floor(x * drawn.width), Math.floor(y * drawn.height), 1, 1)
      return pixel?.data[3] ?? -1
    },
    [...point] as [number, number],
  )
}

/** A `data-` attribute of every element that is found. */
export async function dataOf(elements: Locator, name: string): Promise<string[]> {
  return await elements.evaluateAll(
    (found, wanted) => found.map((element) => (element as HTMLElement).dataset[wanted] ?? ''),
    name,
  )
}
