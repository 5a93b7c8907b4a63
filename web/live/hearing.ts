import { signal } from '@preact/signals'

/** The one camera that is heard; nothing sounds until somebody asks for it. */
export const heard = signal<string | null>(null)

export function toggleHeard(cameraId: string): void {
  heard.value = heard.peek() === cameraId ? null : cameraId
}

/** A browser lets no page sound that nobody has touched: then the picture goes on without. */
export async function playSounding(video: HTMLVideoElement, sounding: boolean): Promise<void> {
  video.muted = !sounding
  try {
    await video.play()
  } catch (error) {
    if (!sounding || !(error instanceof DOMException) || error.name !== 'NotAllowedError') return
    video.muted = true
    heard.value = null
    await video.play().catch(() => undefined)
  }
}
