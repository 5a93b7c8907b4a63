import type { StreamInfo } from '../../src/contract/cameras.ts'

/** `H264 1280×720 25`; what is not known is left out. */
export function streamText({ codec, widthPx, heightPx, framesPerS }: StreamInfo): string {
  const size = widthPx === null || heightPx === null ? '' : `${widthPx}×${heightPx}`
  const rate = framesPerS === null ? '' : `${Math.round(framesPerS * 10) / 10} fps`
  const text = [codec ?? '', size, rate].filter((part) => part !== '').join(' ')
  return text === '' ? '—' : text
}
